/**
 * Mailboxes over loopback beside the bare channel that carries them, sender and receiver each in a process of its own.
 *
 * What counts is what programs at the receiver took out, for each moment at which a send can return (the mailboxes' chapter has them).
 * `posted` and `buffered` wait for a buffer at the sender only, one without a promise and one with one for each mail; the others have so
 * many mails in flight, each of which is sent when one before it is told delivered, received or answered. One way they stand beside
 * `channel`, which takes all that it has room for; `answered` beside `channel and back`, its echo of as many messages. With one in flight
 * a second divided by the rate is what the wait takes. Rounds alternate between the ways, and what travels is the ratio.
 *
 *     npm run bench -- mailbox --quick
 *     npm run bench -- mailbox --sizes 64 --ways "channel,posted,channel and back,answered"
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Begin, Count } from "./mailbox/child.ts";
import { startChild } from "./support/children.ts";
import { choice, count, counts, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { compared } from "./support/rounds.ts";
import { rounded } from "./support/statistics.ts";

const WAYS = [
  "channel",
  "posted",
  "buffered",
  "delivered",
  "received",
  "channel and back",
  "answered",
] as const;
export type Way = (typeof WAYS)[number];

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 5, quick: 1 }),
  sizes: counts("bytes of a mail", { usual: [64, 1024, 65_536] }),
  ways: choice("what is compared", WAYS),
});
const ms = asked.quick ? 500 : 2000;
// Code is compiled meanwhile.
const warmMs = asked.quick ? 1000 : 2000;

type Row = {
  readonly way: Way;
  readonly bytes: number;
  /** 0 where nothing is waited for. */
  readonly inFlight: number;
};

interface Sample {
  readonly perSecond: number;
  /** What both sides' CPUs took, in microseconds for a message. */
  readonly cpuUs: number;
}

const program = new URL("./mailbox/child.ts", import.meta.url);

async function measure({ way, bytes, inFlight }: Row): Promise<Sample> {
  const [taker, ports] = await startChild<"count", readonly number[]>(program, ["take"]);
  const [sender] = await startChild<Begin | "count">(program, ["send", way, ...ports]);
  const count = () => Promise.all([taker.ask<Count>("count"), sender.ask<number>("count")]);
  sender.tell({ bytes, inFlight });
  await sleep(warmMs);
  const [before, senderBefore] = await count();
  await sleep(ms);
  const [after, senderAfter] = await count();
  for (const each of [sender, taker]) each.stop();
  const messages = after.messages - before.messages;
  const cpuMs = after.cpuMs - before.cpuMs + senderAfter - senderBefore;
  return { perSecond: (messages * 1000) / (after.atMs - before.atMs), cpuUs: (cpuMs * 1000) / messages };
}

function rowsOf(way: Way, bytes: number): readonly Row[] {
  if (way === "channel" || way === "posted" || way === "buffered") return [{ way, bytes, inFlight: 0 }];
  return [1, 64, 1024]
    .filter((inFlight) => inFlight * bytes <= 8 << 20)
    .map((inFlight) => ({ way, bytes, inFlight }));
}

const rows = asked.sizes.flatMap((bytes) => asked.ways.flatMap((way) => rowsOf(way, bytes)));
const report = new Report("mailbox", asked, { rounds: asked.rounds });
const samples = await compared(
  "mail",
  rows.map((row) => ({ label: row, measure: () => measure(row) })),
  asked.rounds,
);

/** The rate beside the bare channel's: one way, or there and back. */
function overChannel(row: Row, perSecond: number): number | undefined {
  const beside = row.way === "answered" ? "channel and back" : "channel";
  const bare = rows.findIndex(
    ({ way, bytes, inFlight }) =>
      way === beside && bytes === row.bytes && (inFlight === 0 || inFlight === row.inFlight),
  );
  const ofBare = samples[bare]?.perSecond;
  return ofBare === undefined ? undefined : rounded(perSecond / ofBare);
}

report.table(
  "mail",
  rows.map((row, at) => {
    const { perSecond, cpuUs } = samples[at] as Sample;
    return { ...row, perSecond, cpuUs, overChannel: overChannel(row, perSecond) };
  }),
);
report.end();
