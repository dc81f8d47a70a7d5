import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { XdrReader } from "../marshal/index.ts";
import { DuplicateCache } from "./duplicate-cache.ts";
import { IncomingCall } from "./incoming-call.ts";
import type { ReplySink } from "./reply-sink.ts";
import type { Transport } from "./types.ts";

function call(
  xid: number,
  options: { host?: string; port?: number; transport?: Transport; procedure?: number } = {},
) {
  const { host = "h", port = 1, transport = "udp", procedure = 1 } = options;
  const made = new IncomingCall(new XdrReader(new Uint8Array(0)), { transport } as ReplySink, { host, port });
  made.xid = xid;
  made.procedure = procedure;
  return made;
}

const roomy = { maxCachedReplies: 100, maxCachedReplyBytes: 1_000_000, cachedReplyMs: 1000 };
const reply = (length: number) => new Uint8Array(length).fill(length);
const DIGEST = 5;

describe("DuplicateCache", () => {
  test("tells calls by everything that a retry has in common with its first", () => {
    const cache = new DuplicateCache(roomy);
    const entry = cache.begin(call(1), DIGEST, 40, 0);
    expect(cache.find(call(1), DIGEST, 40, 0)).toBe(entry);
    for (const [other, digest, length] of [
      [call(2), DIGEST, 40],
      [call(1, { host: "g" }), DIGEST, 40],
      [call(1, { port: 2 }), DIGEST, 40],
      [call(1, { transport: "tcp" }), DIGEST, 40],
      [call(1, { procedure: 2 }), DIGEST, 40],
      [call(1), DIGEST + 1, 40],
      [call(1), DIGEST, 44],
    ] as const) {
      expect(cache.find(other, digest, length, 0)).toBeUndefined();
    }
  });

  test("over TCP the port does not matter", () => {
    const cache = new DuplicateCache(roomy);
    const entry = cache.begin(call(1, { transport: "tcp", port: 1 }), DIGEST, 40, 0);
    expect(cache.find(call(1, { transport: "tcp", port: 2 }), DIGEST, 40, 0)).toBe(entry);
  });

  test("keeps a copy of the reply until its time is over, counted from when the call was done", () => {
    const cache = new DuplicateCache(roomy);
    const bytes = reply(8);
    const entry = cache.begin(call(1), DIGEST, 40, 0);
    expect(cache.find(call(1), DIGEST, 40, 5000)).toBe(entry);
    cache.finish(entry, bytes, 0, 8, 5000);
    bytes.fill(0);
    expect([...(cache.find(call(1), DIGEST, 40, 6000)?.reply ?? [])]).toEqual(new Array(8).fill(8));
    expect(cache.find(call(1), DIGEST, 40, 6001)).toBeUndefined();
    expect([cache.entries, cache.bytes]).toEqual([0, 0]);
  });

  test("a reply of more than a quarter of the cache is not kept, only that the call ran", () => {
    const cache = new DuplicateCache({ ...roomy, maxCachedReplyBytes: 4000 });
    const entry = cache.begin(call(1), DIGEST, 40, 0);
    cache.finish(entry, reply(1001), 0, 1001, 0);
    expect(cache.find(call(1), DIGEST, 40, 0)).toMatchObject({ running: undefined, reply: undefined });
  });

  test("agrees with a naive cache under any use, stays within its bounds, forgets the oldest, never what runs", () => {
    const limits = { maxCachedReplies: 6, maxCachedReplyBytes: 3000, cachedReplyMs: 50 };
    const step = fc.record({
      xid: fc.nat(12),
      digest: fc.nat(2),
      what: fc.constantFrom("begin", "finish", "forget"),
      length: fc.nat(900),
      wait: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const cache = new DuplicateCache(limits);
        const running = new Map<string, ReturnType<DuplicateCache["begin"]>>();
        const done = new Map<string, { length: number; at: number }>();
        let now = 0;
        for (const { xid, digest, what, length, wait } of steps) {
          now += wait;
          const key = `${xid}.${digest}`;
          const found = cache.find(call(xid), digest, 40, now);
          for (const [old, { at }] of done) if (at < now - limits.cachedReplyMs) done.delete(old);
          if (running.has(key)) expect(found).toBe(running.get(key));
          else if (found !== undefined) expect(done.get(key)?.length).toBe(found.reply?.length ?? -1);
          if (what === "begin" && found === undefined) {
            running.set(key, cache.begin(call(xid), digest, 40, now));
          } else if (what === "finish" && found?.running !== undefined) {
            cache.finish(found, reply(length), 0, length, now);
            running.delete(key);
            done.set(key, { length: length * 4 > limits.maxCachedReplyBytes ? -1 : length, at: now });
          } else if (what === "forget" && found !== undefined) {
            cache.forget(found);
            running.delete(key);
            done.delete(key);
          }
          if (running.size <= limits.maxCachedReplies)
            expect(cache.entries).toBeLessThanOrEqual(limits.maxCachedReplies);
          expect(cache.bytes).toBeLessThanOrEqual(Math.max(limits.maxCachedReplyBytes, running.size * 200));
          expect(cache.entries).toBeGreaterThanOrEqual(running.size);
          const newest = [...done].at(-1);
          if (newest?.[0] === key && running.size === 0) {
            expect(cache.find(call(xid), digest, 40, now), "the newest is kept").toBeDefined();
          }
        }
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});
