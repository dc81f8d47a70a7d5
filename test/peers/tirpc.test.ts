/**
 * libtirpc, the C library of ONC RPC: a client and a server that rpcgen and gcc make of `tirpc/` call and are called
 * by ours, over TCP (in records of many fragments, up to a megabyte) and UDP.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileIdl } from "../../src/idl/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { RpcClient, RpcServer } from "../../src/rpc/index.ts";
import { requirePeer } from "./require-peer.ts";
import { CALC_V1_Client, type CALC_V1_Server, serve_CALC_V1 } from "./tirpc/calc.gen.ts";

const SOURCES = new URL("./tirpc/", import.meta.url).pathname;
const HOST = "127.0.0.1";

const areThere = [
  requirePeer("rpcgen", "rpcsvc-proto", "rpcgen"),
  requirePeer("libtirpc", "libtirpc-dev", "/usr/include/tirpc/rpc/rpc.h"),
  requirePeer("gcc", "gcc", "gcc"),
].every(Boolean);

const calculator: CALC_V1_Server = {
  CALC_NULL: () => {},
  CALC_RUN: ({ op, terms }) => {
    if (terms.length === 0) return { ok: false, reason: "no terms" };
    const start = op === 0 ? 0n : 1n;
    const value = terms.reduce((sum, term) => (op === 0 ? sum + BigInt(term) : sum * BigInt(term)), start);
    return { ok: true, value };
  },
  // A promise here and there: C's client must not notice.
  CALC_REVERSE: async (bytes) => bytes.slice().reverse(),
  CALC_DOUBLE: (list) => {
    for (let node = list; node !== null; node = node.next) node.value *= 2;
    return list;
  },
};

test("the generated module is what calc.x compiles to", () => {
  const generated = compileIdl(join(SOURCES, "calc.x"), {
    readFile: (path) => readFileSync(path, "utf8"),
    runtime: "../../../src/marshal/index.ts",
  });
  expect(readFileSync(join(SOURCES, "calc.gen.ts"), "utf8")).toBe(generated);
});

describe.skipIf(!areThere)("libtirpc", () => {
  let folder = "";
  let cServer: ChildProcess | undefined;
  const ports = { tcp: 0, udp: 0 };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "coterie-tirpc-"));
    build(folder);
    cServer = spawn(join(folder, "server"), { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(cServer.stdout as NodeJS.ReadableStream, "data");
    [ports.tcp, ports.udp] = String(line).split(" ").map(Number) as [number, number];
  });

  afterAll(() => {
    cServer?.kill();
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  test.each(["tcp", "udp"] as const)("its client calls our server over %s", async (transport) => {
    const server = new RpcServer(createNodeWorld({}));
    server.add(serve_CALC_V1(calculator));
    const { port } = await server.listen({ host: HOST, port: 0 });
    const output = await run(join(folder, "client"), [transport, String(port)]);
    expect(output.split("\n").slice(-2)).toEqual(["done", ""]);
    expect(server.stats()).toMatchObject({ badMessages: 0, connectionsDropped: 0 });
    expect(server.stats().calls).toBe(7);
    await server.close();
  });

  test.each(["tcp", "udp"] as const)("our client calls its server over %s", async (transport) => {
    const rpc = new RpcClient(createNodeWorld({}), {
      host: HOST,
      port: ports[transport],
      transport,
      credential: { flavor: "sys", stamp: 1, machine: "coterie", uid: 1, gid: 1, gids: [1, 2, 3] },
    });
    const calc = new CALC_V1_Client(rpc);
    await calc.CALC_NULL();
    expect(await calc.CALC_RUN({ op: 1, terms: [1_000_000, 2_000_000, -7] })).toEqual({
      ok: true,
      value: -14_000_000_000_000n,
    });
    expect(await calc.CALC_RUN({ op: 0, terms: [] })).toEqual({ ok: false, reason: "no terms" });
    for (const length of [0, 1, 1001, transport === "tcp" ? 1 << 20 : 8000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 31 + (i >> 8));
      expect(Buffer.compare(await calc.CALC_REVERSE(bytes), bytes.slice().reverse())).toBe(0);
    }
    const list = { value: 1, next: { value: -2, next: null } };
    expect(await calc.CALC_DOUBLE(list)).toEqual({ value: 2, next: { value: -4, next: null } });
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, i) => calc.CALC_RUN({ op: 0, terms: [i, 1] })),
    );
    expect(many).toEqual(Array.from({ length: 40 }, (_, i) => ({ ok: true, value: BigInt(i + 1) })));
    await rpc.close();
  });

  test("both sides really send records of many fragments", async () => {
    const server = new RpcServer(createNodeWorld({}));
    server.add(serve_CALC_V1(calculator));
    const { port } = await server.listen({ host: HOST, port: 0 });
    const toOurs = await relay(port);
    await run(join(folder, "client"), ["tcp", String(toOurs.port)]);
    expect(toOurs.unfinished()).toBeGreaterThan(1000);
    await toOurs.close();
    await server.close();

    const toTheirs = await relay(ports.tcp, "back");
    const rpc = new RpcClient(createNodeWorld({}), { host: HOST, port: toTheirs.port });
    const bytes = new Uint8Array(1 << 20).fill(5);
    expect(Buffer.compare(await new CALC_V1_Client(rpc).CALC_REVERSE(bytes), bytes)).toBe(0);
    expect(toTheirs.unfinished()).toBeGreaterThan(1000);
    await rpc.close();
    await toTheirs.close();
  });

  test("its server's refusals come back as errors with their codes", async () => {
    const rpc = new RpcClient(createNodeWorld({}), { host: HOST, port: ports.tcp });
    const nothing = { encode() {}, decode() {} };
    const call = (program: number, version: number, number: number) =>
      rpc.call(
        { name: "TEST", program, version, procedures: [] },
        { name: "P", number, idempotent: true, args: nothing, result: nothing },
        undefined,
      );
    await expect(call(0x2000_0778, 1, 0)).rejects.toMatchObject({ code: "RPC_PROG_UNAVAIL" });
    await expect(call(0x2000_0777, 5, 0)).rejects.toMatchObject({
      code: "RPC_PROG_MISMATCH",
      details: { low: 1, high: 1 },
    });
    await expect(call(0x2000_0777, 1, 42)).rejects.toMatchObject({ code: "RPC_PROC_UNAVAIL" });
    await expect(call(0x2000_0777, 1, 1)).rejects.toMatchObject({ code: "RPC_GARBAGE_ARGS" });
    await rpc.close();
  });
});

function build(folder: string): void {
  const make = (flag: string, output: string) =>
    execFileSync("rpcgen", [flag, "-o", join(folder, output), "calc.x"], { cwd: SOURCES });
  make("-h", "calc.h");
  make("-c", "calc_xdr.c");
  make("-l", "calc_clnt.c");
  make("-m", "calc_svc.c");
  for (const [program, stub] of [
    ["client", "calc_clnt.c"],
    ["server", "calc_svc.c"],
  ] as const) {
    const sources = [join(SOURCES, `${program}.c`), join(folder, stub), join(folder, "calc_xdr.c")];
    const flags = ["-O1", "-w", "-I/usr/include/tirpc", `-I${folder}`, "-o", join(folder, program)];
    execFileSync("gcc", [...flags, ...sources, "-ltirpc"]);
  }
}

/** Passes a connection on, and counts the fragments of one direction that are not their record's last. */
async function relay(target: number, direction: "forth" | "back" = "forth") {
  let unfinished = 0;
  const server = net.createServer((near) => {
    const far = net.connect(target, HOST);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => socket.destroy());
    let skip = 0;
    let header: number[] = [];
    (direction === "forth" ? near : far).on("data", (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; ) {
        if (skip > 0) {
          const step = Math.min(skip, chunk.length - at);
          skip -= step;
          at += step;
        } else if (header.push(chunk[at++] as number) === 4) {
          const value = Buffer.from(header).readUInt32BE();
          header = [];
          skip = value & 0x7fff_ffff;
          if (value < 0x8000_0000) unfinished++;
        }
      }
    });
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    unfinished: () => unfinished,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Runs a program to its end, without holding up this process's own server. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const [status] = await once(child, "close");
  expect([status, errors]).toEqual([0, ""]);
  return output;
}
