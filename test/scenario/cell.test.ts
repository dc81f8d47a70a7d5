/** A cell as people meet it: `coterie up` and the processes that it keeps, killed, paused, cut off, restarted, and started again. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { NfsClient } from "../../src/files/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { LocalCell, nodeEvent } from "../support/local-cell.ts";
import { CoterieProcess, runProcess } from "../support/node-process.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-cell-"));
/** What is waited for on a machine that has much else to do. */
const PATIENT = { connectTimeoutMs: 60_000, timeoutMs: 60_000 };
const world = createNodeWorld();
const cells: LocalCell[] = [];
const nodes: CoterieProcess[] = [];
afterEach(async ({ task }) => {
  const hasFailed = task.result?.state === "fail";
  for (const child of nodes.splice(0)) {
    await child.kill();
    if (hasFailed) console.log(`coterie node:\n${child.out}${child.err}`);
  }
  for (const cell of cells.splice(0)) {
    await cell.process.kill();
    if (hasFailed) console.log(cell.story());
  }
});
afterAll(async () => {
  await world.close();
  rmSync(base, { recursive: true, force: true });
});

function fresh(): string {
  return join(mkdtempSync(join(base, "t-")), "cell");
}

async function up(directory: string, args: readonly string[] = []): Promise<LocalCell> {
  const cell = await LocalCell.up(directory, args);
  cells.push(cell);
  return cell;
}

function node(words: readonly string[]): CoterieProcess {
  const child = new CoterieProcess(words);
  nodes.push(child);
  return child;
}

function contentOf(name: string): Uint8Array {
  return new TextEncoder().encode(name.repeat(1000));
}

/** A file of this machine, to put. */
function file(name: string, text: string): string {
  const path = join(base, name);
  writeFileSync(path, text);
  return path;
}

function expectOneLine(err: string, code: string): void {
  expect(err).toMatch(new RegExp(`^error ${code}: .+\\(coterie explain ${code}\\)\n$`));
}

test("a cell is founded, goes on without any one of its nodes, and takes it back", async () => {
  const directory = fresh();
  const cell = await up(directory);
  expect(cell.ready.nodes.map(({ node }) => node)).toEqual(["node-1", "node-2", "node-3"]);
  const status = await cell.status();
  expect(status).toMatchObject({ isServed: true, cut: [] });
  expect(status.nodes.map(({ isUp }) => isUp)).toEqual([true, true, true]);
  const [root] = status.volumes;
  expect(root?.replicas.map(({ node }) => node).sort()).toEqual(["node-1", "node-2", "node-3"]);

  await cell.through("node-1", "put", file("one.txt", "one"), "/");
  expect((await cell.through("node-2", "cat", "/one.txt")).out).toBe("one");

  // Whoever leads is killed: the hardest case.
  const victim = root?.leader ?? "node-1";
  const others = ["node-1", "node-2", "node-3"].filter((name) => name !== victim) as [string, string];
  await cell.run("kill", victim);
  expect(await cell.ended(victim)).toMatchObject({ why: "it was ended by SIGKILL" });
  expect((await cell.through(others[0], "cat", "/one.txt")).out).toBe("one");
  await cell.through(others[1], "put", file("two.txt", "two"), "/");
  // Without a server named, those that are there are found.
  expect((await cell.run("cat", "/two.txt")).out).toBe("two");
  expect((await cell.status()).nodes.find(({ name }) => name === victim)?.isUp).toBe(false);

  await cell.run("resume", victim);
  await cell.serves(victim);
  expect((await cell.through(victim, "cat", "/two.txt")).out).toBe("two");
  expect(await cell.stop()).toMatchObject({ code: 0, err: "" });
  expect(readdirSync(directory).sort()).toEqual(["cell.json", "nodes", "operator.pem"]);
});

test("a node that ends by itself is started again; all are at the same ports as before", async () => {
  const directory = fresh();
  const cell = await up(directory);
  const { pid } = cell.ready.nodes[1] ?? {};
  process.kill(pid as number, "SIGKILL");
  await cell.ended("node-2");
  await cell.serves("node-2");
  const again = (await cell.status("node-2")).nodes.find(({ name }) => name === "node-2");
  expect(again?.told?.pid).not.toBe(pid);

  await cell.through("node-2", "put", file("kept.txt", "kept"), "/");
  await cell.stop();
  const second = await up(directory);
  expect(second.ready.cell).toBe(cell.ready.cell);
  expect(second.ready.nodes.map(({ port }) => port)).toEqual(cell.ready.nodes.map(({ port }) => port));
  expect((await second.through("node-3", "cat", "/kept.txt")).out).toBe("kept");
});

test("a node stands still, is cut off, and is restarted in order, and nobody is kept from the files", async () => {
  const cell = await up(fresh());
  await cell.through("node-1", "put", file("f.txt", "f"), "/");
  await cell.run("pause", "node-3");
  expect((await cell.through("node-1", "cat", "/f.txt")).out).toBe("f");
  await cell.run("resume", "node-3");
  expect((await cell.through("node-3", "cat", "/f.txt")).out).toBe("f");

  await cell.run("cut", "node-2");
  expect((await cell.status("node-2")).cut).toEqual(["node-1", "node-3"]);
  await cell.next(({ node, isServing }) => node === "node-2" && isServing === false);
  await cell.through("node-1", "put", file("g.txt", "g"), "/");
  await cell.run("heal", "node-2");
  await cell.serves("node-2");
  expect((await cell.through("node-2", "cat", "/g.txt")).out).toBe("g");

  const before = (await cell.status("node-1")).nodes.map(({ told }) => told?.pid);
  await cell.run("restart", "node-1", "node-2", "node-3");
  const after = (await cell.status("node-1")).nodes.map(({ told }) => told?.pid);
  expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  expect((await cell.through("node-1", "cat", "/g.txt")).out).toBe("g");
});

test("all nodes killed at once under load have everything that was acknowledged", async () => {
  const directory = fresh();
  const cell = await up(directory);
  const acknowledged = new Set<string>();
  const clients = await Promise.all(
    cell.ready.nodes.map(({ host, port }) => NfsClient.connect(world, { host, port, ...PATIENT })),
  );
  const write = async (client: NfsClient, writer: number) => {
    for (let at = 0; at < 1000; at++) {
      const name = `/${writer}-${at}`;
      await client.writeFile(name, contentOf(name));
      acknowledged.add(name);
    }
  };
  // They end with the nodes.
  for (const [at, client] of clients.entries()) write(client, at).catch(() => {});
  while (acknowledged.size < 20) await new Promise((resolve) => setTimeout(resolve, 1));
  for (const { pid } of cell.ready.nodes) process.kill(pid as number, "SIGKILL");
  await cell.process.kill();
  const promised = [...acknowledged];
  await Promise.all(clients.map((client) => client.close().catch(() => {})));

  const second = await up(directory);
  const port = second.portOf("node-3");
  const client = await NfsClient.connect(world, { host: "127.0.0.1", port, ...PATIENT });
  for (const name of promised) expect(await client.readFile(name)).toEqual(contentOf(name));
  await client.close();
});

test("a node joins with a token, takes the place of one that is drained and removed, and comes back by itself", async () => {
  const cell = await up(fresh());
  await cell.through("node-1", "put", file("f.txt", "f"), "/");
  const { out } = await cell.run("token", "--json");
  const { token, join: at } = JSON.parse(out) as { token: string; join: string[] };
  const directory = fresh();
  const words = ["node", "--dir", directory, "--json", "--no-portmap"];
  const withToken = ["--name", "node-4", "--token-file", file("token", token), "--join"];
  const joining = [...withToken, at.at(-1) ?? ""];
  const first = node([...words, "--port", "0", ...joining]);
  await nodeEvent(first, ({ isServing }) => isServing === true);

  await cell.run("drain", "node-3");
  await cell.run("remove", "node-3");
  const { nodes: left, volumes } = await cell.status("node-1");
  expect(left.map(({ name }) => name)).toEqual(["node-1", "node-2", "node-4"]);
  expect(volumes[0]?.replicas.map(({ node: name }) => name).sort()).toEqual(["node-1", "node-2", "node-4"]);
  expect((await first.stop()).code).toBe(0);

  // It knows where it was, and needs neither token nor address any more.
  const second = node(words);
  const ready = await nodeEvent(second, ({ event }) => event === "ready");
  await nodeEvent(second, ({ isServing }) => isServing === true);
  const server = `127.0.0.1:${(ready as unknown as { port: number }).port}`;
  expect(await runProcess(["cat", "--server", server, "--alone", "/f.txt"])).toMatchObject({
    code: 0,
    out: "f",
  });
  expect((await second.stop()).code).toBe(0);

  // The token is used up, and a wrong one is no better.
  const late = await runProcess([
    ...words.slice(0, 1),
    "--dir",
    fresh(),
    "--port",
    "0",
    ...withToken,
    at[0] ?? "",
  ]);
  expect(late.code).toBe(1);
  expectOneLine(late.err, "JOIN_REFUSED");
  const cut = file("cut", token.slice(0, -3));
  const wrong = await runProcess(["node", "--dir", fresh(), "--join", at[0] ?? "", "--token-file", cut]);
  expectOneLine(wrong.err, "JOIN_TOKEN");
  expect(wrong.err).not.toContain(token.slice(10, 40));
});

test("nodes end when the process that keeps them is killed, also when they have hardly begun", async () => {
  const cell = await up(fresh());
  await cell.process.kill();
  const words = ["up", "--dir", cell.directory, "--json", "--port", "0", "--no-portmap"];
  const cutShort = new CoterieProcess(words);
  await nodeEvent(cutShort, ({ state }) => state === "started");
  await cutShort.kill();
  // Directories and ports are free again; the standard error that they shared is at its end.
  const again = await up(cell.directory);
  expect(again.ready.nodes.every(({ isServing }) => isServing)).toBe(true);
});

test("what cannot be is refused in one line, and nothing is written", async () => {
  const directory = fresh();
  const cell = await up(directory);
  const [first] = cell.ready.nodes;
  const elsewhere = fresh();
  const taken = await runProcess(["up", "--dir", elsewhere, "--port", String(first?.port)]);
  expect(taken.code).toBe(1);
  expectOneLine(taken.err, "NET_ADDRESS_IN_USE");
  const anywhere = ["--host", "0.0.0.0", "--export", "10.0.0.0/8=rw", "--port", "0"];
  const unnamed = await runProcess(["up", "--dir", elsewhere, ...anywhere]);
  expect(unnamed.code).toBe(2);
  expectOneLine(unnamed.err, "CELL_CONFIG");
  expect(existsSync(elsewhere)).toBe(false);

  const twice = await runProcess(["up", "--dir", directory, "--port", "0"]);
  expect(twice.code).toBe(1);
  expectOneLine(twice.err, "CELL_RUNNING");
  const node = await runProcess(["node", "--dir", join(directory, "nodes/node-1")]);
  expectOneLine(node.err, "CELL_RUNNING");
  const inside = await runProcess(["up", "--dir", join(directory, "nodes/node-1")]);
  expectOneLine(inside.err, "CELL_ALONE");
  const more = await runProcess(["up", "--dir", directory, "--nodes", "5"]);
  expect(more.code).toBe(1);
  await cell.stop();
  const other = await runProcess(["up", "--dir", directory, "--nodes", "2"]);
  expectOneLine(other.err, "CELL_NODE_COUNT");

  rmSync(join(directory, "cell.json"));
  const damaged = await runProcess(["up", "--dir", directory]);
  expectOneLine(damaged.err, "CELL_DIRECTORY_DAMAGED");
  const unknown = await runProcess(["node", "--dir", fresh()]);
  expectOneLine(unknown.err, "CELL_NODE_ABSENT");
});
