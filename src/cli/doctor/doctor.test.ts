import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CliHostOptions, type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { startNode } from "../../../test/support/node-process.ts";
import { createNodeWorld } from "../../node/index.ts";
import type { Finding } from "./finding.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function doctor(args: readonly string[], options: CliHostOptions = {}): Promise<CliResult> {
  const world: CliHostOptions["world"] = (wanted) => createNodeWorld(wanted);
  return runCli(["doctor", ...args], { world, ...options });
}

function findings(result: CliResult): Finding[] {
  return result.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("doctor", () => {
  test("looks at everything, finds this machine fit, and leaves nothing behind", async () => {
    const directory = join(folder, "new");
    const result = await doctor(["--dir", directory, "--port", "0", "--json"]);
    expect(result).toMatchObject({ status: 0, err: "" });
    const seen = findings(result);
    expect(seen.map((finding) => finding.check)).toEqual(
      expect.arrayContaining([
        "versions",
        "clock",
        "directory",
        "disk space",
        "disk speed",
        "store (lmdb)",
        "node",
        "port",
        "rpcbind",
      ]),
    );
    expect(seen.filter((finding) => finding.verdict === "fail")).toEqual([]);
    expect(seen.find((finding) => finding.check === "disk speed")?.message).toMatch(
      /a durable write takes [\d.]+ ms/,
    );
    for (const { verdict, remedy } of seen)
      if (verdict === "warn" || verdict === "fail") expect(remedy).toBeTruthy();
    expect(readdirSync(folder)).not.toContain("new");
    expect(readdirSync(folder).filter((name) => name.startsWith(".coterie-doctor"))).toEqual([]);
  });

  test("finds a newer format and a port in use, says what to do, and ends with the status of findings", async () => {
    const directory = join(folder, "newer");
    mkdirSync(directory);
    writeFileSync(join(directory, "format.json"), '{"format": 99}');
    const holder = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address() as { port: number };
    const result = await doctor(["--dir", directory, "--port", String(port), "--json"]);
    holder.close();
    expect(result.status).toBe(4);
    const failed = findings(result).filter((finding) => finding.verdict === "fail");
    expect(failed).toEqual([
      expect.objectContaining({ check: "format", remedy: "coterie explain CELL_DIRECTORY_NEWER" }),
      expect.objectContaining({ check: "port", remedy: "coterie explain NET_ADDRESS_IN_USE" }),
    ]);
  });

  test("does not take another directory's node for this one's", async () => {
    const served = join(folder, "served");
    const { process: node, ready } = await startNode(served);
    const other = join(folder, "other");
    const result = await doctor(["--dir", other, "--port", String(ready.port), "--json"]);
    await node.kill();
    const found = findings(result).find((finding) => finding.check === "node");
    expect(found).toMatchObject({ verdict: "note" });
    expect(found?.message).toContain(`serves another directory, ${served}`);
  });

  test("examines what it can of a directory whose hint cannot be read", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const result = await doctor(["--dir", file, "--json"]);
    expect(result.status).toBe(4);
    expect(findings(result)).toContainEqual(
      expect.objectContaining({ check: "directory", verdict: "fail", message: `${file} is no directory` }),
    );
  });

  test("warns of a directory that others may write into, and for people ends with a sum", async () => {
    const directory = join(folder, "open");
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    const result = await doctor(["--dir", directory, "--port", "0"]);
    expect(result.status).toBe(0);
    expect(result.out).toContain(
      `warn  directory: others may write into ${directory} (mode 777)\n      → chmod go-rwx`,
    );
    expect(result.err).toContain("A node works here; 1 could be better.");
  });
});
