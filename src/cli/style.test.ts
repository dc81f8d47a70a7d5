import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createStyle,
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatTable,
  showBytes,
  showText,
  visibleLength,
} from "./style.ts";

test("columns of a table line up where characters are wide", () => {
  const rows = [
    ["報告書.pdf", "1"],
    ["a", "2"],
  ];
  expect(formatTable([{ title: "name" }, { title: "n" }], rows)).toBe(
    "name        n\n報告書.pdf  1\na           2\n",
  );
});

describe("units", () => {
  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [10_240, "10 KiB"],
    [1024 * 1023.7, "1 MiB"],
    [2 ** 40 * 12.34, "12.3 TiB"],
    [2 ** 60, "1024 PiB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0.44, "0.4 ms"],
    [12.4, "12 ms"],
    [3210, "3.2 s"],
    [59_400, "59 s"],
    [245_000, "4 min 5 s"],
    [7_380_000, "2 h 3 min"],
    [435_600_000, "5 d 1 h"],
  ])("%d ms are %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  test.each([
    [7, "7"],
    [1234, "1,234"],
    [1_234_567, "1,234,567"],
  ])("%d is %s", (count, text) => expect(formatCount(count)).toBe(text));
});

test("what is counted is one, or several", () => {
  expect([0, 1, 2].map((count) => formatCounted(count, "file"))).toEqual(["0 files", "1 file", "2 files"]);
  expect(formatCounted(1234, "directory", "directories")).toBe("1,234 directories");
});

describe("tables", () => {
  test("columns line up, colours do not count, lines have no space at their end", () => {
    const style = createStyle(true);
    const table = formatTable(
      [{ title: "name" }, { title: "size", align: "right" }],
      [
        [style.bold("a"), "1"],
        ["long name", "12345"],
      ],
    );
    const plain = table.replaceAll("\u001b[1m", "").replaceAll("\u001b[22m", "");
    expect(plain).toBe("name        size\na              1\nlong name  12345\n");
  });

  test("without colour, style changes nothing", () => {
    const style = createStyle(false);
    expect([style.bold("x"), style.red("y"), style.dim("z")]).toEqual(["x", "y", "z"]);
    expect(visibleLength(createStyle(true).red("four"))).toBe(4);
  });
});

describe("names from outside", () => {
  test("UTF-8 stays; what drives a terminal, and bytes that are no text, become escapes", () => {
    expect(showBytes(new TextEncoder().encode("Grüße.txt"))).toBe("Grüße.txt");
    expect(showBytes(new TextEncoder().encode("a\u001b[31mb\n"))).toBe("a\\x1b[31mb\\x0a");
    expect(showBytes(Uint8Array.of(0x61, 0xff, 0x20, 0x7f))).toBe("a\\xff \\x7f");
    expect(showText("abc\u202etxt.exe")).toBe("abc\\u{202e}txt.exe");
  });

  test("no byte string makes a control character", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through.
        expect(showBytes(bytes)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
      { seed: 20, numRuns: 500 },
    );
  });
});
