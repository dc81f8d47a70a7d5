import { describe, expect, test } from "vitest";
import { MemoryFiles } from "../../test/support/memory-files.ts";
import { readFormat, readRunning, writeFormat, writeRunning } from "./directory.ts";

const format = { format: 1, volume: "00ff", created: "2026-01-02T03:04:05Z", madeBy: "0.1.0" };

describe("a node's directory", () => {
  test("new, or with settings and a lost+found alone, has no format and is welcome", async () => {
    expect(await readFormat(new MemoryFiles())).toBeUndefined();
    expect(
      await readFormat(new MemoryFiles("/d", { "coterie.json": "{}", "lost+found": "" })),
    ).toBeUndefined();
  });

  test("whose first start was cut short before the format was written is welcome", async () => {
    const cut = new MemoryFiles("/d", { volume: "", "format.json.123.new": "{", log: "" });
    expect(await readFormat(cut)).toBeUndefined();
    expect(await readFormat(new MemoryFiles("/d", { "format.json.123.new": "{" }))).toBeUndefined();
  });

  test("that holds something else is refused, and the stranger named", async () => {
    await expect(readFormat(new MemoryFiles("/home/me", { "thesis.tex": "" }))).rejects.toMatchObject({
      code: "CELL_DIRECTORY_FOREIGN",
      message: expect.stringContaining('"thesis.tex"'),
    });
  });

  test("has the format that was written", async () => {
    const files = new MemoryFiles();
    await writeFormat(files, format);
    expect(await readFormat(files)).toEqual(format);
  });

  test("of a newer version is refused, even when all else in the file is unknown", async () => {
    const files = new MemoryFiles("/d", { "format.json": '{"format": 2, "whatever": []}' });
    await expect(readFormat(files)).rejects.toMatchObject({
      code: "CELL_DIRECTORY_NEWER",
      details: { directory: "/d", format: 2, known: 1 },
    });
  });

  test.each(["", "{", "[]", "null", "7", '{"format": "1"}', '{"format": 0}'])(
    "with a format file of %j is damaged",
    async (text) => {
      const files = new MemoryFiles("/d", { "format.json": text });
      await expect(readFormat(files)).rejects.toMatchObject({ code: "CELL_DIRECTORY_DAMAGED" });
    },
  );

  test("remembers who serves it; what cannot be read says nothing", async () => {
    const files = new MemoryFiles();
    expect(await readRunning(files)).toBeUndefined();
    await writeRunning(files, { pid: 7, host: "127.0.0.1", port: 2049 });
    expect(await readRunning(files)).toEqual({ pid: 7, host: "127.0.0.1", port: 2049 });
    for (const text of ["", "{}", '{"pid":"7"}', "null"]) {
      expect(await readRunning(new MemoryFiles("/d", { "running.json": text }))).toBeUndefined();
    }
  });
});
