/** Streams over many seeds: whatever the network does, what arrives is a prefix of what was written, in order. */
import { describe, expect, it } from "vitest";
import { Gate, pattern, same } from "../world/contract/contract.ts";
import type { CoterieError, Stream } from "../world/index.ts";
import { Simulation } from "./index.ts";

const SEEDS = process.env.COTERIE_SOAK === "1" ? 5000 : 250;

interface Outcome {
  readonly arrived: number;
  readonly ended: boolean;
  readonly writer: string;
  readonly reader: string;
}

/** Writes `total` bytes at random and ends; the reader pauses at random; links fail as the seed says. */
async function transfer(seed: number, total: number, faults: boolean): Promise<Outcome> {
  const sim = new Simulation({ seed, link: { loss: 0.05, jitterMs: 3 }, streamTimeoutMs: 3000 });
  const [a, b] = [sim.node("a"), sim.node("b")];
  return sim.run(async () => {
    const accepted = new Gate<Stream>();
    await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: accepted.resolve });
    const writer = await a.world.net.connect({ to: { host: b.ip, port: 80 }, timeoutMs: 60_000 });
    const closed = [watch(writer), new Gate<string>()] as const;
    let arrived = 0;
    let ended = false;
    const reader = await accepted.promise;
    reader.onData = (chunk) => {
      expect(ended).toBe(false);
      expect(same(chunk, pattern(chunk.length, arrived))).toBe(true);
      arrived += chunk.length;
      if (sim.random.chance(0.2)) {
        reader.pause();
        b.world.timers.after(sim.random.below(50), () => reader.resume());
      }
    };
    reader.onEnd = () => {
      ended = true;
      reader.end();
    };
    reader.onClose = (error) => closed[1].resolve(error?.code ?? "close");
    if (faults) disturb(sim);
    produce(sim, writer, total);
    // As with TCP, an end that waits for a peer whose last word was lost hears nothing for ever.
    const silence = sim.sleep(60_000).then(() => "silence");
    const [first, second] = await Promise.all(closed.map((gate) => Promise.race([gate.promise, silence])));
    return { arrived, ended, writer: first ?? "", reader: second ?? "" };
  });
}

function watch(stream: Stream): Gate<string> {
  const gate = new Gate<string>();
  stream.onClose = (error: CoterieError | undefined) => gate.resolve(error?.code ?? "close");
  return gate;
}

/** Reuses its buffer exactly when `write` allows it, and scribbles over it to show when that is not honoured. */
function produce(sim: Simulation, stream: Stream, total: number): void {
  let sent = 0;
  const more = (): void => {
    while (sent < total) {
      const data = pattern(Math.min(1 + sim.random.below(100_000), total - sent), sent);
      sent += data.length;
      if (!stream.write(data)) return;
      data.fill(0xee);
    }
    stream.end();
  };
  stream.onDrain = more;
  more();
}

function disturb(sim: Simulation): void {
  const [a, b] = sim.nodes;
  if (a === undefined || b === undefined) return;
  sim.network.setAll({ reset: 0.002, loss: 0.1 });
  for (let n = 0; n < 3; n++) {
    const atMs = sim.nowMs + sim.random.below(2000);
    sim.at(atMs, () => sim.partition([a], [b], { oneWay: sim.random.chance(0.3) }));
    sim.at(atMs + sim.random.below(5000), () => sim.heal());
  }
}

describe("simulated streams", () => {
  it(`deliver everything where connections live (${SEEDS} seeds)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const total = 1 + ((seed * 7919) % 1_500_000);
      const outcome = await transfer(seed, total, false);
      expect({ seed, ...outcome }).toEqual({
        seed,
        arrived: total,
        ended: true,
        writer: "close",
        reader: "close",
      });
    }
  });

  it(`deliver a prefix, and say so at both ends, where they break (${SEEDS} seeds)`, async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const total = 1 + ((seed * 7919) % 3_000_000);
      const outcome = await transfer(seed, total, true);
      seen.add(outcome.writer);
      expect(outcome.arrived).toBeLessThanOrEqual(total);
      if (outcome.ended) expect({ seed, arrived: outcome.arrived }).toEqual({ seed, arrived: total });
      if (outcome.reader === "close" || outcome.writer === "close") expect(outcome.ended).toBe(true);
    }
    // Silence is rare: all was acknowledged, and the last word of the peer was not heard.
    seen.delete("silence");
    expect([...seen].sort()).toEqual(["NET_RESET", "NET_UNREACHABLE", "close"]);
  });
});
