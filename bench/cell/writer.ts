/**
 * A client that writes without a pause, by whichever node answers, as a process of its own: each write is durable when it is acknowledged.
 * It is asked to begin, and to tell of what there was since.
 */
import { type FileHandle, NfsClient } from "../../src/files/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import type { Address } from "../../src/world/index.ts";
import { say, serveParent } from "../support/child-side.ts";

export type WriterRequest = "begin" | "tell";

export interface Gaps {
  readonly writes: number;
  /** The longest time between two acknowledgements. */
  readonly longestMs: number;
  /** Writes that failed. */
  readonly failed: number;
  /** How often it went to another node. */
  readonly moves: number;
  /** The place of the node that it uses now, in the list that it was given. */
  readonly server: number;
}

const servers = JSON.parse(process.argv[2] ?? "[]") as Address[];
const BYTES = 4096;
const BLOCKS = 1024;
let moves = 0;
const client = await NfsClient.connect(createNodeWorld(), { servers, onMove: () => moves++ });
const file: FileHandle = await client.open(`/written-${process.pid}`, "w");
let [writes, failed, longestMs, lastMs, movesBefore] = [0, 0, 0, performance.now(), 0];

/** The one under way counts, too: it is the gap that matters. */
function gap(): number {
  return Math.max(longestMs, performance.now() - lastMs);
}

async function write(): Promise<void> {
  const data = new Uint8Array(BYTES).fill(7);
  for (let at = 0; ; at = (at + 1) % BLOCKS) {
    try {
      await file.write(data, at * BYTES);
      await file.sync();
      writes++;
    } catch (error) {
      failed++;
      console.error(String(error));
    }
    longestMs = gap();
    lastMs = performance.now();
  }
}

serveParent((request: WriterRequest) => {
  const server = servers.findIndex(({ port }) => port === client.server?.port);
  const told: Gaps = { writes, failed, longestMs: gap(), moves: moves - movesBefore, server };
  if (request === "begin")
    [writes, failed, longestMs, lastMs, movesBefore] = [0, 0, 0, performance.now(), moves];
  say(told);
});
void write();
say("ready");
