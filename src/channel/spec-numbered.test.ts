/** The numbered reliable channel: what it forbids, and that each of its traces is one of the source's reliable channel. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Random, randomBelow } from "../world/index.ts";
import { ChannelChecker, type SpecName } from "./checker.ts";
import { type ChannelAction, crash, get, getAck, put, recover } from "./spec.ts";
import { type LinkAction, NumberedLink } from "./spec-numbered.ts";
import { ReliableMapping } from "./spec-numbered-mapping.ts";

const sent = (message: string, session = 1): LinkAction => ({ kind: "put", session, message });
const came = (message: string, session = 1): LinkAction => ({ kind: "get", session, message });
const acked = (count: number, session = 1): LinkAction => ({ kind: "acknowledged", session, count });
const gone = (side: "sender" | "receiver", session = 1): LinkAction => ({ kind: "closed", session, side });

function check(trace: readonly LinkAction[]) {
  const link = new NumberedLink();
  for (const action of trace) link.observe(action);
  return link.verdict;
}

function mapped(trace: readonly LinkAction[]): ChannelAction[] {
  const mapping = new ReliableMapping();
  return trace.flatMap((action) => [...mapping.map(action)]);
}

/** One session as the world has it: what was sent, how much came out, what the sender knows. */
interface Run {
  readonly messages: string[];
  gets: number;
  acknowledged: number;
  senderOpen: boolean;
  receiverOpen: boolean;
}

/** A random run of senders and receivers that keep the promise; `orderly` ones close the receiver's side first. */
function randomLink(random: Random, actions: number, orderly: boolean): LinkAction[] {
  const trace: LinkAction[] = [];
  const sessions: Run[] = [];
  let floor = 0;
  const close = (number: number, side: "sender" | "receiver") => {
    const run = sessions[number] as Run;
    if (side === "sender") run.senderOpen = false;
    else run.receiverOpen = false;
    trace.push(gone(side, number));
  };
  while (trace.length < actions) {
    const newest = sessions.length - 1;
    const run = sessions[newest];
    const draw = randomBelow(random, 20);
    if (run === undefined || (!run.senderOpen && draw < 6)) {
      sessions.push({ messages: [], gets: 0, acknowledged: 0, senderOpen: true, receiverOpen: true });
    } else if (draw < 8 && run.senderOpen) {
      run.messages.push(`${newest}.${run.messages.length}`);
      trace.push(sent(run.messages.at(-1) as string, newest));
    } else if (draw < 16) {
      const number = floor + randomBelow(random, sessions.length - floor);
      const from = sessions[number] as Run;
      if (!from.receiverOpen || from.gets === from.messages.length) continue;
      floor = number;
      trace.push(came(from.messages[from.gets++] as string, number));
    } else if (draw < 18 && run.senderOpen && run.acknowledged < run.gets) {
      run.acknowledged += 1 + randomBelow(random, run.gets - run.acknowledged);
      trace.push(acked(run.acknowledged, newest));
    } else if (draw === 18 && run.senderOpen && run.messages.length > 0) {
      if (orderly && run.receiverOpen) close(newest, "receiver");
      close(newest, "sender");
    } else if (draw === 19 && run.receiverOpen && run.messages.length > 0) {
      close(newest, "receiver");
    }
  }
  return trace;
}

describe("the numbered reliable channel", () => {
  const forbidden: readonly [string, readonly LinkAction[], string][] = [
    ["a message that nobody put", [sent("a"), came("b")], "b came out where a is next"],
    ["a message twice", [sent("a"), came("a"), came("a")], "nothing that was put there is left"],
    ["the wrong order", [sent("a"), sent("b"), came("b")], "b came out where a is next"],
    [
      "an acknowledgment before the delivery",
      [sent("a"), acked(1)],
      "1 messages are acknowledged, of which 0 came out",
    ],
    [
      "fewer acknowledged than before",
      [sent("a"), came("a"), acked(1), acked(0)],
      "1 messages were acknowledged before",
    ],
    [
      "a message after the receiver's side closed",
      [sent("a"), gone("receiver"), came("a")],
      "the receiver's side was closed",
    ],
    [
      "that also when it closed before anything was put",
      [gone("receiver"), sent("a"), came("a")],
      "the receiver's side was closed",
    ],
    [
      "a message after one of a later session",
      [sent("a"), gone("sender"), sent("b", 2), came("b", 2), came("a")],
      "a message of a later session came out before",
    ],
    ["sending on a closed side", [sent("a"), gone("sender"), sent("b")], "the sender's side was closed"],
    [
      "sending in an older session",
      [sent("a"), gone("sender"), sent("b", 2), sent("c")],
      "the sender has begun a later session",
    ],
    ["two sessions at once", [sent("a"), sent("b", 2)], "the sender's side of session 1 is still open"],
    [
      "acknowledging after the close",
      [sent("a"), came("a"), gone("sender"), acked(1)],
      "the sender's side was closed",
    ],
  ];
  it.each(forbidden)("forbids %s", (_what, trace, reason) => {
    const verdict = check(trace);
    expect(verdict).toMatchObject({ verdict: "forbidden", index: trace.length - 1 });
    expect((verdict as { reason: string }).reason).toContain(reason);
  });

  it("lets a message that the sender holds for lost come out until the receiver's side closes", () => {
    expect(check([sent("a"), gone("sender"), came("a")])).toEqual({ verdict: "allowed" });
    expect(check([sent("a"), gone("sender"), sent("b", 2), came("a"), came("b", 2)])).toEqual({
      verdict: "allowed",
    });
  });

  it("accepts random runs, and keeps only what may still come out", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const trace = randomLink(seededRandom(seed), 300, seed % 2 === 0);
      expect(check(trace), `seed ${seed}`).toEqual({ verdict: "allowed" });
    }
    const link = new NumberedLink({ maxHeld: 200 });
    for (let n = 0; n < 200_000; n++) {
      link.observe(sent(`${n}`));
      if (n >= 100) link.observe(came(`${n - 100}`));
    }
    for (let session = 2; session < 1000; session++) {
      link.observe(gone("sender", session - 1));
      link.observe(gone("receiver", session - 1));
      link.observe(sent("m", session));
    }
    expect(link.verdict).toEqual({ verdict: "allowed" });
    for (let n = 0; n < 300; n++) link.observe(sent(`${n}`, 999));
    expect(link.verdict).toMatchObject({ verdict: "unknown" });
  });
});

describe("the mapping to the reliable channel", () => {
  it("tells a failure as a crash, the loss, and a recovery with the next session", () => {
    const trace = [
      sent("a"),
      came("a"),
      acked(1),
      sent("b"),
      gone("sender"),
      gone("receiver"),
      sent("c", 2),
      came("c", 2),
      acked(1, 2),
    ];
    expect(mapped(trace)).toEqual([
      put("a"),
      get("a"),
      getAck("ok"),
      put("b"),
      crash,
      getAck("lost"),
      recover,
      put("c"),
      get("c"),
      getAck("ok"),
    ]);
  });

  it("says nothing of an end at which everything was acknowledged", () => {
    const trace = [sent("a"), came("a"), acked(1), gone("sender"), gone("receiver"), sent("b", 2)];
    expect(mapped(trace)).toEqual([put("a"), get("a"), getAck("ok"), put("b")]);
  });

  const runs: readonly [SpecName, boolean][] = [
    ["reliable-undecided", false],
    ["reliable", true],
  ];
  it.each(runs)("makes every trace one of a %s channel", (spec, orderly) => {
    const counts = { crash: 0, recover: 0, ok: 0, lost: 0 };
    for (let seed = 1; seed <= 1000; seed++) {
      const checker = new ChannelChecker(spec);
      for (const action of mapped(randomLink(seededRandom(seed), 200, orderly))) {
        if (action.kind === "getAck") counts[action.status]++;
        else if (action.kind === "crash" || action.kind === "recover") counts[action.kind]++;
        expect(checker.observe(action), `seed ${seed}`).toEqual({ verdict: "allowed" });
      }
    }
    // All of it was met, and often.
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(1000);
  });

  it("shows why the undecided spec is needed: the source's own forbids what comes out after lost was told", () => {
    const trace = mapped([sent("a"), gone("sender"), came("a")]);
    expect(trace).toEqual([put("a"), crash, getAck("lost"), get("a")]);
    const verdicts = (["reliable-undecided", "reliable"] as const).map((spec) => {
      const checker = new ChannelChecker(spec);
      for (const action of trace) checker.observe(action);
      return checker.verdict.verdict;
    });
    expect(verdicts).toEqual(["allowed", "forbidden"]);
  });
});
