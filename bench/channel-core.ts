/**
 * One channel's protocol alone: two connections in memory, without sockets, keys or a network. So it is what the protocol itself
 * costs for each message and each byte. Time is virtual.
 *
 *     npm run bench -- channel-core
 *     npm run bench -- channel-core --quick --json
 */
import type { ConnectionLimits } from "../src/channel/connection/index.ts";
import { Connection } from "../src/channel/connection/index.ts";
import { count, options } from "./support/options.ts";
import { Report } from "./support/report.ts";

const limits: ConnectionLimits = {
  maxPendingBytes: 1024 * 1024,
  receiveWindowBytes: 1024 * 1024,
  minPayloadBytes: 1160,
  maxPayloadBytes: 1160,
  timeoutMs: 30_000,
  keepaliveMs: 0,
};

const quiet = { acknowledged() {}, drain() {}, ended() {}, ready() {} };
const asked = options({ rounds: count("rounds, of which the best counts", { usual: 5, quick: 1 }) });
/** A turn of the virtual network: long enough that pacing never waits. */
const TURN_MS = 1;

type Result = {
  readonly name: string;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly packetsPerSecond: number;
};

/** Sends `count` messages of `size` bytes from one connection to the other; returns seconds and packets. */
function run(size: number, count: number, payloadBytes: number): { seconds: number; packets: number } {
  const message = new Uint8Array(size).fill(7);
  const out = new Uint8Array(70_000);
  let nowMs = 0;
  let received = 0;
  let packets = 0;
  const fail = (error: unknown) => {
    throw error ?? new Error("closed");
  };
  const options = { ...limits, minPayloadBytes: payloadBytes, maxPayloadBytes: payloadBytes };
  const a = new Connection(options, { ...quiet, message() {}, closed: fail }, nowMs);
  const b = new Connection(options, { ...quiet, message: () => void received++, closed: fail }, nowMs);
  const carry = (from: Connection, to: Connection) => {
    for (;;) {
      const number = from.nextPacketNumber;
      const bytes = from.produce(out, 0, nowMs);
      if (bytes === 0) return;
      packets++;
      to.receive(number, out.subarray(0, bytes), nowMs);
    }
  };
  const started = process.hrtime.bigint();
  for (let sent = 0; received < count; nowMs += TURN_MS) {
    while (sent < count && a.send(message) > 0) sent++;
    carry(a, b);
    nowMs += TURN_MS;
    if (b.wakeAtMs <= nowMs) b.wake(nowMs);
    carry(b, a);
    if (a.wakeAtMs <= nowMs) a.wake(nowMs);
  }
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9, packets };
}

function best(name: string, size: number, count: number, payloadBytes: number): Result {
  run(size, Math.ceil(count / 4), payloadBytes);
  let [seconds, packets] = [Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < asked.rounds; round++) {
    const result = run(size, count, payloadBytes);
    if (result.seconds < seconds) ({ seconds, packets } = result);
  }
  return {
    name,
    messagesPerSecond: Math.round(count / seconds),
    megabytesPerSecond: Math.round((count * size) / seconds / 1e6),
    packetsPerSecond: Math.round(packets / seconds),
  };
}

const report = new Report("channel-core", asked, { rounds: asked.rounds });
const results = [
  best("64 B, packets of 1,160", 64, 400_000, 1160),
  best("1 KiB, packets of 1,160", 1024, 100_000, 1160),
  best("64 KiB, packets of 1,160", 65_536, 2_000, 1160),
  best("64 KiB, packets of 65,000", 65_536, 10_000, 65_000),
  best("8 MiB, packets of 65,000", 8 << 20, 60, 65_000),
];

report.table("one session", results);
report.end();
