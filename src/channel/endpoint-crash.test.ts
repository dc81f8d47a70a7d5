/**
 * Crashes and restarts of either side under traffic, over a bad network, against what a reliable channel promises:
 * each channel delivers a prefix of what was sent in it, in order and once, and what it acknowledged was delivered.
 */
import { describe, expect, it } from "vitest";
import { bytes, identity, PORT, text } from "../../test/support/channel-scene.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { CoterieError, type World } from "../world/index.ts";
import { type Channel, openEndpoint, type Security } from "./index.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 6);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 1);

/** What a crash or a cut may end a channel with. */
const LOSSES: ReadonlySet<string | undefined> = new Set([
  "CHANNEL_RESET",
  "CHANNEL_TIMEOUT",
  "CHANNEL_CLOSED",
]);

interface Flow {
  sent: number;
  channel: Channel;
}

/** All runs' channels: what went in, and what came out. */
class Ledger {
  readonly flows: Flow[] = [];
  readonly delivered = new Map<string, number[]>();
  readonly closed: (string | undefined)[] = [];

  /** Sends a little now and then, as a flow of its own, until the channel is closed. */
  feed(world: World, channel: Channel): Promise<void> {
    const flow: Flow = { sent: 0, channel };
    const name = this.flows.push(flow) - 1;
    return new Promise((resolve) => {
      const tick = (): void => {
        if (flow.sent !== channel.sent) throw new Error("a number was skipped");
        for (let count = world.random.uint32() % 5; count > 0; count--) {
          const padding = ".".repeat(world.random.uint32() % 3000);
          if (channel.send(bytes(`${name} ${flow.sent} ${padding}`)) > 0) flow.sent++;
        }
        timer = world.timers.after(20, tick);
      };
      let timer = world.timers.after(1, tick);
      channel.onClose = (error) => {
        timer.cancel();
        this.closed.push(error?.code);
        resolve();
      };
    });
  }

  receive(message: Uint8Array): void {
    const [name, number] = text(message).split(" ") as [string, string];
    const list = this.delivered.get(name) ?? [];
    this.delivered.set(name, list);
    list.push(Number(number));
  }

  check(): void {
    for (const [name, { sent, channel }] of this.flows.entries()) {
      const list = this.delivered.get(`${name}`) ?? [];
      expect(list).toEqual(list.map((_, at) => at));
      expect(list.length).toBeLessThanOrEqual(sent);
      expect(list.length).toBeGreaterThanOrEqual(channel.acknowledged);
    }
  }
}

const SECURITY: readonly (readonly [Security, Security])[] = [
  [{ kind: "checksum" }, { kind: "checksum" }],
  [identity(1), identity(2)],
];

async function run(seed: number): Promise<{ ledger: Ledger; crashes: number }> {
  const link = { latencyMs: 3, jitterMs: 5, loss: 0.05, duplicate: 0.05, reorder: 0.05, corrupt: 0.01 };
  const sim = new Simulation({ seed, link });
  const [server, client] = [sim.node("server"), sim.node("client")];
  const [serverSecurity, clientSecurity] = SECURITY[seed % 2] as (typeof SECURITY)[number];
  const ledger = new Ledger();
  let crashes = 0;
  const limits = { timeoutMs: 2000, halfOpenMs: 1000 };
  const bind = { host: "0.0.0.0", port: PORT };
  const serve = (world: World) =>
    openEndpoint(world, {
      bind,
      limits,
      security: serverSecurity,
      onChannel: (channel) => {
        channel.onMessage = (message) => ledger.receive(message);
        void ledger.feed(world, channel);
      },
    });
  let publicKey: Uint8Array | undefined;
  const use = async (world: World) => {
    const endpoint = await openEndpoint(world, { bind, limits, security: clientSecurity });
    const options = { timeoutMs: 1000, ...(publicKey && { peerKey: publicKey }) };
    for (;;) {
      const channel = await endpoint.connect({ host: server.ip, port: PORT }, options).catch((error) => {
        if (!(error instanceof CoterieError) || !error.code.startsWith("CHANNEL_")) throw error;
        return undefined;
      });
      if (channel === undefined) continue;
      channel.onMessage = (message) => ledger.receive(message);
      await ledger.feed(world, channel);
    }
  };
  const crash = async (node: SimNode) => {
    crashes++;
    node.crash({ power: sim.random.chance(0.5) });
    await sim.sleep(sim.random.below(1500));
    void node.restart();
  };
  await sim.run(async () => {
    publicKey = (await server.start(serve)).publicKey;
    void client.start(use);
    for (let round = 0; round < 12; round++) {
      await sim.sleep(sim.random.below(1200));
      const what = sim.random.below(4);
      if (what === 0) await crash(server);
      else if (what === 1) await crash(client);
      else if (what === 2) {
        sim.partition([server], [client], { oneWay: sim.random.chance(0.5) });
        await sim.sleep(sim.random.below(3500));
        sim.heal();
      }
    }
    await sim.sleep(5000);
  });
  ledger.check();
  return { ledger, crashes };
}

describe("channels whose sides crash and restart under traffic", () => {
  it("deliver in order and once, and what they acknowledged", async () => {
    let [crashes, delivered] = [0, 0];
    const closed = new Set<string | undefined>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const result = await run(seed).catch((error) => {
        throw new Error(`COTERIE_SEED=${seed} COTERIE_SEEDS=1: ${(error as Error).message}`, {
          cause: error,
        });
      });
      crashes += result.crashes;
      for (const list of result.ledger.delivered.values()) delivered += list.length;
      for (const code of result.ledger.closed) closed.add(code);
    }
    // The runs were not idle, and channels ended for the reasons that they should.
    expect(delivered).toBeGreaterThan(200 * SEEDS);
    expect(crashes).toBeGreaterThan(SEEDS);
    expect([...closed].filter((code) => !LOSSES.has(code))).toEqual([]);
    if (SEEDS >= 10) expect(closed).toContain("CHANNEL_RESET");
  });

  it("do the same thing again from the same seed", async () => {
    const [one, two] = [await run(5), await run(5)];
    expect(one.ledger.delivered).toEqual(two.ledger.delivered);
    expect(one.ledger.closed).toEqual(two.ledger.closed);
  });
});
