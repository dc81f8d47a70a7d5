/** What a command is in the middle of when it is asked to stop, or its reader goes away. */
import { expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import { exitStatusOf } from "./errors.ts";
import { Interruption } from "./interruption.ts";

async function* counting(): AsyncGenerator<number> {
  for (let at = 0; ; at++) yield at;
}

const never = new Promise<never>(() => {});

test("work is what it comes to, as long as nobody asks", async () => {
  const host = new FakeHost();
  const interruption = new Interruption(host);
  expect(await interruption.or(Promise.resolve(7))).toBe(7);
  await expect(interruption.or(Promise.reject(new Error("bug")))).rejects.toThrow("bug");
  interruption.release();
  expect(host.signal("SIGINT")).toBe(false);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends what is under way, and what begins after it", async (signal, status) => {
  const host = new FakeHost();
  const interruption = new Interruption(host);
  const waiting = interruption.or(never);
  host.signal(signal);
  const failure = await waiting.catch((error) => error);
  expect(failure).toMatchObject({ code: "CLI_INTERRUPTED", message: `${signal} came before it was done` });
  expect(exitStatusOf(failure)).toBe(status);
  await expect(interruption.or(Promise.resolve(7))).rejects.toBe(failure);
  interruption.release();
});

test("pieces come until then, and their source is told", async () => {
  const host = new FakeHost();
  const interruption = new Interruption(host);
  const source = counting();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const piece of interruption.pieces(source)) {
      seen.push(piece);
      if (piece === 2) host.signal("SIGINT");
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: "CLI_INTERRUPTED" });
  expect(seen).toEqual([0, 1, 2]);
  expect(await source.next()).toEqual({ done: true, value: undefined });
  interruption.release();
});

test("a reader that goes away ends it too, and has its usual effect when all is taken back", async () => {
  const host = new FakeHost();
  const { out } = host.terminal;
  const ends: string[] = [];
  out.onGone = (why) => void ends.push(why);
  const interruption = new Interruption(host);
  const waiting = interruption.or(never);
  out.onGone("reader");
  await expect(waiting).rejects.toMatchObject({ code: "CLI_INTERRUPTED" });
  expect(ends).toEqual([]);
  interruption.release();
  expect(ends).toEqual(["reader"]);
  out.onGone("again");
  expect(ends).toEqual(["reader", "again"]);
});
