/** What a replica takes for chosen when another one of the same process had the log before. */
import { expect, test } from "vitest";
import { Simulation } from "../sim/index.ts";
import { foundingConfiguration } from "./configuration.ts";
import { makeEntry, PAXOS_COMMAND, proposeEntry } from "./entry.ts";
import { LogStore } from "./log-store.ts";
import { defaultLimits, defaultSnapshotLimits, defaultTiming } from "./options.ts";
import { Prefix } from "./prefix.ts";
import { startReplica } from "./start-replica.ts";

const BALLOT = 65_537;

test("what the state machine was given is chosen, though it was not written down that it is", async () => {
  const sim = new Simulation({ seed: 1 });
  await sim.run(async () => {
    const world = await sim.node("a").start(async (world) => world);
    const store = await world.storage.open("log");
    const logStore = new LogStore(store, "log", world.crc32);
    const entries = [1, 2, 3, 4, 5].map((slot) => {
      const entry = makeEntry(PAXOS_COMMAND, 1, 1, Uint8Array.of(slot));
      proposeEntry(entry, slot, BALLOT, world.crc32);
      return entry;
    });
    const written = logStore.entries.write(1, 5, (slot) => entries[slot - 1] as Uint8Array);
    store.apply([...written, logStore.hardStateChange({ promised: BALLOT, committed: 1, first: 1 })]);
    await store.sync();
    const configuration = foundingConfiguration([{ name: "a", token: "a".repeat(32) }]);
    const applied = new Prefix({ slot: 3, fence: 0, isSealed: true, configuration });
    const parts = {
      world,
      options: {
        name: "log",
        timing: defaultTiming,
        limits: { ...defaultLimits, ...defaultSnapshotLimits },
        timeoutMs: 1000,
        isLeased: false,
      } as Parameters<typeof startReplica>[0]["options"],
      logStore,
      identity: { token: "a".repeat(32), life: 1, id: 1, founding: configuration },
      applied,
      base: 0,
      position: 0,
    };
    const replica = startReplica(parts);
    expect(replica?.committed).toBe(3);
    // So it may be let go of when the state is durable.
    replica?.truncate(4);
    // Entries that nobody has are not: a disk that gave them up is told of.
    expect(startReplica({ ...parts, applied: new Prefix({ ...applied.value(), slot: 6 }) })).toBeUndefined();
  });
});
