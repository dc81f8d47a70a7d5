/** The completion scripts in the shells that they are for: each shell says what it would offer. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../support/cli-host.ts";
import { requirePeer } from "./require-peer.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-shells-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for the command at completion time: says what it was asked, and names two volumes. */
const bin = join(folder, "bin");
mkdirSync(bin);
writeFileSync(
  join(bin, "coterie"),
  `#!/bin/sh\n[ "$1 $2" = "completion volumes" ] || exit 2\n[ "$*" = "completion volumes" ] && printf 'root\\nmail\\n'\n[ "$4" = /other ] && printf 'elsewhere\\n'\nexit 0\n`,
);
chmodSync(join(bin, "coterie"), 0o755);

async function scriptFor(shell: string): Promise<string> {
  const { status, out } = await runCli(["completion", shell]);
  expect(status).toBe(0);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, out);
  return file;
}

function shell(command: string, ...args: string[]): string[] {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const done = spawnSync(command, args, { cwd: folder, encoding: "utf8", env });
  expect(done.stderr).toBe("");
  expect(done.status).toBe(0);
  return done.stdout.split("\n").filter((line) => line !== "");
}

describe("bash", async () => {
  const present = requirePeer("bash", "bash", "bash");
  const complete = async (...words: string[]) => {
    const script = await scriptFor("bash");
    const list = words.map((word) => `'${word}'`).join(" ");
    const line = `source ${script}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _coterie; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shell("bash", "--norc", "-c", line);
  };
  test.runIf(present)("offers commands, then a command's options, then files", async () => {
    expect(await complete("coterie", "expl")).toEqual(["explain"]);
    expect(await complete("coterie", "")).toEqual(expect.arrayContaining(["up", "status", "help"]));
    expect(await complete("coterie", "explain", "--l")).toEqual(["--list"]);
    writeFileSync(join(folder, "afile"), "");
    expect(await complete("coterie", "explain", "af")).toEqual(["afile"]);
  });
  test.runIf(present)("offers volumes where one is named, of the cell that is meant", async () => {
    expect(await complete("coterie", "backup", "")).toEqual(["root", "mail"]);
    expect(await complete("coterie", "volume", "quota", "m")).toEqual(["mail"]);
    expect(await complete("coterie", "scrub", "--dir", "/other", "")).toEqual(["elsewhere"]);
    // A file comes next, and a new volume has no name yet.
    expect(await complete("coterie", "backup", "root", "af")).toEqual(["afile"]);
    expect(await complete("coterie", "volume", "create", "m")).toEqual([]);
  });
});

describe("zsh", async () => {
  const present = requirePeer("zsh", "zsh", "zsh");
  test.runIf(present)("loads the script, which finds the command that was typed", async () => {
    const script = await scriptFor("zsh");
    // Outside its line editor zsh completes nothing: what the function would describe is printed instead.
    const line = `compdef() { : }; _files() { print files }; _describe() { print -l -- $1 \${(P)2} }
      source ${script}; words=(coterie explain --l); CURRENT=3; _coterie
      words=(coterie ""); CURRENT=2; _coterie; words=(coterie explain ""); CURRENT=3; _coterie`;
    const lines = shell("zsh", "-f", "-c", line);
    expect(lines).toEqual(expect.arrayContaining(["option", "command", "files"]));
    expect(lines.some((each) => each.startsWith("--list:"))).toBe(true);
    expect(lines.some((each) => each.startsWith("up:"))).toBe(true);
  });
  test.runIf(present)("offers volumes where one is named, of the cell that is meant", async () => {
    const script = await scriptFor("zsh");
    const line = `compdef() { : }; _files() { print files }; _describe() { print -l -- $1 \${(P)2} }
      source ${script}; words=(coterie volume quota ""); CURRENT=4; _coterie
      words=(coterie scrub --dir /other ""); CURRENT=5; _coterie
      words=(coterie backup root ""); CURRENT=4; _coterie`;
    expect(shell("zsh", "-f", "-c", line)).toEqual([
      "volume",
      "root",
      "mail",
      "volume",
      "elsewhere",
      "files",
    ]);
  });
});

describe("fish", async () => {
  const present = requirePeer("fish", "fish", "fish");
  const complete = async (line: string) => {
    const script = await scriptFor("fish");
    return shell("fish", "--no-config", "-c", `source ${script}; complete -C '${line}'`);
  };
  test.runIf(present)("offers commands with what they do, then a command's options", async () => {
    expect(await complete("coterie expl")).toEqual(["explain\tTell what an error code means and what to do"]);
    expect(await complete("coterie explain --l")).toEqual(["--list\tevery code, and the exit statuses"]);
  });
  test.runIf(present)("offers volumes where one is named, of the cell that is meant", async () => {
    expect(await complete("coterie backup ")).toEqual(["mail", "root"]);
    expect(await complete("coterie volume quota m")).toEqual(["mail"]);
    expect(await complete("coterie scrub --dir /other ")).toEqual(["elsewhere"]);
    expect(await complete("coterie volume quota mail m")).not.toContain("mail");
  });
});
