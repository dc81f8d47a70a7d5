import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AcceptorState, type HardState, type Write } from "./acceptor-state.ts";
import { ballotOf, makeEntry, PAXOS_COMMAND, proposeEntry } from "./entry.ts";

/** A disk, and the writes that it was given and has not confirmed. */
class Disk {
  hardState: HardState = { promised: 0, committed: 0, first: 1 };
  entries = new Map<number, Uint8Array>();
  readonly pending: { readonly write: Write; readonly entries: readonly Uint8Array[] }[] = [];

  open(): AcceptorState {
    const last = Math.max(this.hardState.first - 1, ...this.entries.keys());
    const load = (slot: number) => {
      for (const { write, entries } of this.pending.toReversed()) {
        const found = entries[slot - write.from];
        if (found !== undefined) return found;
      }
      return this.entries.get(slot) as Uint8Array;
    };
    return new AcceptorState({ hardState: this.hardState, last, load, cacheBytes: 200 }, ballotOf);
  }

  take(state: AcceptorState): void {
    const write = state.takeWrite();
    if (write === undefined) return;
    const entries: Uint8Array[] = [];
    for (let slot = write.from; slot <= write.to; slot++) entries.push(state.entry(slot));
    this.pending.push({ write, entries });
  }

  /** The oldest write becomes durable. */
  sync(): number {
    const first = this.pending.shift();
    if (first === undefined) return 0;
    this.hardState = first.write.hardState;
    for (const [at, entry] of first.entries.entries()) this.entries.set(first.write.from + at, entry);
    for (const slot of this.entries.keys()) if (slot < this.hardState.first) this.entries.delete(slot);
    return first.write.number;
  }
}

function entryOf(slot: number, ballot: number): Uint8Array {
  const entry = makeEntry(PAXOS_COMMAND, 1, 1, Uint8Array.of(slot & 255, ballot & 255));
  proposeEntry(entry, slot, ballot, crc32);
  return entry;
}

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ promise: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ accept: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ commit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.constant({ take: true }) },
  { weight: 4, arbitrary: fc.constant({ sync: true }) },
  { weight: 1, arbitrary: fc.record({ truncate: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ crash: true }) },
  { weight: 1, arbitrary: fc.record({ install: fc.integer({ min: 1, max: 5 }) }) },
);

describe("an acceptor's state", () => {
  test("confirms nothing that a crash can take back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const disk = new Disk();
        let state = disk.open();
        for (const each of steps) {
          if ("promise" in each) state.promise(state.promised + each.promise);
          else if ("accept" in each) {
            for (let i = 0; i < each.accept; i++) state.accept(entryOf(state.end + 1, state.promised));
          } else if ("commit" in each) state.commit(Math.min(state.end, state.committed + each.commit));
          else if ("take" in each) disk.take(state);
          else if ("sync" in each) state.durable(disk.sync());
          else if ("truncate" in each)
            state.truncate(Math.min(state.committed + 1, state.first + each.truncate));
          else if ("install" in each) state.install(state.committed + each.install, ballotOf);
          else {
            disk.pending.length = 0;
            state = disk.open();
          }
          check(disk, state);
        }
      }),
      { numRuns: 500 },
    );
  });

  function check(disk: Disk, state: AcceptorState): void {
    expect(state.committed).toBeLessThanOrEqual(state.end);
    expect(state.end).toBeLessThanOrEqual(state.last);
    expect(state.durableEnd).toBeLessThanOrEqual(state.end);
    expect(state.durablePromised).toBe(disk.hardState.promised);
    for (let slot = state.first; slot <= state.last; slot++) expect(state.entry(slot)[48]).toBe(slot & 255);
    // What was confirmed in this ballot, and is not known to be chosen, is on the disk in this ballot.
    for (let slot = state.committed + 1; slot <= state.durableEnd; slot++) {
      expect(ballotOf(disk.entries.get(slot) as Uint8Array)).toBe(state.promised);
    }
  }

  test("finds after a start what it had accepted in the ballot that it promised", () => {
    const disk = new Disk();
    const state = disk.open();
    state.promise(65_537);
    for (let slot = 1; slot <= 5; slot++) state.accept(entryOf(slot, 65_537));
    state.commit(3);
    disk.take(state);
    state.durable(disk.sync());
    expect(disk.open()).toMatchObject({ promised: 65_537, committed: 3, end: 5, durableEnd: 5, last: 5 });
    state.promise(131_073);
    disk.take(state);
    state.durable(disk.sync());
    expect(disk.open()).toMatchObject({ promised: 131_073, committed: 3, end: 3, durableEnd: 3, last: 5 });
  });

  test("keeps in memory what is chosen and was promised away before it was written", () => {
    const disk = new Disk();
    const state = disk.open();
    state.promise(65_537);
    state.accept(entryOf(1, 65_537));
    disk.take(state);
    state.accept(entryOf(2, 65_537));
    state.commit(2);
    state.promise(131_073);
    for (let slot = 3; slot <= 7; slot++) state.accept(entryOf(slot, 131_073));
    state.durable(disk.sync());
    check(disk, state);
    disk.take(state);
    state.durable(disk.sync());
    check(disk, state);
    expect([1, 2, 7].map((slot) => disk.entries.has(slot))).toEqual([true, true, true]);
  });

  test("refuses what no correct caller does", () => {
    const state = new Disk().open();
    state.promise(65_537);
    expect(() => state.promise(65_537)).toThrow("never taken back");
    state.accept(entryOf(1, 65_537));
    expect(() => state.commit(2)).toThrow("what is chosen is here");
    expect(() => state.truncate(3)).toThrow("only what is chosen goes");
    expect(() => state.entry(2)).toThrow("the slot is kept");
  });
});
