/** How far a volume's disk may fall behind its log. */
import { expect, test } from "vitest";
import { Backlog, MAX_BACKLOG_BYTES, SYNCED_BYTES } from "./backlog.ts";

const MIB = 1024 * 1024;

/** A store whose syncs end when they are told to. */
class SlowStore {
  readonly ends: (() => void)[] = [];

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Every second one is refused, which makes no difference here.
      this.ends.push(this.ends.length % 2 === 0 ? resolve : () => reject(new Error("no space left")));
    });
  }

  /** Ends the oldest sync that has not ended. */
  async end(number: number): Promise<void> {
    this.ends[number]?.();
    await Promise.resolve().then(() => {});
  }
}

test("entries wait while one sync is under way and as much has come as may, and go on when it has ended", async () => {
  const store = new SlowStore();
  const backlog = new Backlog(store);
  const value = new Uint8Array(MIB);
  const add = (count: number): void => {
    for (let n = 0; n < count; n++) backlog.add([{ key: Uint8Array.of(1), value }]);
  };
  add(SYNCED_BYTES / MIB - 1);
  expect(store.ends.length).toBe(0);
  add(1);
  expect(store.ends.length).toBe(1);
  add(MAX_BACKLOG_BYTES / MIB - 1);
  expect([backlog.isFull, store.ends.length]).toEqual([false, 1]);
  add(1);
  expect(backlog.isFull).toBe(true);
  await store.end(0);
  expect([backlog.isFull, store.ends.length]).toEqual([false, 2]);
  add(MAX_BACKLOG_BYTES / MIB);
  expect(backlog.isFull).toBe(true);
  await store.end(1);
  expect([backlog.isFull, store.ends.length]).toEqual([false, 3]);
  await store.end(2);
  add(1);
  backlog.add([{ key: Uint8Array.of(1), value: undefined }]);
  expect([backlog.isFull, store.ends.length]).toEqual([false, 3]);
});
