/**
 * Mailboxes over loopback beside the bare channel that carries them, sender and receiver each in a process of its own:
 *
 *     npm run bench -- mailbox [--quick] [--json] [--rounds N] [--sizes 64,1024,…] [--ways channel,posted,…]
 *
 * What counts is what programs at the receiver took out. `posted` waits for a buffer at the sender only; the others have so many
 * mails in flight, each of which is sent when one before it is told delivered, received or answered. `channel and back` is the bare
 * channel's echo, beside `answered`. Machines are shared and noisy: rounds alternate between the ways, and what travels is the ratio.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Begin, Count } from "./mailbox/child.ts";

const WAYS = ["channel", "posted", "delivered", "received", "channel and back", "answered"] as const;
export type Way = (typeof WAYS)[number];

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    sizes: { type: "string", default: "64,1024,65536" },
    ways: { type: "string", default: WAYS.join(",") },
  },
});

const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const ms = values.quick ? 500 : 2000;
// Code is compiled meanwhile.
const warmMs = values.quick ? 1000 : 2000;

interface Row {
  readonly way: Way;
  readonly bytes: number;
  /** 0 where nothing is waited for. */
  readonly inFlight: number;
}

interface Sample {
  readonly perSecond: number;
  /** What both sides' CPUs took, in microseconds for a message. */
  readonly cpuUs: number;
}

const child = fileURLToPath(new URL("./mailbox/child.ts", import.meta.url));
const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));
const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;

async function start(...words: readonly (string | number)[]): Promise<[ChildProcess, unknown]> {
  const started = fork(child, words.map(String), { execArgv: ["--import", import.meta.resolve("tsx")] });
  started.once("exit", (code) => {
    if (code !== null && code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`);
  });
  return [started, (await once(started, "message"))[0]];
}

async function ask<Answer>(whom: ChildProcess, request: Begin | "count"): Promise<Answer> {
  whom.send(request);
  return (await once(whom, "message"))[0] as Answer;
}

async function measure({ way, bytes, inFlight }: Row): Promise<Sample> {
  const [taker, ports] = await start("take");
  const [sender] = await start("send", way, ...(ports as readonly number[]));
  const count = () => Promise.all([ask<Count>(taker, "count"), ask<number>(sender, "count")]);
  sender.send({ bytes, inFlight } satisfies Begin);
  await sleep(warmMs);
  const [before, senderBefore] = await count();
  await sleep(ms);
  const [after, senderAfter] = await count();
  for (const each of [sender, taker]) each.kill();
  const messages = after.messages - before.messages;
  const cpuMs = after.cpuMs - before.cpuMs + senderAfter - senderBefore;
  return { perSecond: (messages * 1000) / (after.atMs - before.atMs), cpuUs: (cpuMs * 1000) / messages };
}

function rowsOf(way: Way, bytes: number): readonly Row[] {
  if (way === "channel" || way === "posted") return [{ way, bytes, inFlight: 0 }];
  return [1, 64, 1024]
    .filter((inFlight) => inFlight * bytes <= 8 << 20)
    .map((inFlight) => ({ way, bytes, inFlight }));
}

const rounded = (value: number) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

const ways = values.ways.split(",") as Way[];
const rows = values.sizes.split(",").flatMap((size) => ways.flatMap((way) => rowsOf(way, Number(size))));
const samples = rows.map((): Sample[] => []);
for (let round = 0; round < rounds; round++) {
  for (const [at, row] of rows.entries()) {
    const sample = await measure(row);
    (samples[at] as Sample[]).push(sample);
    console.error(`round ${round + 1}:`, JSON.stringify({ ...row, ...sample }));
  }
}

const results = rows.map((row, at) => {
  const perSecond = median((samples[at] as Sample[]).map((sample) => sample.perSecond));
  const beside = row.way === "answered" ? "channel and back" : "channel";
  const bare = rows.findIndex(
    ({ way, bytes, inFlight }) =>
      way === beside && bytes === row.bytes && (inFlight === 0 || inFlight === row.inFlight),
  );
  const ofBare = bare < 0 ? undefined : median((samples[bare] as Sample[]).map((sample) => sample.perSecond));
  return {
    ...row,
    perSecond: rounded(perSecond),
    cpuUs: rounded(median((samples[at] as Sample[]).map(({ cpuUs }) => cpuUs))),
    /** Beside the bare channel: one way, or there and back. */
    overChannel: ofBare === undefined ? undefined : rounded(perSecond / ofBare),
  };
});
if (values.json) console.log(JSON.stringify({ benchmark: "mailbox", rounds, results }, null, 2));
else console.table(results);
