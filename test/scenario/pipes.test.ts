/** The command line among other programs: in a pipe whose reader goes, in a file, under signals. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { coterieCommand, startNode } from "../support/node-process.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-pipes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inShell(line: string): { out: string; err: string; code: number | null } {
  const words = coterieCommand()
    .map((word) => `'${word}'`)
    .join(" ");
  const script = `coterie() { ${words} "$@"; }\n${line}`;
  const done = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: folder });
  return { out: done.stdout, err: done.stderr, code: done.status };
}

test("a reader that goes away ends a command quietly, with the status that shells know", () => {
  const { out, err } = inShell("coterie completion fish | head -c 12");
  expect({ out, err }).toEqual({ out: "# Completion", err: "" });
});

test("a reader that was never there does the same", () => {
  const { out, err } = inShell('exec 3> >(true); wait $!; coterie explain --list >&3; echo "status $?" >&2');
  expect(out).toBe("");
  expect(err).toBe("status 141\n");
});

test("a disk that does not take the output is a failure, and told", () => {
  const { out, err } = inShell('coterie explain --list > /dev/full; echo "status $?"');
  expect(out).toBe("status 1\n");
  expect(err).toMatch(/^error LOCAL_IO: standard output cannot be written: .*ENOSPC.*\n$/);
});

test("content comes in by one pipe and leaves by another, byte for byte", async () => {
  const node = await startNode(join(folder, "piped"));
  const { out, err, code } = inShell(`
    export COTERIE_SERVER=127.0.0.1:${node.ready.port}
    head -c 3000001 /dev/urandom > content
    cat content | coterie put - /copy
    coterie get /copy - | cmp - content && echo same
    coterie get /copy - | head -c 1 | wc -c
    coterie put - /nothing < /dev/null && coterie get /nothing - | wc -c
  `);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(out).toContain("same\n1\n");
  expect(out).toMatch(/\n0\n$/);
  expect(await node.process.stop()).toMatchObject({ code: 0 });
});

test("nothing is coloured or drawn in a file", () => {
  const { out, err, code } = inShell(
    "coterie explain NET_REFUSED > out; coterie nonsense 2> err; cat out err",
  );
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(out).toContain("NET_REFUSED");
  expect(out).not.toContain("\u001b");
});

test("a second signal ends a node that is stopping at once", async () => {
  const node = await startNode(join(folder, "node"));
  // Both are delivered before the process can do anything in between.
  node.process.signal("SIGSTOP");
  node.process.signal("SIGINT");
  node.process.signal("SIGTERM");
  node.process.signal("SIGCONT");
  const { code, err } = await node.process.ended;
  expect([130, 143]).toContain(code);
  expect(err).toBe("");
  const again = await startNode(join(folder, "node"));
  expect(await again.process.stop()).toMatchObject({ code: 0 });
});
