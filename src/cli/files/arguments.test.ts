import { describe, expect, test } from "vitest";
import { decodeName } from "../../files/index.ts";
import { parsePathArgument, remotePath } from "./arguments.ts";
import { describeStats, formatMode, formatShortTime, formatTime } from "./describe.ts";
import { parseServer, parseServers } from "./servers.ts";
import { sameTime } from "./tree.ts";

describe("paths", () => {
  test.each([
    ["plain", [...Buffer.from("plain")]],
    ["caf\\xe9", [0x63, 0x61, 0x66, 0xe9]],
    ["\\xff\\x0aé", [0xff, 0x0a, 0xc3, 0xa9]],
    ["back\\slash\\xzz", [...Buffer.from("back\\slash\\xzz")]],
  ])("%j names the bytes %j", (text, expected) => {
    expect([...parsePathArgument(text)]).toEqual(expected);
  });

  test("are not nothing: a variable that was never set is not the root", () => {
    expect(() => parsePathArgument("")).toThrow("an empty argument names no file");
    expect(() => remotePath("")).toThrow("an empty argument names no file");
  });

  test("have lost bytes that are no UTF-8 before they come here: those are typed as escapes, and so is what stands for them", () => {
    expect(() => remotePath("/caf\ufffd")).toThrow(String.raw`typed with \xNN for each byte`);
    expect(parsePathArgument(String.raw`caf\xe9`)).toEqual(Uint8Array.of(0x63, 0x61, 0x66, 0xe9));
    expect(parsePathArgument(String.raw`\xef\xbf\xbd`)).toEqual(new TextEncoder().encode("\ufffd"));
  });
  test("of the cell begin at its root, said or not", () => {
    expect(decodeName(remotePath("a/b"))).toBe("/a/b");
    expect(decodeName(remotePath("/a/b"))).toBe("/a/b");
    expect(decodeName(remotePath("\\xff"))).toBe("/\udcff");
  });
});

test.each([
  ["host", "host", 2049],
  ["host:111", "host", 111],
  ["127.0.0.1:3", "127.0.0.1", 3],
  ["[::1]:5", "::1", 5],
  ["[fe80::1]", "fe80::1", 2049],
  ["fe80::1", "fe80::1", 2049],
])("the server %s is %s, port %i", (text, host, port) => {
  expect(parseServer(text)).toEqual({ host, port });
});

test.each(["", ":1", "host:", "host:70000", "a:b", "[::1", "x:y:z"])("%j is no server", (text) => {
  expect(() => parseServer(text)).toThrow(/is no server/);
});

test("several servers are separated by commas, and each counts once", () => {
  expect(parseServers("a, b:111,a:2049,[::1]:5")).toEqual([
    { host: "a", port: 2049 },
    { host: "b", port: 111 },
    { host: "::1", port: 5 },
  ]);
  expect(() => parseServers("a,,b")).toThrow(/is no server/);
  const many = Array.from({ length: 65 }, (_, at) => `s${at}`).join(",");
  expect(() => parseServers(many)).toThrow(/more than 64/);
});

test.each([
  ["file", 0o644, "-rw-r--r--"],
  ["directory", 0o1777, "drwxrwxrwt"],
  ["directory", 0o1770, "drwxrwx--T"],
  ["file", 0o6755, "-rwsr-sr-x"],
  ["file", 0o6600, "-rwS--S---"],
  ["symlink", 0o777, "lrwxrwxrwx"],
  ["block", 0, "b---------"],
  ["character", 0o600, "crw-------"],
  ["fifo", 0o200, "p-w-------"],
  ["socket", 0o001, "s--------x"],
] as const)("a %s of mode %i is %s", (type, mode, text) => {
  expect(formatMode({ type, mode })).toBe(text);
});

test("times are shown in UTC, to the nanosecond where that is asked for", () => {
  const time = { seconds: 951_826_554, nanoseconds: 7 };
  expect(formatTime(time)).toBe("2000-02-29T12:15:54.000000007Z");
  expect(formatShortTime(time)).toBe("2000-02-29 12:15:54");
});

test("bytes are beside a name in JSON only when its text has escapes", () => {
  expect(describeStats(new TextEncoder().encode("é"), undefined)).toEqual({ name: "é" });
  const raw = Uint8Array.of(0xe9);
  expect(describeStats(raw, undefined)).toEqual({ name: "\udce9", nameBytes: raw });
});

test("two times are the same up to what systems round", () => {
  const at = (seconds: number, nanoseconds: number) => ({ seconds, nanoseconds });
  expect(sameTime(at(5, 1000), at(5, 1999))).toBe(true);
  expect(sameTime(at(5, 999_999_500), at(6, 0))).toBe(true);
  expect(sameTime(at(5, 0), at(5, 5000))).toBe(false);
  expect(sameTime(at(5, 0), at(9_000_000_000, 0))).toBe(false);
});
