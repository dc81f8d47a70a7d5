import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { Simulation } from "../../sim/index.ts";
import { ControlKind, decodeControl, encodeControl } from "./control.ts";
import { Answering, Calling, type Introduction, Refusal, refusal, type Step } from "./handshake.ts";

const { crypto } = new Simulation({ seed: 1 }).node("any").world;

function introduction(name: string, secret?: Uint8Array): Introduction {
  let serial = 0n;
  const address = { host: "10.0.0.1", port: name.length };
  return { name, incarnation: BigInt(name.length), address, secret, nextSerial: () => ++serial };
}

const key = (fill: number) => new Uint8Array(32).fill(fill);

/** Both sides, and what they say in turn; `change` meddles with the messages. */
class Talk {
  readonly calling: Calling;
  readonly answering: Answering;
  readonly #change: (message: Uint8Array, number: number) => Uint8Array;

  constructor(
    caller: Introduction,
    listener: Introduction,
    { expected = listener.name, change = (message: Uint8Array) => message, seed = 1 } = {} as {
      expected?: string | undefined;
      change?: (message: Uint8Array, number: number) => Uint8Array;
      seed?: number;
    },
  ) {
    const random = seededRandom(seed);
    this.calling = new Calling(crypto, random, caller, expected);
    this.answering = new Answering(crypto, random, listener);
    this.#change = change;
  }

  /** What the listener made of the hello; or the caller of the greeting, if that was all. */
  hello(): Step {
    const step = this.calling.receive(this.#change(this.answering.begin(), 0));
    return step.kind === "say" ? this.answering.receive(this.#change(step.message, 1)) : step;
  }

  /** What the caller made of the welcome, or of what came in its stead. */
  all(): Step {
    const step = this.hello();
    if (step.kind !== "met") return step;
    return this.calling.receive(this.#change(this.answering.welcome(), 2));
  }
}

/** A kind of step, and the code or the words that go with it. */
function outcome(step: Step): string {
  if (step.kind === "failed") return step.error.code;
  return step.kind === "violation" ? `violation: ${step.what}` : step.kind;
}

describe.each([
  ["without a secret", undefined],
  ["with a secret", key(5)],
])("a handshake %s", (_, secret) => {
  it("tells each side who the other is, and both the same number", () => {
    const talk = new Talk(introduction("one", secret), introduction("other", secret));
    const [met, back] = [talk.hello(), talk.calling.receive(talk.answering.welcome())];
    if (met.kind !== "met" || back.kind !== "met") throw new Error(`${met.kind}, ${back.kind}`);
    expect(met.met).toMatchObject({ name: "one", incarnation: 3n, serial: 1n, isAsking: false });
    expect(back.met).toMatchObject({ name: "other", incarnation: 5n, serial: 1n });
    expect([met.met.address.port, back.met.address.port]).toEqual([3, 5]);
    expect(met.met.session).toBe(back.met.session);
    expect(Number.isSafeInteger(met.met.session)).toBe(true);
    const again = new Talk(introduction("one", secret), introduction("other", secret), { seed: 2 }).all();
    expect(again.kind === "met" && again.met.session).not.toBe(met.met.session);
  });

  it("ends when another process than the expected one greets, or the process itself", () => {
    const wrong = new Talk(introduction("one", secret), introduction("other", secret), { expected: "third" });
    expect(outcome(wrong.all())).toBe("MESH_WRONG_PEER");
    const self = new Talk(introduction("one", secret), introduction("one", secret));
    expect(outcome(self.all())).toBe("MESH_WRONG_PEER");
  });

  it("ends when the other side speaks another version, or nothing of the kind", () => {
    const later = (message: Uint8Array) => message.with(2, 2);
    const talk = () =>
      new Talk(introduction("one", secret), introduction("other", secret), { change: later });
    expect(outcome(talk().all())).toBe("MESH_VERSION");
    expect(outcome(talk().answering.receive(new TextEncoder().encode("GET / HTTP/1.1\r\n")))).toMatch(
      /^viol/,
    );
    expect(outcome(talk().calling.receive(new Uint8Array(3)))).toMatch(/^violation/);
  });

  it("ends on messages out of their turn", () => {
    const talk = new Talk(introduction("one", secret), introduction("other", secret));
    expect(outcome(talk.calling.receive(refusal(Refusal.MESH_REFUSED_FULL)))).toMatch(/^violation/);
    expect(outcome(talk.hello())).toBe("met");
    expect(outcome(talk.answering.receive(talk.answering.begin()))).toMatch(/^violation/);
    expect(talk.calling.receive(refusal(Refusal.MESH_REFUSED_FULL))).toEqual({
      kind: "refused",
      why: Refusal.MESH_REFUSED_FULL,
    });
  });
});

describe("a secret", () => {
  const run = (caller?: Uint8Array, listener?: Uint8Array) =>
    outcome(new Talk(introduction("one", caller), introduction("other", listener)).all());

  it("must be the same on both sides, and on both", () => {
    expect(run(key(1), key(1))).toBe("met");
    expect([run(key(1), key(2)), run(key(1)), run(undefined, key(2))]).toEqual(Array(3).fill("MESH_SECRET"));
  });

  it("makes every changed bit of a handshake show", () => {
    for (const number of [0, 1, 2]) {
      const { length } = messages(number);
      let met = 0;
      for (let bit = 0; bit < 8 * length; bit++) {
        const change = (message: Uint8Array, at: number) =>
          at === number ? message.with(bit >> 3, (message[bit >> 3] as number) ^ (1 << (bit & 7))) : message;
        const step = new Talk(introduction("one", key(1)), introduction("other", key(1)), { change }).all();
        if (step.kind === "met") met++;
      }
      expect([number, met]).toEqual([number, 0]);
    }
  });

  it("is not proven by what was said in another handshake, nor by one's own words", () => {
    const recorded: Uint8Array[] = [];
    const record = (message: Uint8Array, number: number) => {
      recorded[number] = message;
      return message;
    };
    new Talk(introduction("one", key(1)), introduction("other", key(1)), { change: record }).all();
    const [, hello, welcome] = recorded as [Uint8Array, Uint8Array, Uint8Array];
    const replay = (message: Uint8Array, number: number) => (number === 1 ? hello : message);
    const other = { change: replay, seed: 2 };
    expect(outcome(new Talk(introduction("one", key(1)), introduction("other", key(1)), other).all())).toBe(
      "MESH_SECRET",
    );
    const back = {
      change: (message: Uint8Array, number: number) => (number === 2 ? welcome : message),
      seed: 2,
    };
    expect(outcome(new Talk(introduction("one", key(1)), introduction("other", key(1)), back).all())).toBe(
      "MESH_SECRET",
    );
    // A listener that does not know the secret says the caller's own proof back.
    const talk = new Talk(introduction("one", key(1)), introduction("other"));
    const said = talk.calling.receive(talk.answering.begin());
    const control = said.kind === "say" ? decodeControl(said.message) : undefined;
    if (control?.kind !== ControlKind.MESH_HELLO) throw new Error("no hello");
    const reflected = encodeControl({ kind: ControlKind.MESH_WELCOME, welcome: control.hello });
    expect(outcome(talk.calling.receive(reflected))).toBe("MESH_SECRET");
  });
});

/** The n-th message of an honest handshake. */
function messages(wanted: number): Uint8Array {
  let found = new Uint8Array(0);
  const change = (message: Uint8Array, number: number) => {
    if (number === wanted) found = message.slice();
    return message;
  };
  new Talk(introduction("one", key(1)), introduction("other", key(1)), { change }).all();
  return found;
}
