/** docs/how-to/join-volumes-into-one-tree.md, command for command, at a cell of real processes; and what copies and libnfs make of the border. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LocalCell } from "../support/local-cell.ts";
import { runProcess } from "../support/node-process.ts";
import { blocksOf } from "../support/tutorial.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-mounts-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const guide = readFileSync(
  new URL("../../docs/how-to/join-volumes-into-one-tree.md", import.meta.url),
  "utf8",
);
const commands = blocksOf(guide)
  .filter(({ kind }) => kind === "sh")
  .flatMap(({ text }) => text.trim().split("\n"))
  .filter((command) => command.startsWith("coterie "));

const PRINTED: Readonly<Record<string, RegExp>> = {
  "coterie volume mounts": /\n\/home\/mail +mail +root\n$/,
  "coterie ls /home/mail": /^letter\n$/,
  "coterie cat /home/mail/letter": /^hello\n$/,
};

test("the guide to one tree does what it says, and copies go across the border", async () => {
  const letter = join(base, "letter");
  writeFileSync(letter, "hello\n");
  const cell = await LocalCell.up(join(base, "cell"), []);
  const server = `127.0.0.1:${cell.portOf("node-2")}`;
  const files = async (...words: [string, ...string[]]) => {
    const { code, out, err } = await runProcess([
      ...words.slice(0, 1),
      "--server",
      server,
      "--alone",
      ...words.slice(1),
    ]);
    return { code, out, err };
  };
  const done = async (...words: [string, ...string[]]) => {
    const { code, out, err } = await files(...words);
    expect({ words, code, err }).toEqual({ words, code: 0, err: "" });
    return out;
  };
  const seen = new Set<string>();
  const guided = async (command: string) => {
    const words = command.replace("put letter", `put ${letter}`).split(" ").slice(1);
    const { code, out, err } =
      words[0] === "volume"
        ? await runProcess([...words, "--dir", cell.directory])
        : await files(...(words as [string, ...string[]]));
    expect({ command, code, err }).toEqual({ command, code: 0, err: "" });
    if (PRINTED[command] === undefined) return;
    expect(out, command).toMatch(PRINTED[command]);
    seen.add(command);
  };
  try {
    const last = commands.pop() as string;
    for (const command of commands) await guided(command);
    expect([...seen]).toEqual(Object.keys(PRINTED));

    const tree = join(base, "tree");
    mkdirSync(join(tree, "mail", "box"), { recursive: true });
    writeFileSync(join(tree, "mail", "box", "more"), "more");
    writeFileSync(join(tree, "beside"), "beside");
    await done("put", "-r", `${tree}/`, "/home");
    expect(await done("ls", "/home/mail/box")).toBe("more\n");
    const back = join(base, "back");
    await done("get", "-r", "/home", back);
    expect(readFileSync(join(back, "mail", "letter"), "utf8")).toBe("hello\n");
    expect(readFileSync(join(back, "mail", "box", "more"), "utf8")).toBe("more");

    const across = await files("mv", "/home/mail/letter", "/home/letter");
    expect(across).toMatchObject({ code: 1, err: expect.stringContaining("FILES_XDEV") });
    const removed = await files("rm", "-r", "/home");
    expect(removed).toMatchObject({ code: 1, err: expect.stringContaining("FILES_ACCES") });
    // It went on into the volume, as POSIX tools do, and the mount point is still there.
    expect(await done("ls", "/home")).toMatch(/^mail$/m);
    expect(await done("ls", "/home/mail")).toBe("");

    await guided(last);
    expect(existsSync(back)).toBe(true);
    await expect.poll(() => files("rm", "-r", "/home"), { timeout: 20_000 }).toMatchObject({ code: 0 });
    await cell.stop();
  } finally {
    await cell.process.kill();
  }
});
