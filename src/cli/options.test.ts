import { describe, expect, test } from "vitest";
import { parseBytes, parseCount, parseDuration, parsePort } from "./options.ts";

describe("options", () => {
  test.each([
    ["0", 0],
    ["2049", 2049],
    ["65535", 65_535],
  ])("port %s", (text, port) => expect(parsePort(text)).toBe(port));
  test.each(["65536", "-1", "x", "1.5", ""])("no port: %s", (text) => {
    expect(() => parsePort(text)).toThrow("Expected a port of 0 to 65535");
  });

  test.each([
    ["4096", 4096],
    ["64K", 65_536],
    ["1.5M", 1_572_864],
    ["16MiB", 16_777_216],
    ["2G", 2 ** 31],
    ["10B", 10],
  ])("%s is %d bytes", (text, bytes) => expect(parseBytes(text)).toBe(bytes));
  test.each(["K", "1X", "-1", "", "9999999T"])("no bytes: %s", (text) => {
    expect(() => parseBytes(text)).toThrow("Expected bytes");
  });

  test.each([
    ["500ms", 500],
    ["5s", 5000],
    ["5", 5000],
    ["2min", 120_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
  ])("%s is %d ms", (text, ms) => expect(parseDuration(text)).toBe(ms));
  test.each(["", "s", "5w", "-1s", "36501d"])("no duration: %s", (text) => {
    expect(() => parseDuration(text)).toThrow("Expected a duration of up to 100 years");
  });

  test("counts are whole and not negative", () => {
    expect(parseCount("12")).toBe(12);
    expect(() => parseCount("-3")).toThrow("Expected a whole number");
  });
});
