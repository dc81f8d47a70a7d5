/** Fills the volume of a cell, as a process of its own: one file of so many bytes, and a directory of so many empty files. */
import { NfsClient } from "../../src/files/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { say } from "../support/child-side.ts";

export interface Filled {
  /** Until everything was durable. */
  readonly tookMs: number;
}

const [servers = "[]", bytes = "0", files = "0"] = process.argv.slice(2);
const PIECE_BYTES = 1024 * 1024;
const AT_ONCE = 64;

const client = await NfsClient.connect(createNodeWorld(), { servers: JSON.parse(servers) });
const startedMs = performance.now();
if (Number(bytes) > 0) await fillFile(Number(bytes));
if (Number(files) > 0) await fillDirectory(Number(files));
await client.close();
say({ tookMs: performance.now() - startedMs } satisfies Filled);

async function fillFile(size: number): Promise<void> {
  const file = await client.open("/filled", "w");
  // No two pieces are alike, and none is easy to make small.
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let at = 0; at < PIECE_BYTES; at += 4) piece.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  for (let at = 0; at < size; at += PIECE_BYTES) {
    piece.writeUInt32LE((at / PIECE_BYTES) >>> 0);
    await file.write(piece.subarray(0, Math.min(PIECE_BYTES, size - at)), at);
  }
  await file.close();
}

async function fillDirectory(count: number): Promise<void> {
  await client.mkdir("/many");
  let next = 0;
  const work = async () => {
    while (next < count) await (await client.open(`/many/file-${next++}`, "w")).close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
