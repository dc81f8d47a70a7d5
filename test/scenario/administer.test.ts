/** docs/how-to/administer-from-another-machine.md, command for command: `sh node` on the node's machine, `sh anna` with the operator's key. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LocalCell } from "../support/local-cell.ts";
import { runProcess } from "../support/node-process.ts";
import { blocksOf } from "../support/tutorial.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-administer-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const guide = readFileSync(
  new URL("../../docs/how-to/administer-from-another-machine.md", import.meta.url),
  "utf8",
);
const commands = blocksOf(guide)
  .filter(({ kind }) => kind === "sh")
  .flatMap(({ name, text }) =>
    text
      .trim()
      .split("\n")
      .map((command) => ({ who: name, command })),
  );

/** What some of them print; the others are only to succeed. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  "coterie operator new anna.pem --name anna": /anna\.pem is the key of anna until /,
  "coterie doctor": /^(ok {4}cell: node-\d serves at .*\n)+/,
  "coterie volume list": /root/,
  "coterie trace /": /node-/,
  "coterie exports show":
    /\n10\.1\.0\.0\/16\(ro,root_squash,stale=5s\) *\n10\.0\.0\.0\/8\(rw,root_squash\) *\n$/,
};

test("the guide to administration from elsewhere does what it says", async () => {
  const cell = await LocalCell.up(join(base, "cell"));
  try {
    const status = await runProcess(["status", "--dir", cell.directory, "--json"]);
    const [node] = JSON.parse(status.out).nodes as [{ meshHost: string; meshPort: number }];
    const key = join(base, "anna.pem");
    const here = { COTERIE_DIR: cell.directory };
    const elsewhere = {
      COTERIE_OPERATOR: key,
      COTERIE_HOST: node.meshHost,
      COTERIE_PORT: String(node.meshPort),
      HOME: base,
    };
    const seen = new Set<string>();
    let serial = "";
    let line = "";
    for (const { who, command } of commands) {
      expect(["node", "anna"]).toContain(who);
      const words = command.replace("anna.pem", key).replace("SERIAL", serial).split(" ").slice(1);
      const environment = who === "node" ? here : elsewhere;
      const { code, out, err } = await runProcess(words, { environment });
      expect({ command, code: code === 4 ? 0 : code, err: code === 0 ? "" : err }).toEqual({
        command,
        code: 0,
        err: "",
      });
      serial = /serial number ([0-9a-f]{32})/.exec(out)?.[1] ?? serial;
      if (command === "coterie token") line = out;
      if (PRINTED[command] === undefined) continue;
      expect(out, command).toMatch(PRINTED[command]);
      seen.add(command);
    }
    expect([...seen]).toEqual(Object.keys(PRINTED));
    // Of the same cell; the authority is another one since.
    const later = (await runProcess(["token"], { environment: here })).out;
    const [form, id, print] = later.split(".");
    expect(line.split(".").slice(0, 2)).toEqual([form, id]);
    expect(line.split(".")[2]).not.toBe(print);
    const proven = (await runProcess(["token"], { environment: elsewhere })).out;
    expect(proven.split(".").slice(0, 3)).toEqual([form, id, print]);
    await cell.stop();
  } finally {
    await cell.process.kill();
  }
});
