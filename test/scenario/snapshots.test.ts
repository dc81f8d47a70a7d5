/** docs/how-to/keep-snapshots.md, command for command, at a cell of real processes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LocalCell } from "../support/local-cell.ts";
import { runProcess } from "../support/node-process.ts";
import { blocksOf } from "../support/tutorial.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-snapshots-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const guide = readFileSync(new URL("../../docs/how-to/keep-snapshots.md", import.meta.url), "utf8");
const commands = blocksOf(guide)
  .filter(({ kind }) => kind === "sh")
  .flatMap(({ text }) => text.trim().split("\n"));

/** What some of them print; the others are only to succeed. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  "coterie ls /.snapshots/monday": /^note\.txt\n$/,
  "coterie cat /.snapshots/monday/note.txt": /^as it was$/,
  "coterie ls /.clones/trial": /^note\.txt\nother\.txt\n$/,
  "coterie volume snapshots root":
    /\nsnapshot +monday .*\/\.snapshots\/monday\nclone +trial +monday .*\/\.clones\/trial\n$/,
};

test("the guide to snapshots does what it says", async () => {
  const file = join(base, "note.txt");
  const back = join(base, "back.txt");
  writeFileSync(file, "as it was");
  const cell = await LocalCell.up(join(base, "cell"), []);
  const seen = new Set<string>();
  try {
    for (const command of commands) {
      const [first, ...words] = command
        .replace("note.txt /", `${file} /`)
        .replace("back.txt", back)
        .split(" ");
      expect(first).toBe("coterie");
      const { code, out, err } =
        words[0] === "volume"
          ? await runProcess([...words, "--dir", cell.directory])
          : await cell.through("node-2", words[0] as string, ...words.slice(1));
      expect({ command, code, err }).toEqual({ command, code: 0, err: "" });
      const printed = PRINTED[command];
      if (printed === undefined) continue;
      expect(out, command).toMatch(printed);
      seen.add(command);
    }
    expect([...seen]).toEqual(Object.keys(PRINTED));
    expect(readFileSync(back, "utf8")).toBe("as it was");
    await cell.stop();
  } finally {
    await cell.process.kill();
  }
});
