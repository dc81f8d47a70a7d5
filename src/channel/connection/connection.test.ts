import { describe, expect, it } from "vitest";
import { connectionPair, type Pair } from "../../../test/support/connection-pair.ts";
import { Prng } from "../../sim/prng.ts";
import { compareKeys } from "../../world/index.ts";

/** Sends messages of the given sizes as room allows; returns them. */
function sendAll(pair: Pair, seed: string, sizes: readonly number[]): Uint8Array[] {
  const random = new Prng(seed, "messages");
  const messages = sizes.map((size) => random.bytes(size));
  let next = 0;
  const push = () => {
    while (next < messages.length && pair.a.connection.send(messages[next] as Uint8Array) > 0) next++;
  };
  pair.a.onDrain = push;
  push();
  return messages;
}

/** `toEqual` looks at every byte as a property. */
function sameMessages(got: readonly Uint8Array[], expected: readonly Uint8Array[]): boolean {
  return (
    got.length === expected.length && got.every((message, at) => compareKeys(message, expected[at]!) === 0)
  );
}

describe("a connection", () => {
  it("delivers messages in order and learns that they arrived", () => {
    const pair = connectionPair("first");
    const messages = sendAll(pair, "first", [0, 1, 2, 3, 4, 5, 64, 1000, 1160, 5000, 100_000, 0, 7]);
    expect(pair.network.run(10_000)).toBe(true);
    expect(sameMessages(pair.b.received, messages)).toBe(true);
    expect(pair.a.connection.acknowledged).toBe(messages.length);
    expect(pair.a.connection.pendingBytes).toBe(0);
  });

  it("does so over a network that loses, doubles and reorders", () => {
    for (let seed = 0; seed < 40; seed++) {
      const pair = connectionPair(`lossy ${seed}`, { loss: 0.15, duplicate: 0.05, jitterMs: 8 });
      const random = new Prng(`${seed}`, "sizes");
      const sizes = Array.from({ length: 60 }, () =>
        random.chance(0.1) ? random.below(60_000) : random.below(900),
      );
      const messages = sendAll(pair, `${seed}`, sizes);
      expect(pair.network.run(600_000)).toBe(true);
      expect(sameMessages(pair.b.received, messages)).toBe(true);
      expect(pair.a.connection.acknowledged).toBe(messages.length);
    }
  });

  it("closes without an error when both sides have ended", () => {
    for (let seed = 0; seed < 20; seed++) {
      const pair = connectionPair(`end ${seed}`, { loss: 0.2 });
      sendAll(pair, `${seed}`, [10, 5000]);
      pair.a.connection.end();
      pair.b.connection.end();
      expect(pair.network.run(600_000, () => pair.a.connection.isClosed && pair.b.connection.isClosed)).toBe(
        true,
      );
    }
  });
});
