import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { frameBytes, writeFrame } from "./frame.ts";
import { FrameReader, type FrameState } from "./frame-reader.ts";
import { decode_mesh_frame, encode_mesh_frame, MESH_MAX_MESSAGE, MESH_MAX_NAME } from "./gen/mesh.gen.ts";
import { MAX_MESH_MESSAGE_BYTES, MAX_PEER_NAME_BYTES } from "./types.ts";

const port = fc.nat(0xffff_ffff);
const message = fc.uint8Array({ maxLength: 40 });
const frames = fc.array(fc.record({ port, message }), { maxLength: 20 });

interface Frame {
  readonly port: number;
  readonly message: Uint8Array;
}

function encoded(all: readonly Frame[]): Uint8Array {
  const out = new Uint8Array(all.reduce((sum, each) => sum + frameBytes(each.message.length), 0)).fill(0xee);
  let at = 0;
  for (const each of all) {
    writeFrame(out, at, each.port, each.message);
    at += frameBytes(each.message.length);
  }
  return out;
}

/** What a reader makes of chunks, until it has had enough. */
function read(reader: FrameReader, chunks: readonly Uint8Array[]): { frames: Frame[]; last: FrameState } {
  const seen: Frame[] = [];
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (;;) {
      const state = reader.next();
      if (state === "more") break;
      if (state !== "frame") return { frames: seen, last: state };
      seen.push({ port: reader.port, message: reader.bytes.subarray(reader.start, reader.end) });
    }
  }
  return { frames: seen, last: "more" };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let n = 0; at < bytes.length; n++) {
    const size = Math.max(1, sizes[n % sizes.length] ?? bytes.length);
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return chunks;
}

describe("frames", () => {
  it("are written by hand as the generated codec writes them", () => {
    fc.assert(
      fc.property(port, message, (number, content) => {
        const writer = new XdrWriter();
        encode_mesh_frame(writer, { port: number, message: content });
        expect(encoded([{ port: number, message: content }])).toEqual(writer.encoded());
      }),
    );
    expect([MESH_MAX_MESSAGE, MESH_MAX_NAME]).toEqual([MAX_MESH_MESSAGE_BYTES, MAX_PEER_NAME_BYTES]);
  });

  it("are read as they were written, however the stream was cut", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(70), { minLength: 1, maxLength: 20 }), (all, sizes) => {
        const { frames: seen, last } = read(new FrameReader(40), cut(encoded(all), sizes));
        expect(last).toBe("more");
        expect(seen).toEqual(all);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it("that lie in one chunk are not copied, and a chunk that was copied is given back", () => {
    const bytes = encoded([
      { port: 1, message: new Uint8Array(9) },
      { port: 2, message: new Uint8Array(100) },
    ]);
    const reader = new FrameReader(100);
    const first = bytes.slice(0, 60);
    reader.feed(first);
    expect([reader.next(), reader.bytes === first, reader.next(), reader.spent.length]).toEqual([
      "frame",
      true,
      "more",
      0,
    ]);
    const second = bytes.slice(60);
    reader.feed(second);
    expect([reader.next(), reader.bytes === second, reader.next(), reader.spent === second]).toEqual([
      "frame",
      false,
      "more",
      true,
    ]);
  });

  it("over the bound are refused by their head, and cost no memory", () => {
    for (const size of [1, 3, 8]) {
      const head = new Uint8Array(8).fill(0xff);
      expect(read(new FrameReader(1000), cut(head, [size]))).toEqual({ frames: [], last: "oversize" });
    }
  });

  it("are what the generated codec reads, or nothing, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(3), fc.nat(12), (tail, high, sizes) => {
        const bytes = Uint8Array.from([0, 0, 0, high, 0, 0, 0, tail.length >> 1, ...tail]);
        const { frames: seen } = read(new FrameReader(MAX_MESH_MESSAGE_BYTES), cut(bytes, [sizes]));
        const reader = new XdrReader(bytes);
        for (const each of seen) expect(decode_mesh_frame(reader)).toEqual(each);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});
