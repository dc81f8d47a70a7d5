/** What only a real socket's chunks can get wrong; everything else is in the contract of streams. */
import { describe, expect, it } from "vitest";
import { Gate } from "../world/contract/contract.ts";
import type { Stream } from "../world/index.ts";
import { createNodeWorld } from "./index.ts";

const HOST = "127.0.0.1";

/** The chunks in which so many bytes arrive over loopback, and the stream that brought them. */
async function received(bytes: Uint8Array): Promise<{ stream: Stream; chunks: Uint8Array[]; close(): void }> {
  const { net } = createNodeWorld();
  const chunks: Uint8Array[] = [];
  const whole = new Gate<Stream>();
  const listener = await net.listen({
    bind: { host: HOST, port: 0 },
    onStream: (stream) => {
      let left = bytes.length;
      stream.onData = (chunk) => {
        chunks.push(chunk);
        left -= chunk.length;
        if (left === 0) whole.resolve(stream);
      };
    },
  });
  const client = await net.connect({ to: listener.local });
  client.write(bytes);
  const stream = await whole.promise;
  const close = (): void => {
    client.destroy();
    stream.destroy();
    void listener.close();
  };
  return { stream, chunks, close };
}

describe("a chunk of a socket", () => {
  it.each([1, 100, 20_000, 300_000])(
    "of %i bytes sent has memory of its own and of its size",
    async (length) => {
      const { chunks, close } = await received(new Uint8Array(length).fill(7));
      close();
      for (const chunk of chunks)
        expect([chunk.byteOffset, chunk.buffer.byteLength]).toEqual([0, chunk.length]);
      expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(chunks.length);
    },
  );

  it("is cut like any array of bytes: what is sliced out of it outlives it", async () => {
    const { stream, chunks, close } = await received(new Uint8Array(50_000).fill(7));
    const kept = chunks.map((chunk) => chunk.slice(0, 4));
    for (const chunk of chunks) {
      expect(Object.getPrototypeOf(chunk)).toBe(Uint8Array.prototype);
      stream.release(chunk);
    }
    close();
    expect(kept.map((slice) => slice.length > 0 && slice.every((byte) => byte === 7))).not.toContain(false);
    expect(kept[0]?.length).toBe(4);
  });
});
