import { describe, expect, it } from "vitest";
import { connectionPair } from "../../../test/support/connection-pair.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import {
  CHANNEL_MAX_MESSAGE,
  type channel_frame,
  decode_channel_frame,
  encode_channel_frame,
} from "../gen/channel-frames.gen.ts";
import { MAX_MESSAGE_BYTES } from "../index.ts";
import { CHANNEL_PADDING, frameBytes } from "./frames.ts";

/** Decodes a packet's frames by the generated codec. */
function decode(frames: Uint8Array): channel_frame[] {
  const reader = new XdrReader(frames);
  const found: channel_frame[] = [];
  while (reader.position < frames.length) {
    const frame = decode_channel_frame(reader);
    if (frame.type === CHANNEL_PADDING) break;
    found.push(frame);
  }
  return found;
}

function encode(frames: readonly channel_frame[]): Uint8Array {
  const writer = new XdrWriter();
  for (const frame of frames) encode_channel_frame(writer, frame);
  return writer.encoded().slice();
}

describe("frames written by hand", () => {
  it("are what x/channel-frames.x says, in every packet of a lossy run, both ways", () => {
    const pair = connectionPair("frames", { loss: 0.1, jitterMs: 4 }, { maxPayloadBytes: 1400 });
    const random = new Prng("frames", "sizes");
    const kinds = new Set<number>();
    let packets = 0;
    pair.network.onPacket = (_, __, frames) => {
      const found = decode(frames);
      packets++;
      for (const { type } of found) kinds.add(type);
      // What the generated codec writes of it is the packet again, but for the padding behind.
      const again = encode(found);
      expect(again).toEqual(frames.subarray(0, again.length));
      expect(frames.subarray(again.length).every((byte) => byte === 0)).toBe(true);
      let at = 0;
      for (const frame of found) {
        const bytes = frameBytes(frames, at, frames.length);
        expect(bytes).toBe(encode([frame]).length);
        at += bytes;
      }
    };
    for (let i = 0; i < 60; i++) {
      pair.a.connection.send(random.bytes(random.below(3000)));
      pair.b.connection.send(random.bytes(random.below(300)));
    }
    pair.a.connection.end();
    pair.b.connection.end();
    pair.network.run(60_000, () => pair.a.connection.isClosed && pair.b.connection.isClosed);
    expect([...kinds].sort()).toEqual([1, 2, 3, 4, 5]);
    expect(packets).toBeGreaterThan(100);
  });

  it("are rejected where they end too early, or are none", () => {
    const frames = encode([
      { type: 1, data: { awaited: 0, offset: 0n, piece: new Uint8Array(8) } },
      {
        type: 2,
        ack: {
          largest: 9n,
          delay_us: 1,
          delivered: 0n,
          limit: 9n,
          received: 1,
          gaps: [{ missing: 1, received: 1 }],
        },
      },
    ]);
    const first = frameBytes(frames, 0, frames.length);
    expect(frameBytes(frames, first, frames.length)).toBe(frames.length - first);
    for (let end = 0; end < first; end++) expect(frameBytes(frames, 0, end)).toBe(0);
    for (let end = first; end < frames.length; end++) expect(frameBytes(frames, first, end)).toBe(0);
    expect(frameBytes(Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 0), 0, 8)).toBe(0);
  });

  it("agree with the interface on the largest message", () => {
    expect(CHANNEL_MAX_MESSAGE).toBe(MAX_MESSAGE_BYTES);
  });
});
