/**
 * What measuring costs the measured, by the operation: nanoseconds, the best of several rounds. A call of NFS is measured around a handler that does
 * nothing, once as it is and once as a node wraps it, with no SDK for spans registered; a volume's desk and a log likewise.
 *
 *     npm run bench -- telemetry
 *     npm run bench -- telemetry --quick --json
 */
import { DeskMeter } from "../src/cell/observe/measured-desk.ts";
import { ServiceMeter } from "../src/cell/observe/measured-services.ts";
import { Spans } from "../src/cell/observe/spans.ts";
import { Steps } from "../src/cell/observe/steps.ts";
import type { Answer, Desk, VolumeCall } from "../src/files/index.ts";
import { NFS_V3_contract } from "../src/files/nfs/gen/nfs3.gen.ts";
import { createNodeWorld } from "../src/node/index.ts";
import type { RpcCall } from "../src/rpc/index.ts";
import { Counter, Histogram, LATENCY_BOUNDS, Registry } from "../src/telemetry/index.ts";
import { count, options } from "./support/options.ts";
import { Report } from "./support/report.ts";

const asked = options({ rounds: count("rounds, of which the best counts", { usual: 7, quick: 1 }) });
const ROUND_NS = 40_000_000;

type Line = {
  readonly operation: string;
  readonly ns: number;
};

const lines: Line[] = [];
const GETATTR = 1;

async function measure(operation: string, run: (count: number) => void | Promise<void>): Promise<void> {
  let times = 1000;
  let took = 0;
  for (; took < ROUND_NS / 4; times *= 2) took = await timed(run, times);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < asked.rounds; round++) best = Math.min(best, (await timed(run, times)) / times);
  lines.push({ operation, ns: Math.round(best * 10) / 10 });
}

async function timed(run: (count: number) => void | Promise<void>, times: number): Promise<number> {
  const started = process.hrtime.bigint();
  await run(times);
  return Number(process.hrtime.bigint() - started);
}

const { clock } = createNodeWorld();
const registry = new Registry();
const steps = new Steps(clock);
const spans = new Spans();

const counter = new Counter();
await measure("add to a counter", (times) => {
  for (let at = 0; at < times; at++) counter.add();
});
const histogram = new Histogram(LATENCY_BOUNDS);
await measure("observe in a histogram", (times) => {
  for (let at = 0; at < times; at++) histogram.observe((at & 1023) / 1000);
});
const request = { high: 1, low: 2 };
await measure("remember a step", (times) => {
  for (let at = 0; at < times; at++) steps.record(0, request, at);
});

const reply = new Uint8Array(96);
const handlers = NFS_V3_contract.procedures.map(() => async () => reply);
const service = { contract: NFS_V3_contract, handlers };
const measured = new ServiceMeter(clock, registry, steps, spans).measured(service);
const call = { credential: { flavor: "none" } } as RpcCall;
for (const [name, { handlers }] of [
  ["a call, as it is", service],
  ["a call, measured", measured],
] as const) {
  const handler = handlers[GETATTR] as (args: unknown, call: RpcCall) => Promise<unknown>;
  await measure(name, async (times) => {
    for (let at = 0; at < times; at++) await handler(undefined, call);
  });
}

const desk: Desk = { submit: async (): Promise<Answer> => reply };
const volumeCall = { version: 3, procedure: GETATTR, identity: request } as VolumeCall;
for (const [name, each] of [
  ["a volume's answer, as it is", desk],
  ["a volume's answer, measured", new DeskMeter(clock, registry, steps, spans).here(desk)],
] as const) {
  await measure(name, async (times) => {
    for (let at = 0; at < times; at++) await each.submit(volumeCall);
  });
}

const report = new Report("telemetry", asked, { rounds: asked.rounds });
report.table("an operation", lines);
report.end();
