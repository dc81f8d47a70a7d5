import { describe, expect, it } from "vitest";
import { connectionPair } from "../../../test/support/connection-pair.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { type channel_frame, decode_channel_frame, encode_channel_frame } from "../gen/channel-frames.gen.ts";
import { MAX_WAITING_RANGES } from "./inbox.ts";

describe("a peer that breaks the protocol", () => {
  /** The only side, and what it says to one packet of these frames. */
  function answer(frames: readonly channel_frame[], number = 1): (string | undefined)[] {
    const { a } = connectionPair("broken");
    const writer = new XdrWriter();
    for (const frame of frames) encode_channel_frame(writer, frame);
    a.connection.receive(number, writer.encoded(), 0);
    return a.closings.map((error) => error?.code);
  }
  const ack = { largest: 0n, delay_us: 0, delivered: 0n, limit: 65_536n, received: 0, gaps: [] };
  const piece = new Uint8Array(8);

  it.each<[string, channel_frame]>([
    ["waits for a packet before the first", { type: 1, data: { awaited: 1, offset: 0n, piece } }],
    ["sends beyond the window", { type: 1, data: { awaited: 0, offset: 65_532n, piece } }],
    ["cuts the stream at no multiple of four", { type: 1, data: { awaited: 0, offset: 2n, piece } }],
    ["acknowledges a packet that was not sent", { type: 2, ack: { ...ack, largest: 1n, received: 1 } }],
    ["acknowledges more than there is", { type: 2, ack: { ...ack, received: 1 } }],
    ["has delivered what was not sent", { type: 2, ack: { ...ack, delivered: 1n } }],
    ["tells a limit beyond all numbers", { type: 2, ack: { ...ack, limit: 2n ** 60n } }],
    ["is done before all is said", { type: 5, close: { reason: 0 } }],
  ])("and %s is left, and told why", (_, frame) => {
    expect(answer([{ type: 3 }])).toEqual([]);
    expect(answer([frame])).toEqual(["CHANNEL_VIOLATION"]);
  });

  it("or says that it was broken to is believed", () => {
    expect(answer([{ type: 5, close: { reason: 2 } }])).toEqual(["CHANNEL_VIOLATION"]);
    expect(answer([{ type: 5, close: { reason: 3 } }])).toEqual(["CHANNEL_TIMEOUT"]);
    expect(answer([{ type: 5, close: { reason: 1 } }])).toEqual(["CHANNEL_CLOSED"]);
  });

  it("or scatters more pieces than can be kept gets no acknowledgment of the last", () => {
    const { b } = connectionPair("scattered", {}, { receiveWindowBytes: 1024 * 1024 });
    const send = (number: number, ...frames: channel_frame[]) => {
      const writer = new XdrWriter();
      for (const frame of frames) encode_channel_frame(writer, frame);
      b.connection.receive(number, writer.encoded(), 0);
    };
    const out = new Uint8Array(2000);
    const named = () => {
      const bytes = b.connection.produce(out, 0, 0);
      if (bytes === 0) return undefined;
      const frame = decode_channel_frame(new XdrReader(out.subarray(0, bytes)));
      return frame.type === 2 ? frame.ack.largest : undefined;
    };
    for (let range = 0; range < MAX_WAITING_RANGES; range++) {
      send(1 + range, { type: 1, data: { awaited: 0, offset: BigInt(8 + 16 * range), piece } });
    }
    expect(named()).toBe(BigInt(MAX_WAITING_RANGES));
    const more: channel_frame = {
      type: 1,
      data: { awaited: 0, offset: BigInt(8 + 16 * MAX_WAITING_RANGES), piece },
    };
    send(MAX_WAITING_RANGES + 1, more, { type: 3 });
    expect([named(), b.closings]).toEqual([undefined, []]);
    send(MAX_WAITING_RANGES + 2, { type: 1, data: { awaited: 0, offset: 0n, piece } });
    send(MAX_WAITING_RANGES + 3, more);
    expect(named()).toBe(BigInt(MAX_WAITING_RANGES + 3));
  });

  it("or tells an odd limit gets what lies before it", () => {
    const pair = connectionPair("odd");
    const writer = new XdrWriter();
    encode_channel_frame(writer, { type: 2, ack: { ...ack, limit: 65_539n } });
    pair.a.connection.receive(1, writer.encoded(), 0);
    pair.a.connection.send(new Uint8Array(100_000));
    pair.back.options = { ...pair.back.options, loss: 1 };
    const ends: bigint[] = [];
    pair.network.onPacket = (_, __, frames) => {
      const frame = decode_channel_frame(new XdrReader(frames));
      if (frame.type === 1) ends.push(frame.data.offset + BigInt(frame.data.piece.length));
    };
    pair.network.run(20_000);
    expect(ends.length).toBeGreaterThan(10);
    expect(ends.every((end) => end % 4n === 0n && end <= 65_536n)).toBe(true);
  });
});
