/** The state machine behind safe messages: what is delivered, what a snapshot holds, and what a program with its own position is given. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeEntry } from "./entry.ts";
import { SafeMachine } from "./machine.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);

/** A program whose state is the list of what it was given. */
function program(from = 0) {
  const state = { words: [] as string[], restores: 0, troubles: [] as number[] };
  const machine: SafeMachine = new SafeMachine({
    state: {
      capture: () => state.words.map((word) => bytes(`${word} `)),
      restore: (pieces) => {
        const all = [...pieces].map(text).join("");
        state.words = all.split(" ").filter((word) => word !== "");
      },
    },
    from,
    deliver: ({ payload }) => {
      expect(machine.isApplying).toBe(true);
      state.words.push(text(payload));
    },
    restored: () => void state.restores++,
    trouble: (index) => void state.troubles.push(index),
  });
  return { machine, state };
}

const entry = (number: number, word: string) =>
  encodeEntry({
    sender: { node: "a", incarnation: 1 },
    number,
    base: 1,
    sequence: number,
    payload: bytes(word),
  });

/** The pieces of a snapshot, cut anew. */
function* cut(pieces: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  for (const piece of pieces)
    for (let at = 0; at < piece.length; at += size) yield piece.subarray(at, at + size);
}

describe("the machine of safe messages", () => {
  it("delivers each once, and says what became of an entry", () => {
    const { machine, state } = program();
    expect(machine.apply(3, entry(1, "one"))).toBe("delivered");
    expect(machine.apply(4, entry(1, "one"))).toBe("known");
    expect(machine.apply(7, entry(3, "three"))).toBe("early");
    expect(machine.apply(9, entry(2, "two"))).toBe("delivered");
    expect([state.words, machine.position, machine.isApplying]).toEqual([["one", "two"], 9, false]);
  });

  it("skips what is no entry, and goes on", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        const { machine, state } = program();
        machine.apply(1, garbage);
        expect([machine.apply(2, entry(1, "one")), state.words, state.troubles]).toEqual([
          "delivered",
          ["one"],
          [1],
        ]);
      }),
      { seed: 3 },
    );
  });

  it("is the same after a snapshot, wherever that is cut, and takes no piece of it late", () => {
    for (const size of [1, 3, 4, 7, 1000]) {
      const { machine } = program();
      for (const [at, word] of ["one", "two"].entries()) machine.apply(at + 1, entry(at + 1, word));
      const pieces = machine.snapshot();
      machine.apply(3, entry(3, "three"));
      const other = program();
      other.machine.restore(cut(pieces, size));
      expect([other.state.words, other.state.restores, other.machine.position]).toEqual([
        ["one", "two"],
        1,
        2,
      ]);
      expect(other.machine.apply(3, entry(2, "two"))).toBe("known");
      expect(other.machine.apply(4, entry(3, "three"))).toBe("delivered");
    }
  });

  it("gives a program that kept its position nothing twice: neither messages nor a state", () => {
    const { machine } = program();
    machine.apply(5, entry(1, "one"));
    const snapshot = [...machine.snapshot()];
    const own = program(8);
    own.state.words = ["mine"];
    own.machine.restore(snapshot);
    expect(own.machine.apply(8, entry(2, "two"))).toBe("delivered");
    expect(own.machine.apply(9, entry(3, "three"))).toBe("delivered");
    expect([own.state.words, own.state.restores]).toEqual([["mine", "three"], 0]);
  });

  it("says in a snapshot how far the program is, where that is ahead of the log", () => {
    const ahead = program(2);
    ahead.state.words = ["one", "two"];
    ahead.machine.apply(1, entry(1, "one"));
    const other = program();
    other.machine.restore(ahead.machine.snapshot());
    expect(other.machine.apply(2, entry(2, "two"))).toBe("delivered");
    expect(other.machine.apply(3, entry(3, "three"))).toBe("delivered");
    expect(other.state.words).toEqual(["one", "two", "three"]);
  });

  it("refuses a snapshot that is none of its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        const { machine, state } = program();
        try {
          machine.restore([garbage]);
        } catch (error) {
          expect((error as { code: string }).code).toBe("GROUP_SAFE_SNAPSHOT");
        }
        expect(state.words).toEqual([]);
      }),
      { seed: 5, examples: [[new Uint8Array([0, 0, 0, 4, 1, 2, 3, 4])], [new Uint8Array(0)]] },
    );
    expect(() => program().machine.restore([new Uint8Array([0, 0, 0, 4, 1, 2, 3, 4])])).toThrow("snapshot");
  });

  it("lets what the program throws end the log, at the message that it was given", () => {
    const machine: SafeMachine = new SafeMachine({
      state: { capture: () => [], restore: () => {} },
      from: 0,
      deliver: () => {
        throw new Error("no");
      },
      restored: () => {},
      trouble: () => {},
    });
    expect(() => machine.apply(1, entry(1, "one"))).toThrow("no");
    expect(machine.isApplying).toBe(false);
  });
});
