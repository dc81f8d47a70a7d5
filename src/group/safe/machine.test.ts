/** The state machine behind safe messages: what is delivered, what a snapshot holds, and what a program with its own position is given. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EntryWriter } from "./entry.ts";
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
    deliver: (_, { payload }) => {
      expect(machine.isApplying).toBe(true);
      state.words.push(text(payload));
    },
    restored: () => void state.restores++,
    trouble: (index) => void state.troubles.push(index),
  });
  return { machine, state };
}

/** An entry of these words. */
function entry(number: number, ...words: string[]): Uint8Array {
  const writer = new EntryWriter({ node: "a", incarnation: 1 });
  for (const [at, word] of words.entries()) writer.add(100 * number + at, bytes(word));
  const taken = writer.take(number);
  writer.setBase(taken, 1);
  return taken;
}

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
    expect(machine.apply(9, entry(2, "two", "and", "a half"))).toBe("delivered");
    expect(state.words).toEqual(["one", "two", "and", "a half"]);
    expect([machine.position, machine.count, machine.isApplying]).toEqual([9, 4, false]);
  });

  it("counts a message while it is delivered, and gives away bytes that are nobody else's", () => {
    const { machine } = program();
    const seen: [number, string][] = [];
    const other: SafeMachine = new SafeMachine({
      state: { capture: () => [], restore: () => {} },
      from: 0,
      deliver: (_, { payload }) => {
        seen.push([other.count, text(payload)]);
        payload.fill(0);
      },
      restored: () => {},
      trouble: () => {},
    });
    const shared = entry(1, "one", "two");
    other.apply(1, shared);
    expect(seen).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
    expect(machine.apply(1, shared)).toBe("delivered");
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
    // Within an entry: the machine's count says where, and the log's index does not.
    const own = program(2);
    own.state.words = ["mine"];
    own.machine.restore(snapshot);
    expect(own.machine.apply(8, entry(2, "two", "three"))).toBe("delivered");
    expect(own.machine.apply(9, entry(3, "four"))).toBe("delivered");
    expect([own.state.words, own.state.restores]).toEqual([["mine", "three", "four"], 0]);
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
