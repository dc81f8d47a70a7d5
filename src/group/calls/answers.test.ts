import { describe, expect, it } from "vitest";
import { done, type Outcome } from "../api/frames.ts";
import { Answers, MAX_ANSWERING, MAX_KEPT_ANSWER_BYTES, MAX_KEPT_ANSWERS } from "./answers.ts";

const caller = { node: "a", incarnation: 1 };

function rig() {
  const sent: [number, Outcome][] = [];
  const state = { isUp: true };
  const answers = new Answers((_, number, outcome) => {
    if (state.isUp) sent.push([number, outcome]);
    return state.isUp;
  });
  return { sent, state, answers };
}

const reply = (bytes: number): Outcome => done(new Uint8Array(bytes));

describe("answers", () => {
  it("are given again to who asks, once they are there", () => {
    const { sent, answers } = rig();
    let later: (outcome: Outcome) => void = () => {};
    answers.begin(caller, 1, (answer) => {
      later = answer;
    });
    answers.asked(caller, 1);
    answers.asked(caller, 2);
    expect(sent).toEqual([]);
    later(reply(1));
    later(reply(2));
    answers.asked(caller, 1);
    expect(sent).toEqual([
      [1, reply(1)],
      [1, reply(1)],
    ]);
  });

  it("are forgotten, the oldest first, and are then told as lost", () => {
    const { sent, answers } = rig();
    for (let number = 1; number <= MAX_KEPT_ANSWERS + 1; number++)
      answers.begin(caller, number, (answer) => answer(reply(1)));
    sent.length = 0;
    answers.asked(caller, 1);
    answers.asked(caller, 2);
    expect(sent.map(([number, { kind }]) => [number, kind])).toEqual([
      [1, 2],
      [2, 0],
    ]);
    const large = rig();
    for (const number of [1, 2])
      large.answers.begin(caller, number, (answer) => answer(reply(MAX_KEPT_ANSWER_BYTES)));
    large.sent.length = 0;
    for (const number of [1, 2]) large.answers.asked(caller, number);
    expect(large.sent.map(([, { kind }]) => kind)).toEqual([2, 0]);
  });

  it("that cannot be sent are sent when their node can be reached", () => {
    const { sent, state, answers } = rig();
    state.isUp = false;
    for (const number of [1, 2]) answers.begin(caller, number, (answer) => answer(reply(number)));
    state.isUp = true;
    answers.reachable("b");
    expect(sent).toEqual([]);
    answers.reachable("a");
    answers.reachable("a");
    expect(sent.map(([number]) => number)).toEqual([1, 2]);
  });

  it("are refused when too many are worked on, and forgotten with their callers", () => {
    const { sent, answers } = rig();
    const finish: ((outcome: Outcome) => void)[] = [];
    for (let number = 1; number <= MAX_ANSWERING + 1; number++)
      answers.begin(caller, number, (answer) => finish.push(answer));
    expect(sent.map(([number, { kind }]) => [number, kind])).toEqual([[MAX_ANSWERING + 1, 1]]);
    answers.keep(new Set(["b#1"]));
    for (const answer of finish) answer(reply(1));
    answers.asked(caller, 1);
    expect(sent).toHaveLength(1);
    // The places are free again.
    answers.begin(caller, 1, (answer) => answer(reply(3)));
    expect(sent.at(-1)).toEqual([1, reply(3)]);
  });
});
