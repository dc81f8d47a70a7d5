import { expect, test } from "vitest";
import { Room } from "./room.ts";

const NODES = ["a", "b", "c"];

function bench() {
  const now = { ms: 0 };
  const clock = { monotonicMs: () => now.ms, wall: () => ({ seconds: 0, nanoseconds: 0 }) };
  const room = new Room(clock, "a", 100);
  room.keep(NODES);
  return { now, room };
}

test("files may grow as long as a majority has room", () => {
  const { room } = bench();
  expect(room.isEnough(50)).toBe(true);
  room.told("a", 149);
  expect(room.isEnough(50)).toBe(true);
  room.told("b", 120);
  expect(room.isEnough(50)).toBe(false);
  expect(room.isEnough(20)).toBe(true);
  room.told("a", 1000);
  expect(room.isEnough(50)).toBe(true);
  room.keep(["a", "b"]);
  expect(room.isEnough(50)).toBe(false);
});

test("they can grow by what the tightest disk of the roomiest majority has beside its reserve", () => {
  const { room, now } = bench();
  expect(room.writableBytes).toBeUndefined();
  room.told("a", 5000);
  // The others are not counted out.
  expect(room.writableBytes).toBeUndefined();
  room.told("b", 1000);
  expect(room.writableBytes).toBe(4900);
  room.told("c", 700);
  expect(room.writableBytes).toBe(900);
  expect(room.isEnough(900)).toBe(true);
  expect(room.isEnough(901)).toBe(false);
  room.told("b", 50);
  room.told("c", 60);
  expect(room.writableBytes).toBe(0);
  room.keep(["a", "b"]);
  expect(room.writableBytes).toBe(0);
  room.keep(["a"]);
  expect(room.writableBytes).toBe(4900);
  now.ms = 60_000;
  expect(room.writableBytes).toBeUndefined();
});

test("what was told long ago, or by one that is no replica any more, does not count", () => {
  const { room, now } = bench();
  room.told("a", 0);
  room.told("b", 0);
  expect(room.isEnough(1)).toBe(false);
  room.keep(["a", "c", "d"]);
  expect(room.isEnough(1)).toBe(true);
  room.keep(NODES);
  expect(room.isEnough(1)).toBe(true);
  room.told("b", 0);
  now.ms = 60_000;
  expect(room.isEnough(1)).toBe(true);
});
