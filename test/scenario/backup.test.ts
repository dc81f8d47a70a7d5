/** docs/how-to/back-up-and-restore.md, command for command, at a cell of real processes; and a replica whose file on the disk is altered while it runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LocalCell } from "../support/local-cell.ts";
import { CoterieProcess, coterieCommand, runProcess } from "../support/node-process.ts";
import { blocksOf } from "../support/tutorial.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-backup-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const guide = readFileSync(new URL("../../docs/how-to/back-up-and-restore.md", import.meta.url), "utf8");
const commands = blocksOf(guide)
  .filter(({ kind }) => kind === "sh")
  .flatMap(({ text }) => text.trim().split("\n"));

const PRINTED: Readonly<Record<string, RegExp>> = {
  "coterie backup root root.backup": /^root: 1 file, 9 B of content, in /,
  "coterie restore root.backup old": /^old is root as of .*; clients mount it as \/@old\n$/,
  "coterie ls --export /@old /": /^note\.txt\n$/,
  "coterie scrub": /\nold +node-3 +\d+ +0 +as the others\n/,
};
const OF_THE_CELL = new Set(["backup", "restore", "scrub"]);

async function withCell(name: string, body: (cell: LocalCell) => Promise<void>): Promise<void> {
  const cell = await LocalCell.up(join(base, name), []);
  try {
    await body(cell);
    await cell.stop();
  } finally {
    await cell.process.kill();
  }
}

test("the guide to backups does what it says, and a cut backup is refused and leaves nothing", async () => {
  const files = { "note.txt": join(base, "note.txt"), "back.txt": join(base, "back.txt") };
  const archive = join(base, "root.backup");
  writeFileSync(files["note.txt"], "as it was");
  await withCell("guide", async (cell) => {
    const run = (words: readonly string[]) =>
      OF_THE_CELL.has(words[0] as string)
        ? runProcess([...words, "--dir", cell.directory])
        : cell.through("node-2", words[0] as string, ...words.slice(1));
    const seen = new Set<string>();
    for (const command of commands) {
      const [first, ...words] = command
        .replace("put note.txt", `put ${files["note.txt"]}`)
        .replace("back.txt", files["back.txt"])
        .replace("root.backup", archive)
        .split(" ");
      expect(first).toBe("coterie");
      const { code, out, err } = await run(words);
      expect({ command, code, err }).toEqual({ command, code: 0, err: "" });
      const printed = PRINTED[command];
      if (printed === undefined) continue;
      expect(out, command).toMatch(printed);
      seen.add(command);
    }
    expect([...seen]).toEqual(Object.keys(PRINTED));
    expect(readFileSync(files["back.txt"], "utf8")).toBe("as it was");

    const whole = readFileSync(archive);
    truncateSync(archive, whole.length - 1);
    const cut = await run(["restore", archive, "again"]);
    expect(cut).toMatchObject({ code: 1, err: expect.stringContaining("BACKUP_DAMAGED") });
    const { out } = await runProcess(["volume", "list", "--dir", cell.directory]);
    expect(out).toContain("old");
    expect(out).not.toContain("again");
  });
});

test("a node by itself is backed up while nobody writes, and says what it has not", async () => {
  const directory = join(base, "alone");
  const words = ["up", "--nodes", "1", "--dir", directory, "--port", "0", "--no-portmap", "--json"];
  const node = new CoterieProcess(words);
  try {
    const { port } = JSON.parse((await node.line()) ?? "") as { port: number };
    const at = ["--dir", directory];
    writeFileSync(join(base, "alone.txt"), "by itself");
    expect((await runProcess(["put", join(base, "alone.txt"), "/", ...at])).code).toBe(0);
    const archive = join(base, "alone.backup");
    const made = await runProcess(["backup", "root", archive, "--json", ...at]);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(made.out)).toMatchObject({ volume: "root", files: 1, bytes: 9 });
    const again = await runProcess(["backup", "root", `${archive}.2`, "--port", String(port)]);
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(`${archive}.2`).length).toBe(readFileSync(archive).length);
    const other = await runProcess(["backup", "mail", `${archive}.3`, ...at]);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("CELL_VOLUME_UNKNOWN") });
    for (const command of [["volume", "list"], ["scrub"], ["restore", archive, "old"]]) {
      const refused = await runProcess([...command, ...at]);
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("CELL_ALONE") });
    }
    expect((await node.stop()).code).toBe(0);
    await withCell("grown", async (cell) => {
      expect((await runProcess(["restore", archive, "old", "--dir", cell.directory])).code).toBe(0);
      const { out } = await cell.through("node-2", "cat", "--export", "/@old", "/alone.txt");
      expect(out).toBe("by itself");
    });
  } finally {
    await node.kill();
  }
});

/** A command whose input does not come, and whose output nobody takes. */
function stuck(words: readonly string[]) {
  const [command, ...rest] = coterieCommand();
  const child = spawn(command, [...rest, ...words], { stdio: ["pipe", "pipe", "pipe"] });
  // It may end before it has read everything.
  child.stdin.on("error", () => {});
  let err = "";
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
  });
  const ended = once(child, "close").then(([code]) => ({ code, err }));
  return { child, ended };
}

test("a backup or a restore that is asked to stop, or whose reader goes away, takes back what it made", async () => {
  const big = join(base, "big");
  const archive = join(base, "big.backup");
  writeFileSync(big, Buffer.alloc(8 * 1024 * 1024, "big"));
  await withCell("stopped", async (cell) => {
    const at = ["--dir", cell.directory];
    const told = async (...words: string[]) => (await runProcess([...words, ...at])).out;
    const until = async (isSo: (out: string) => boolean, ...words: string[]) => {
      while (!isSo(await told(...words)));
    };
    expect(await cell.through("node-1", "put", big, "/")).toMatchObject({ code: 0 });
    expect((await runProcess(["backup", "root", archive, ...at])).code).toBe(0);

    const restore = stuck(["restore", "-", "back", ...at]);
    restore.child.stdin.write(readFileSync(archive).subarray(0, 1024 * 1024));
    await until((out) => out.includes("back.restoring"), "volume", "list");
    restore.child.kill("SIGINT");
    expect(await restore.ended).toEqual({
      code: 130,
      err: expect.stringContaining("error CLI_INTERRUPTED: SIGINT came before it was done."),
    });
    expect(await told("volume", "list")).not.toContain("back");

    const isKept = (out: string) => out.includes("/.snapshots/backup-");
    const backup = stuck(["backup", "root", "-", ...at]);
    await until(isKept, "volume", "snapshots", "root");
    backup.child.kill("SIGTERM");
    await until((out) => !isKept(out), "volume", "snapshots", "root");
    backup.child.stdout.resume();
    expect(await backup.ended).toMatchObject({ code: 143, err: expect.stringContaining("SIGTERM came") });

    const unread = stuck(["backup", "root", "-", ...at]);
    await until(isKept, "volume", "snapshots", "root");
    unread.child.stdout.destroy();
    expect(await unread.ended).toEqual({ code: 141, err: "" });
    expect(await told("volume", "snapshots", "root")).not.toContain("backup-");
  });
});

const MARK = "here the disk will lie";

/** Changes a byte of each mark that a replica's files hold. */
function alter(directory: string): number {
  let altered = 0;
  const stores = readdirSync(directory).filter((name) => name.startsWith("volume-"));
  for (const file of stores.flatMap((store) =>
    readdirSync(join(directory, store)).map((name) => join(directory, store, name)),
  )) {
    const bytes = readFileSync(file);
    let isChanged = false;
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
      bytes[at] = 0x48;
      altered++;
      isChanged = true;
    }
    if (isChanged) writeFileSync(file, bytes, { flag: "r+" });
  }
  return altered;
}

test("a byte that is altered in a replica's file is found by a scrub, and the replica is made anew", async () => {
  await withCell("altered", async (cell) => {
    const local = join(base, "marked");
    writeFileSync(local, Buffer.alloc(6 * 1024 * 1024, MARK));
    expect(await cell.through("node-1", "put", local, "/marked")).toMatchObject({ code: 0 });
    // What a replica has applied is on its disk when it has ended in order.
    expect(await runProcess(["restart", "node-2", "--dir", cell.directory])).toMatchObject({ code: 0 });
    const scrub = () => runProcess(["scrub", "root", "--json", "--dir", cell.directory]);
    const untilEqual = async () => {
      let last = await scrub();
      for (let tries = 0; last.code !== 0 || last.out.includes("missed"); tries++) {
        expect(tries, last.out + last.err).toBeLessThan(20);
        last = await scrub();
      }
      return JSON.parse(last.out).replicas.map(({ found }: { found: string }) => found);
    };
    expect(await untilEqual()).toEqual(["equal", "equal", "equal"]);
    expect(alter(join(cell.directory, "nodes", "node-2"))).toBeGreaterThan(0);
    const found = await scrub();
    expect(found.code).toBe(4);
    const byNode = Object.fromEntries(
      JSON.parse(found.out).replicas.map(({ node, found }: { node: string; found: string }) => [node, found]),
    );
    expect(byNode).toEqual({ "node-1": "equal", "node-2": "unsound", "node-3": "equal" });
    // It comes back by itself; what a scrub says then is as of a replica with new stores.
    expect(await untilEqual()).toEqual(["equal", "equal", "equal"]);
    const back = join(base, "marked-back");
    expect(await cell.through("node-2", "get", "/marked", back)).toMatchObject({ code: 0 });
    expect(readFileSync(back).equals(readFileSync(local))).toBe(true);
  });
});
