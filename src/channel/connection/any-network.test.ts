/**
 * Random runs: two connections with limits drawn at random, over a network drawn at random, whose receivers pause and whose ends
 * come at any time. Checked against the reliable channel: what was handed over is a prefix of what was sent, nothing is
 * acknowledged before it was handed over, and when both close without an error everything was. `COTERIE_SEEDS` asks for more;
 * `COTERIE_SEED` repeats one.
 */
import { expect, it } from "vitest";
import {
  bothClosed,
  connectionPair,
  type LinkOptions,
  type Pair,
  type Side,
  sameMessages,
  sendAll,
} from "../../../test/support/connection-pair.ts";
import { Prng } from "../../sim/prng.ts";
import type { ConnectionLimits } from "./types.ts";

const one = process.env.COTERIE_SEED;
const first = one === undefined ? 0 : Number(one);
const seeds = one === undefined ? Number(process.env.COTERIE_SEEDS ?? 60) : 1;

const TURN_MS = 50;
const MAX_TURNS = 20_000;
const LARGEST_MESSAGE = 60_000;

function pick<Value>(random: Prng, ...values: readonly Value[]): Value {
  return values[random.below(values.length)] as Value;
}

function drawLink(random: Prng): LinkOptions {
  return {
    latencyMs: pick(random, 0.05, 1, 20, 100),
    jitterMs: pick(random, 0, random.below(60)),
    loss: pick(random, 0, 0.01, random.unit() * 0.3),
    duplicate: pick(random, 0, random.unit() * 0.2),
    bytesPerMs: pick(random, Number.POSITIVE_INFINITY, 100 + random.below(20_000)),
    queueBytes: 5000 + random.below(200_000),
    maxPayloadBytes: pick(random, 1200, 1400, 9000, 65_535),
  };
}

function drawLimits(random: Prng): Partial<ConnectionLimits> {
  return {
    receiveWindowBytes: 65_536 * (1 + random.below(20)),
    maxPendingBytes: 20_000 + random.below(2_000_000),
    maxPayloadBytes: pick(random, 1160, 1400, 9000, 65_000),
    keepaliveMs: pick(random, 0, 5000),
    ...(random.chance(0.5) ? { roundTripMs: random.below(300) } : {}),
  };
}

function drawSizes(random: Prng, count: number): number[] {
  return Array.from({ length: count }, () =>
    random.below(pick(random, 200, 200, 200, 6000, LARGEST_MESSAGE)),
  );
}

/** Lets a while pass, after which nobody pauses any more. */
function turn({ network, a, b }: Pair, isDone: () => boolean): void {
  const untilMs = network.nowMs + TURN_MS;
  network.run(untilMs, isDone);
  network.nowMs = Math.max(network.nowMs, untilMs);
  a.connection.resume();
  b.connection.resume();
}

/** What is wrong with what `to` got of what `from` sent, as of now. */
function complaint(
  from: Side,
  to: Side,
  messages: readonly Uint8Array[],
  maxHeldBytes: number,
): string | undefined {
  if (from.connection.acknowledged > to.received.length) return "acknowledged before it was handed over";
  if (to.connection.heldBytes > maxHeldBytes) return `${to.connection.heldBytes} bytes held`;
  if (to.received.length > messages.length) return "more messages than were sent";
  return undefined;
}

/** Runs a seed; returns how it ended. @throws when it breaks the spec. */
function run(seed: number): "closed" | "timeout" {
  const random = new Prng(`${seed}`, "any network");
  const limits = drawLimits(random);
  const pair = connectionPair(`any ${seed}`, drawLink(random), limits);
  const { a, b } = pair;
  const there = sendAll(a, `a${seed}`, drawSizes(random, random.below(120)));
  const back = sendAll(b, `b${seed}`, drawSizes(random, random.below(60)));
  const maxHeldBytes = 4 * 65_536 + 2 * (limits.receiveWindowBytes as number);
  for (const side of [a, b]) {
    side.onMessage = (message) => {
      side.received.push(message);
      if (random.chance(0.02)) side.connection.pause();
    };
  }
  pair.network.onPacket = () => {
    const wrong = complaint(a, b, there, maxHeldBytes) ?? complaint(b, a, back, maxHeldBytes);
    if (wrong !== undefined) throw new Error(`seed ${seed}: ${wrong}`);
  };
  for (let turns = random.below(400); turns > 0; turns--) turn(pair, () => false);
  a.connection.end();
  for (let turns = random.below(10); turns > 0; turns--) turn(pair, () => false);
  b.connection.end();
  for (let turns = 0; turns < MAX_TURNS && !bothClosed(pair)(); turns++) turn(pair, bothClosed(pair));
  return judge(seed, pair, there, back);
}

function judge(seed: number, { a, b }: Pair, there: readonly Uint8Array[], back: readonly Uint8Array[]) {
  expect(sameMessages(b.received, there.slice(0, b.received.length)), `seed ${seed}: there`).toBe(true);
  expect(sameMessages(a.received, back.slice(0, a.received.length)), `seed ${seed}: back`).toBe(true);
  expect([a.closings.length, b.closings.length], `seed ${seed}: closes once`).toEqual([1, 1]);
  const codes = [...a.closings, ...b.closings].map((error) => error?.code);
  if (codes.includes("CHANNEL_TIMEOUT")) return "timeout";
  expect(codes, `seed ${seed}: without an error`).toEqual([undefined, undefined]);
  const got = [b.received.length, a.received.length];
  expect(got, `seed ${seed}: everything`).toEqual([a.connection.sent, b.connection.sent]);
  expect([a.connection.acknowledged, b.connection.acknowledged], `seed ${seed}: acknowledged`).toEqual(got);
  return "closed";
}

it(`is a reliable channel over any network, of which ${seeds} were tried`, {
  timeout: 60_000 + seeds * 1000,
}, () => {
  let timeouts = 0;
  for (let seed = first; seed < first + seeds; seed++) if (run(seed) === "timeout") timeouts++;
  // A third of all packets lost both ways can be silence for long enough; it must stay the exception.
  expect(timeouts).toBeLessThanOrEqual(Math.ceil(seeds / 20));
});
