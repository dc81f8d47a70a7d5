import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createFileLog } from "./file-log.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let next = 0;
const freshPath = () => join(folder, `log${next++}`);

describe("a node's log", () => {
  test("is a line of JSON for each event, in the file when the call returns", async () => {
    const path = freshPath();
    const log = await createFileLog({ path });
    log.info("node started", { port: 2049 });
    log.debug("too fine to keep");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 30, msg: "node started", port: 2049 });
    expect(JSON.parse(lines[0] ?? "").time).toMatch(/^\d{4}-\d\d-\d\dT/);
    await log.close();
    log.error("after the close nothing is written, and nothing breaks");
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toEqual(lines);
  });

  test("says in each line whose it is, and is as fine as it is told to be, while it runs", async () => {
    const path = freshPath();
    const log = await createFileLog({ path, fields: { cell: "home", node: "node-1" } });
    log.debug("before");
    log.setLevel("debug");
    log.debug("fine");
    log.setLevel("error");
    log.warn("after");
    await log.close();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 20, msg: "fine", cell: "home", node: "node-1" }),
    ]);
  });

  test("is continued by the next start", async () => {
    const path = freshPath();
    for (const event of ["first", "second"]) {
      const log = await createFileLog({ path });
      log.warn(event);
      await log.close();
    }
    expect(readFileSync(path, "utf8")).toMatch(/first[\s\S]*second/);
  });

  test("never takes more than its bound: a full file gives way, the oldest goes", async () => {
    const path = freshPath();
    const log = await createFileLog({ path, maxBytes: 1000, keep: 2 });
    for (let i = 0; i < 200; i++) log.info("event", { number: i, filler: "x".repeat(50) });
    await log.close();
    const files = readdirSync(folder).filter((name) => join(folder, name).startsWith(path));
    expect(files.sort()).toEqual(
      [path, `${path}.1`, `${path}.2`].map((each) => each.slice(folder.length + 1)),
    );
    for (const name of files) expect(statSync(join(folder, name)).size).toBeLessThan(1200);
    const numbers = [`${path}.2`, `${path}.1`, path].flatMap((file) =>
      readFileSync(file, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).number),
    );
    // What is kept is the end, without a gap.
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 200 - numbers.length + i));
  });

  test("keeps what it has where no new file can be had, and goes on when one can", async () => {
    const path = freshPath();
    const log = await createFileLog({ path, maxBytes: 200, keep: 2 });
    for (let i = 0; i < 12; i++) log.info("early", { number: i });
    const read = () => [path, `${path}.1`, `${path}.2`].map((file) => readFileSync(file, "utf8"));
    const before = read();
    // Stands in for a process without a free descriptor, or a file system without a free inode.
    mkdirSync(`${path}.new`);
    while (log.lost < 10) log.info("in between");
    expect(read().slice(1)).toEqual(before.slice(1));
    expect(read()[0]).toContain(before[0]);
    rmdirSync(`${path}.new`);
    log.info("late");
    expect(readFileSync(path, "utf8")).toContain("late");
    await log.close();
  });

  test("on a disk that refuses counts what was lost and goes on", async () => {
    if (!existsSync("/dev/full")) return expect.fail("this test needs /dev/full");
    const log = await createFileLog({ path: "/dev/full" });
    log.info("lost");
    log.info("lost too");
    expect(log.lost).toBe(2);
    await log.close();
  });
});
