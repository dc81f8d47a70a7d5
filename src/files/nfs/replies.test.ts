/** The ring of replies against the simulated store: what is kept, what is forgotten, what is not believed. */
import { expect, test } from "vitest";
import type { RpcCall } from "../../rpc/index.ts";
import { type SimNode, Simulation } from "../../sim/index.ts";
import { openVolume, type StoredVolume } from "../volume/index.ts";
import { type Context, isFault } from "../volume/types.ts";
import { Replies } from "./replies.ts";

const credentials = { uid: 0, gid: 0, groups: [] };
const now = { seconds: 1, nanoseconds: 0 };

function call(xid: number, host = "10.0.0.2", payload = "x"): RpcCall {
  const message = new TextEncoder().encode(`${xid} ${payload}`);
  const base = {
    program: 100003,
    version: 3,
    procedure: 8,
    credential: { flavor: "none" },
    transport: "tcp",
  } as const;
  const local = { host: "10.0.0.1", port: 2049 };
  return { ...base, xid, message, local, remote: { host, port: 700 } };
}

/** Makes a file under the call's xid, as a procedure does. */
function run(volume: StoredVolume, replies: Replies, made: RpcCall) {
  const request = replies.request(made);
  const attach: NonNullable<Context["attach"]> = (result) =>
    replies.changes(request, (result as { handle: { inode: number; generation: number } }).handle);
  const name = new TextEncoder().encode(`f${made.xid}`);
  const object = { type: "file", initial: {}, how: "guarded" } as const;
  const outcome = volume.create({ credentials, now, attach }, volume.root, name, object);
  if (isFault(outcome)) throw new Error(outcome.reason);
  replies.keep(request);
  return outcome.handle;
}

async function withNode(body: (node: SimNode) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 9 });
  const node = simulation.node("n");
  await simulation.run(() => body(node));
}

test("a call is found again by host, xid, length and digest, and by nothing less", async () => {
  await withNode(async ({ world }) => {
    const volume = await openVolume(world, "v");
    const replies = new Replies(volume);
    expect(replies.find(replies.request(call(1)))).toBeUndefined();
    const made = run(volume, replies, call(1));
    expect(replies.find(replies.request(call(1)))).toEqual({ made });
    expect(replies.find(replies.request(call(2)))).toBeUndefined();
    expect(replies.find(replies.request(call(1, "10.0.0.3")))).toBeUndefined();
    expect(replies.find(replies.request(call(1, "10.0.0.2", "y")))).toBeUndefined();
    expect(replies.find(replies.request(call(1, "10.0.0.2", "xx")))).toBeUndefined();
  });
});

test("a full ring forgets the oldest, and a new one reads what the store holds", async () => {
  await withNode(async ({ world }) => {
    const volume = await openVolume(world, "v");
    const replies = new Replies(volume, 4);
    for (let xid = 1; xid <= 6; xid++) run(volume, replies, call(xid));
    const known = (ring: Replies) =>
      [1, 2, 3, 4, 5, 6, 7].filter((xid) => ring.find(ring.request(call(xid))) !== undefined);
    expect(known(replies)).toEqual([3, 4, 5, 6]);
    expect(replies.size).toBe(4);
    const again = new Replies(volume, 4);
    expect(known(again)).toEqual([3, 4, 5, 6]);
    run(volume, again, call(7));
    expect(known(again)).toEqual([4, 5, 6, 7]);
    expect(known(new Replies(volume, 4))).toEqual([4, 5, 6, 7]);
  });
});

test("what a crash took back is not remembered, what was durable is", async () => {
  await withNode(async (node) => {
    const volume = await openVolume(node.world, "v");
    const replies = new Replies(volume);
    const made = run(volume, replies, call(1));
    await volume.settle(undefined);
    node.crash();
    await node.restart();
    const later = await openVolume(node.world, "v");
    const ring = new Replies(later);
    expect(ring.find(ring.request(call(1)))).toEqual({ made });
  });
});

test("a record that a failing disk has undone is not believed, and finding one waits for the disk", async () => {
  await withNode(async (node) => {
    const volume = await openVolume(node.world, "v");
    const replies = new Replies(volume);
    await volume.settle(undefined);
    run(volume, replies, call(1));
    expect(replies.find(replies.request(call(1)))).toBeDefined();
    const settled = volume.settle("found");
    expect(settled).toBeInstanceOf(Promise);
    node.disk.failNext = ["STORE_IO"];
    await expect(settled).rejects.toMatchObject({ code: "STORE_IO" });
    expect(replies.find(replies.request(call(1)))).toBeUndefined();
    run(volume, replies, call(2));
    await volume.settle(undefined);
    expect(replies.find(replies.request(call(2)))).toBeDefined();
    expect(replies.find(replies.request(call(1)))).toBeUndefined();
  });
});
