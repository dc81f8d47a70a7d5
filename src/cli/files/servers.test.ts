/** Which servers a command calls, by what was named and what runs here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { FakeHost, runCli } from "../../../test/support/cli-host.ts";
import { createNodeWorld } from "../../node/index.ts";
import type { CliContext } from "../context.ts";
import { findServers, type ServerChoice, type Servers } from "./servers.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-servers-"));
const worlds: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A directory as `coterie up` leaves it, with nodes that run where nobody listens. */
function cellDirectory(ports: Readonly<Record<string, number | undefined>>): string {
  const directory = mkdtempSync(join(base, "cell-"));
  const names = Object.keys(ports);
  const cell = { format: 1, cell: "c0", name: "test", nodes: names };
  writeFileSync(join(directory, "cell.json"), JSON.stringify(cell));
  for (const name of names) {
    mkdirSync(join(directory, "nodes", name), { recursive: true });
    const port = ports[name];
    const note = JSON.stringify({ pid: 1, host: "127.0.0.1", port });
    if (port !== undefined) writeFileSync(join(directory, "nodes", name, "running.json"), note);
  }
  return directory;
}

async function found(choice: ServerChoice, environment: Record<string, string> = {}): Promise<Servers> {
  const host = new FakeHost({ environment: { HOME: base, ...environment } });
  const world = createNodeWorld();
  worlds.push(world);
  const context = { ...host, environment: host.environment, local: host.local, world: async () => world };
  return findServers(context as unknown as CliContext, world, choice);
}

const local = (port: number) => ({ host: "127.0.0.1", port });

test("servers that are named are taken, by the option before the environment", async () => {
  const named = { kind: "cell", addresses: [local(1), { host: "b", port: 2049 }], prefersFirst: false };
  expect(await found({ server: "127.0.0.1:1,b" })).toEqual(named);
  expect(await found({}, { COTERIE_SERVER: "127.0.0.1:1,b" })).toEqual(named);
  expect(await found({ server: "far:5" }, { COTERIE_SERVER: "a,b" })).toEqual({
    kind: "server",
    address: { host: "far", port: 5 },
  });
});

test("without one, all nodes of the cell's directory that run are", async () => {
  const directory = cellDirectory({ one: 3, two: undefined, three: 4 });
  const nodes = { kind: "cell", addresses: [local(3), local(4)], prefersFirst: false };
  expect(await found({ dir: directory })).toEqual(nodes);
  expect(await found({}, { COTERIE_DIR: directory })).toEqual(nodes);
  // What the option says goes before the server of the environment.
  expect(await found({ dir: directory }, { COTERIE_SERVER: "far" })).toEqual(nodes);
});

test("a cell of which no node runs is told as such", async () => {
  const directory = cellDirectory({ one: undefined });
  await expect(found({ dir: directory })).rejects.toMatchObject({ code: "CELL_UNREACHABLE" });
});

test("one that is no node of a cell, or does not run, is a server alone", async () => {
  expect(await found({ server: "127.0.0.1:1" })).toEqual({ kind: "server", address: local(1) });
  expect(await found({ dir: cellDirectory({ one: 1 }) })).toEqual({ kind: "server", address: local(1) });
  expect(await found({ host: "far", port: 7 })).toEqual({
    kind: "server",
    address: { host: "far", port: 7 },
  });
});

test("one server alone is one, and several are not", async () => {
  const directory = cellDirectory({ one: 3, two: 4 });
  await expect(found({ dir: directory, alone: true })).rejects.toThrow("--alone is for one server");
  const alone = await found({ server: "127.0.0.1:3", alone: true });
  expect(alone).toEqual({ kind: "server", address: local(3) });
});

test("where services are is said of one server, not of several", async () => {
  for (const option of [["--rpcbind"], ["--mount-port", "5"]]) {
    const result = await runCli(["ls", "/", "--server", "a,b", ...option], {
      world: () => createNodeWorld(),
    });
    expect(result).toMatchObject({ status: 2, out: "" });
    expect(result.err).toContain("for a single server");
  }
});

test("more servers than a client takes, and what is none, are refused", async () => {
  await expect(found({ server: "a,b," })).rejects.toThrow("is no server");
  const many = Array.from({ length: 65 }, (_, at) => `s${at}`).join(",");
  await expect(found({ server: many })).rejects.toThrow("more than 64");
});
