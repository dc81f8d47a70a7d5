import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { randomBelow } from "../../world/index.ts";
import { done, LOST, type Outcome } from "../api/frames.ts";
import { MAX_KEPT_REPLY_BYTES, MAX_SESSIONS, Sessions } from "./sessions.ts";

const reply = (byte: number, length = 1): Outcome => done(new Uint8Array(length).fill(byte));
const ask = (number: number, upTo = 0, session = "a#1") => ({ session, number, done: upTo });

describe("a session", () => {
  it("carries each request out once, and answers it again", () => {
    const sessions = new Sessions();
    sessions.open("a#1");
    expect(sessions.begin(ask(1), "a#1")).toBe("new");
    expect(sessions.begin(ask(1), "a#1")).toBe("under way");
    sessions.answer("a#1", 1, reply(7));
    expect(sessions.begin(ask(1), "a#2")).toEqual(reply(7));
    expect(sessions.begin(ask(3), "a#2")).toBe("new");
    // What was passed over never comes, or comes too late.
    expect(sessions.begin(ask(2), "a#2")).toBe("under way");
  });

  it("forgets replies that are known to who asked", () => {
    const sessions = new Sessions();
    sessions.open("a#1");
    for (const number of [1, 2]) {
      sessions.begin(ask(number), "a#1");
      sessions.answer("a#1", number, reply(number));
    }
    sessions.begin(ask(3, 1), "a#1");
    expect(sessions.begin(ask(1, 1), "a#1")).toBe(LOST);
    expect(sessions.begin(ask(2, 1), "a#1")).toEqual(reply(2));
  });

  it("is lost when nobody has it", () => {
    expect(new Sessions().begin(ask(1), "a#1")).toBe(LOST);
  });

  it("forgets its oldest replies when they are too many bytes, and says so", () => {
    const sessions = new Sessions();
    sessions.open("a#1");
    for (const number of [1, 2, 3]) {
      sessions.begin(ask(number), "a#1");
      sessions.answer("a#1", number, reply(number, MAX_KEPT_REPLY_BYTES / 2 - 64));
    }
    expect([1, 2, 3].map((number) => (sessions.begin(ask(number), "a#1") as Outcome).kind)).toEqual([
      2, 0, 0,
    ]);
    sessions.begin(ask(4), "a#1");
    sessions.answer("a#1", 4, reply(4, 2 * MAX_KEPT_REPLY_BYTES));
    expect([3, 4].map((number) => (sessions.begin(ask(number), "a#1") as Outcome).kind)).toEqual([2, 2]);
  });
});

describe("sessions", () => {
  it("are kept for members, and of others the ones that were used last", () => {
    const sessions = new Sessions();
    for (let n = 0; n <= MAX_SESSIONS; n++) sessions.open(`n${n}#1`);
    sessions.begin(ask(1, 0, "n1#1"), "n1#1");
    sessions.keep(new Set(["n0#1"]));
    expect(sessions.size).toBe(MAX_SESSIONS);
    expect(sessions.begin(ask(1, 0, "n0#1"), "n0#1")).toBe("new");
    expect(sessions.begin(ask(1, 0, "n2#1"), "n2#1")).toBe(LOST);
    expect(sessions.begin(ask(2, 0, "n1#1"), "n1#1")).toBe("new");
  });

  it("do not pile up for a process that comes again and again", () => {
    const sessions = new Sessions();
    for (let life = 1; life <= 100; life++) {
      sessions.open(`a#${life}`);
      sessions.begin(ask(life), `a#${life}`);
    }
    expect(sessions.size).toBe(1);
  });

  it("are the same after they were saved and restored, at any point of any history", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed);
      const sessions = new Sessions();
      let copy = new Sessions();
      const both = <Result>(run: (each: Sessions) => Result) => {
        expect(run(copy)).toEqual(run(sessions));
      };
      for (let step = 0; step < 200; step++) {
        const [die, number] = [randomBelow(random, 10), randomBelow(random, 20)];
        const session = `${"abc"[randomBelow(random, 3)]}#1`;
        if (die === 0) both((each) => each.open(session));
        else if (die < 6) both((each) => each.begin({ session, number, done: number - 5 }, session));
        else if (die < 9) both((each) => each.answer(session, number, reply(step)));
        else copy = Sessions.restore(sessions.save());
      }
      expect(copy.save()).toEqual(sessions.save());
    }
  });
});
