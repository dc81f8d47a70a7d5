/** What the source says of its specs, shown on the machines: by example, and for all short traces. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type ChannelAction, type ChannelMachine, crash, get, getAck, put, recover } from "./spec.ts";
import { earlyUnreliableMachine, unreliableMachine } from "./spec-bag.ts";
import { allowsForever, ExplicitStates } from "./spec-explore.ts";
import { earlyFifoMachine, perfectMachine, unreliableFifoMachine } from "./spec-queue.ts";
import { reliableMachine, undecidedReliableMachine } from "./spec-reliable.ts";
import { randomRun } from "./spec-run.ts";

function allows<State>(machine: ChannelMachine<State>, trace: readonly ChannelAction[]): boolean {
  const states = new ExplicitStates(machine);
  return trace.every((action) => states.observe(action));
}

const queueAlphabet = [put("a"), put("b"), get("a"), get("b")];
const fullAlphabet = [...queueAlphabet, getAck("ok"), getAck("lost"), crash, recover];

/** Every trace of up to `length` actions that the spec allows, as texts. */
function tracesOf<State>(
  machine: ChannelMachine<State>,
  alphabet: readonly ChannelAction[],
  length: number,
): Set<string> {
  const found = new Set<string>();
  const extend = (trace: readonly ChannelAction[]) => {
    if (!allows(machine, trace)) return;
    found.add(JSON.stringify(trace));
    if (trace.length < length) for (const action of alphabet) extend([...trace, action]);
  };
  extend([]);
  return found;
}

const included = (a: Set<string>, b: Set<string>) => [...a].every((trace) => b.has(trace));

describe("a perfect channel", () => {
  it("is a FIFO queue whose Get blocks while it is empty", () => {
    expect(allows(perfectMachine, [put("a"), put("b"), get("a"), get("b")])).toBe(true);
    for (const forbidden of [[get("a")], [put("a"), get("a"), get("a")], [put("a"), put("b"), get("b")]]) {
      expect(allows(perfectMachine, forbidden)).toBe(false);
    }
  });
});

describe("a reliable channel", () => {
  it("acknowledges the last message once it came out, and blocks before", () => {
    expect(allows(reliableMachine, [put("a"), get("a"), getAck("ok")])).toBe(true);
    expect(allows(reliableMachine, [put("a"), getAck("ok")])).toBe(false);
    expect(allows(reliableMachine, [put("a"), put("b"), get("a"), getAck("ok")])).toBe(false);
  });

  it("loses nothing while it is up, and anything while it is down", () => {
    expect(allows(reliableMachine, [put("a"), put("b"), get("b")])).toBe(false);
    expect(allows(reliableMachine, [put("a"), put("b"), crash, recover, get("b"), getAck("ok")])).toBe(true);
    expect(allows(reliableMachine, [put("a"), getAck("lost")])).toBe(false);
    expect(allows(reliableMachine, [put("a"), crash, recover, getAck("lost")])).toBe(true);
  });

  it("can say lost of a message that came out, when the channel goes down before the acknowledgment", () => {
    expect(allows(reliableMachine, [put("a"), get("a"), crash, getAck("lost")])).toBe(true);
    expect(allows(reliableMachine, [put("a"), get("a"), getAck("lost")])).toBe(false);
  });

  it("never brings out a message after it was told lost, unless the spec is the undecided one and it is still down", () => {
    const late = [put("a"), crash, getAck("lost"), get("a")];
    expect(allows(reliableMachine, late)).toBe(false);
    expect(allows(undecidedReliableMachine, late)).toBe(true);
    const deliveredLater = [put("a"), crash, getAck("lost"), recover, put("b"), get("b"), get("a")];
    expect(allows(undecidedReliableMachine, deliveredLater)).toBe(false);
  });

  it("allows less than the undecided one, and more than a perfect one", () => {
    const reliable = tracesOf(reliableMachine, fullAlphabet, 5);
    const undecided = tracesOf(undecidedReliableMachine, fullAlphabet, 5);
    const perfect = tracesOf(perfectMachine, queueAlphabet, 5);
    expect([included(reliable, undecided), included(undecided, reliable)]).toEqual([true, false]);
    expect([included(perfect, reliable), included(reliable, perfect)]).toEqual([true, false]);
  });
});

describe("early decision", () => {
  it("makes no difference to the unreliable FIFO channel: all traces of up to 8 actions are the same", () => {
    const late = tracesOf(unreliableFifoMachine, queueAlphabet, 8);
    const early = tracesOf(earlyFifoMachine, queueAlphabet, 8);
    expect(late.size).toBeGreaterThan(2000);
    expect(early).toEqual(late);
  });

  it("makes none to the finite traces of the unreliable channel, when a Put may add as many copies as are got", () => {
    const length = 6;
    const late = tracesOf(unreliableMachine(length), queueAlphabet, length);
    const early = tracesOf(earlyUnreliableMachine(length), queueAlphabet, length);
    expect(late.size).toBeGreaterThan(500);
    expect(early).toEqual(late);
  });

  it("bounds the copies of the unordered channel: whatever number is chosen, late decision delivers one more", () => {
    for (const copies of [0, 1, 2, 5]) {
      const more = [put("m"), ...new Array<ChannelAction>(copies + 1).fill(get("m"))];
      expect(allows(earlyUnreliableMachine(copies), more), `${copies} copies`).toBe(false);
      expect(allows(earlyUnreliableMachine(copies), more.slice(0, -1)), `${copies} copies`).toBe(true);
      expect(allows(unreliableMachine(2), more), `${copies} copies`).toBe(true);
    }
    const early = tracesOf(earlyUnreliableMachine(1), queueAlphabet, 5);
    const late = tracesOf(unreliableMachine(5), queueAlphabet, 5);
    expect([included(early, late), included(late, early)]).toEqual([true, false]);
  });

  it("so Put(m) and then Get() = m for ever is a trace of late decision alone", () => {
    expect(allowsForever(unreliableMachine(2), [put("m")], [get("m")])).toBe(true);
    for (const copies of [1, 2, 16]) {
      expect(allowsForever(earlyUnreliableMachine(copies), [put("m")], [get("m")])).toBe(false);
    }
    for (const machine of [unreliableFifoMachine, earlyFifoMachine]) {
      expect(allowsForever(machine, [put("m")], [get("m")])).toBe(false);
      expect(allowsForever(machine, [], [put("m"), get("m")])).toBe(true);
    }
  });

  it("lets each Get shrink an early-decision channel, whatever is put: so no finite choice lasts for ever", () => {
    const machine = earlyUnreliableMachine(3);
    for (let seed = 1; seed <= 50; seed++) {
      const { trace, states } = randomRun(machine, seededRandom(seed), { actions: 60 });
      trace.forEach((action, at) => {
        const [before, after] = [states[at]?.length ?? -1, states[at + 1]?.length ?? -1];
        if (action.kind === "get") expect(after).toBe(before - 1);
      });
    }
  });
});

describe("the plain set of states", () => {
  it("refuses to grow beyond its bound", () => {
    const states = new ExplicitStates(unreliableFifoMachine, 100);
    const fill = () => {
      for (const letter of "abcdefgh") states.observe(put(letter));
    };
    expect(fill).toThrow(RangeError);
  });
});
