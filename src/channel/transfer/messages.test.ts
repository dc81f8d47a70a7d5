import { expect, test } from "vitest";
import { randomMessage } from "../../../test/support/transfer-messages.ts";
import { Prng } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import { blockMessage, decodeMessage, encodeMessage, Kind, stopError, stopMessage } from "./messages.ts";

test("a block's message is the one that the compiler's code writes", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 100]) {
    const content = new Prng("block", "block").bytes(length);
    const { whole, data } = blockMessage(7, length);
    data.set(content);
    expect(whole).toEqual(encodeMessage({ kind: Kind.TRANSFER_BLOCK, block: { index: 7, data: content } }));
  }
});

test("what the other side stopped for is told as its own failure, and never as one of this machine", () => {
  const wire = (code: string, message: string) => {
    const stop = stopMessage(new CoterieError(code, message));
    if (stop.kind !== Kind.TRANSFER_STOP) throw new Error("no stop");
    return stop.stop;
  };
  expect(stopError(wire("TRANSFER_EXISTS", "it is there")).code).toBe("TRANSFER_EXISTS");
  expect(stopError(wire("LOCAL_FULL", "no room"))).toMatchObject({
    code: "TRANSFER_PEER_FAILED",
    message: "the other side failed: LOCAL_FULL: no room",
  });
  expect(stopError(wire("TRANSFER_NEW", "of a later release"))).toMatchObject({
    code: "TRANSFER_PEER_FAILED",
    details: { peerCode: "TRANSFER_NEW" },
  });
  expect(stopError(wire("<b>", "x")).code).toBe("TRANSFER_PROTOCOL");
  expect(wire("LOCAL_IO", "y".repeat(5000)).message.length).toBe(1024);
});

test("bytes that are no message are told from messages", () => {
  const random = new Prng("bytes", "bytes");
  let messages = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = random.chance(0.5) ? random.bytes(random.below(100)) : encodeMessage(randomMessage(random));
    if (random.chance(0.7) && bytes.length > 0) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    }
    try {
      decodeMessage(bytes);
      messages++;
    } catch (error) {
      expect(error).toMatchObject({ code: "TRANSFER_PROTOCOL" });
    }
  }
  expect(messages).toBeGreaterThan(1000);
});
