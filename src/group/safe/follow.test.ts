/** The parts of following a replica: messages, the entries that a replica keeps, and what is submitted to it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeptEntries } from "./kept-entries.ts";
import { decodeMessage, encodeMessage, type SafeMessage, weightOf } from "./message.ts";
import { Submissions } from "./submissions.ts";

const count = fc.nat({ max: 2 ** 40 });
const stream = fc.nat({ max: 2 ** 31 });
const some = fc.uint8Array({ maxLength: 30 });
const messages: fc.Arbitrary<SafeMessage> = fc.oneof(
  fc.record({ kind: fc.constant("follow" as const), stream, after: count }),
  fc.record({
    kind: fc.constant("entries" as const),
    stream,
    after: count,
    entries: fc.array(fc.record({ index: count, entry: some }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant("snapshot" as const),
    stream,
    position: count,
    number: stream,
    isLast: fc.boolean(),
    piece: some,
  }),
  fc.record({ kind: fc.constant("took" as const), stream, bytes: count }),
  fc.record({ kind: fc.constant("at" as const), position: count }),
  fc.record({ kind: fc.constant("submit" as const), ticket: count, entry: some }),
  fc.record({
    kind: fc.constant("outcome" as const),
    ticket: count,
    answer: fc.constantFrom("delivered", "known", "early", "stale", "refused", "busy", "unknown"),
  }),
) as fc.Arbitrary<SafeMessage>;

describe("messages", () => {
  it("are what they were, and any bytes are a message or none", () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.nat({ max: 255 }), (message, at, byte) => {
        const bytes = encodeMessage(message).slice();
        expect(decodeMessage(bytes)).toEqual(message);
        expect(decodeMessage(bytes.subarray(0, -1))).toBeUndefined();
        bytes[at % bytes.length] = byte;
        decodeMessage(bytes);
      }),
      { seed: 8, numRuns: 500 },
    );
  });
});

describe("the entries that a replica keeps", () => {
  it("are those after any position that it has, as a list of all would say", () => {
    const step = fc.oneof(
      {
        weight: 20,
        arbitrary: fc.record({ gap: fc.integer({ min: 1, max: 3 }), bytes: fc.nat({ max: 40 }) }),
      },
      { weight: 1, arbitrary: fc.record({ jump: fc.integer({ min: 1, max: 9 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const kept = new KeptEntries(500, 0);
        let all: { index: number; entry: Uint8Array }[] = [];
        let [position, before] = [0, 0];
        for (const each of steps) {
          if ("jump" in each) {
            position += each.jump;
            [all, before] = [[], position];
            kept.restart(position);
            continue;
          }
          position += each.gap;
          all.push({ index: position, entry: new Uint8Array(each.bytes).fill(position) });
          kept.push(position, (all.at(-1) as { entry: Uint8Array }).entry);
          while (all.reduce((sum, { entry }) => sum + weightOf(entry), 0) > 500)
            before = (all.shift() as { index: number }).index;
        }
        expect(kept.position).toBe(position);
        for (const place of [before, ...all.map(({ index }) => index)]) {
          const after = all.filter(({ index }) => index > place);
          expect(kept.after(place, 10_000, 10_000)).toEqual(after);
          expect(kept.after(place, 1, 10_000)).toEqual(after.slice(0, 1));
          expect(kept.after(place, 10_000, 2)).toEqual(after.slice(0, 2));
        }
        for (const nowhere of [before - 1, position + 1]) expect(kept.after(nowhere, 1, 1)).toBeUndefined();
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});

describe("submissions", () => {
  function setUp() {
    const sent: number[] = [];
    const link = { isUp: true };
    const submissions = new Submissions((ticket) => {
      if (link.isUp) sent.push(ticket);
      return link.isUp;
    });
    const add = (dueMs = 100) =>
      submissions.add(new Uint8Array(1), dueMs).then(
        ({ reply }) => reply,
        ({ code }) => code as string,
      );
    return { sent, link, submissions, add };
  }

  it("wait for the link, keep their order, and go again to the next replica", async () => {
    const { sent, link, submissions, add } = setUp();
    const first = add();
    link.isUp = false;
    const second = add();
    expect(sent).toEqual([1]);
    link.isUp = true;
    submissions.pump();
    submissions.pump();
    submissions.answered(1, "delivered");
    submissions.answered(1, "early");
    expect(await first).toBe("delivered");
    submissions.restart();
    submissions.answered(2, "known");
    expect([sent, await second, submissions.isEmpty]).toEqual([[1, 2, 2], "known", true]);
  });

  it("are refused only where no other replica may have them", async () => {
    const { submissions, add } = setUp();
    const [once, twice, busy] = [add(), add(), add()];
    submissions.answered(1, "refused");
    submissions.restart();
    submissions.answered(2, "refused");
    submissions.answered(3, "busy");
    expect(await Promise.all([once, twice, busy])).toEqual([
      "LOG_NO_QUORUM",
      "LOG_OUTCOME_UNKNOWN",
      "LOG_OUTCOME_UNKNOWN",
    ]);
  });

  it("are given up when they are due: unknown if they were sent", async () => {
    const { link, submissions, add } = setUp();
    const sent = add(10);
    link.isUp = false;
    const unsent = add(20);
    submissions.expire(9);
    expect(submissions.isEmpty).toBe(false);
    submissions.expire(20);
    expect(await Promise.all([sent, unsent])).toEqual(["LOG_OUTCOME_UNKNOWN", "LOG_NO_QUORUM"]);
  });
});
