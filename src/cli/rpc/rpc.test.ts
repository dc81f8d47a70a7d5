import { once } from "node:events";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type CALC_V1_Server, serve_CALC_V1 } from "../../../test/peers/tirpc/calc.gen.ts";
import { runCli } from "../../../test/support/cli-host.ts";
import { locate, RpcbindServer } from "../../naming/index.ts";
import { createNodeWorld } from "../../node/index.ts";
import { type RpcCall, RpcServer } from "../../rpc/index.ts";
import type { Address } from "../../world/index.ts";

const CALC = new URL("../../../test/peers/tirpc/calc.x", import.meta.url).pathname;
const PROGRAM = 0x2000_0777;
const HOST = "127.0.0.1";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const calculator: CALC_V1_Server<RpcCall> = {
  CALC_NULL: () => {},
  CALC_RUN: ({ terms }, call) =>
    terms.length > 0
      ? { ok: true, value: terms.reduce((sum, term) => sum + BigInt(term), 0n) }
      : { ok: false, reason: call.credential.flavor === "sys" ? `uid ${call.credential.uid}` : "nobody" },
  CALC_REVERSE: (bytes) => bytes.slice().reverse(),
  CALC_DOUBLE: (list) => list,
};

async function serve(): Promise<Address> {
  const server = new RpcServer(createNodeWorld({}));
  server.add(serve_CALC_V1(calculator));
  server.add({ contract: { name: "V3", program: PROGRAM, version: 3, procedures: [] }, handlers: [] });
  closers.push(() => server.close());
  return server.listen({ host: HOST, port: 0 });
}

const rpc = (...args: string[]) => {
  const world = () => createNodeWorld({});
  return runCli(["rpc", ...args], { world });
};

describe("coterie rpc call", () => {
  test.each(["tcp", "udp"])("takes JSON and gives JSON, over %s", async (transport) => {
    const { port } = await serve();
    const where = ["--idl", CALC, "--port", String(port), "--transport", transport];
    const call = (procedure: string, ...more: string[]) =>
      rpc("call", HOST, "CALC_PROG", "1", procedure, ...where, ...more, "--json");
    const run = await call("CALC_RUN", "--args", '{"op":"PLUS","terms":[2147483647,1]}');
    expect(run).toMatchObject({ status: 0, err: "" });
    expect(JSON.parse(run.out)).toEqual({ ok: true, value: 2147483648 });
    expect(JSON.parse((await call("2", "--args", '"stressed"')).out)).toBe("desserts");
    expect(JSON.parse((await call("CALC_DOUBLE", "--args", '[{"value":1},{"value":2}]')).out)).toEqual([
      { value: 1 },
      { value: 2 },
    ]);
    expect((await call("CALC_NULL")).out).toBe("null\n");
    const told = await rpc("call", HOST, "CALC_PROG", "1", "CALC_NULL", ...where);
    expect(told).toMatchObject({ status: 0, out: "done\n" });
    const nobody = await call("CALC_NULL", "--uid", "4294967296");
    expect([nobody.status, nobody.err]).toEqual([2, expect.stringContaining("0 to 4294967295")]);
    const asUser = await call("CALC_RUN", "--args", '{"op":0,"terms":[]}', "--uid", "7");
    expect(JSON.parse(asUser.out)).toEqual({ ok: false, reason: "uid 7" });
  });

  test.each([
    [["NO_PROG", "1", "CALC_RUN"], "declares no program NO_PROG; it has CALC_PROG"],
    [["CALC_PROG", "2", "CALC_RUN"], "declares no version 2 of CALC_PROG; it has 1"],
    [["CALC_PROG", "CALC_V1", "RUN"], "declares no procedure RUN; it has CALC_NULL, CALC_RUN"],
    [["CALC_PROG", "1", "CALC_RUN"], "name them with --args"],
    [["CALC_PROG", "1", "CALC_NULL", "--args", "1"], "takes no arguments"],
    [["CALC_PROG", "1", "CALC_RUN", "--args", "{"], "--args is no JSON"],
  ])("%j is told what is wrong before anything is called", async (target, message) => {
    const { status, err } = await rpc("call", HOST, ...target, "--idl", CALC, "--port", "1");
    expect(status).toBe(2);
    expect(err).toContain(message);
  });

  test("a file too large to be an interface definition is told so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "coterie-"));
    closers.push(() => rm(folder, { recursive: true }));
    const idl = join(folder, "huge.x");
    await writeFile(idl, "");
    await truncate(idl, 4 * 1024 * 1024 + 1);
    const called = await rpc("call", HOST, "CALC_PROG", "1", "CALC_NULL", "--idl", idl, "--port", "1");
    expect(called.status).toBe(1);
    expect(called.err).toMatch(/^error LOCAL_TOO_LARGE: .*huge\.x has 4194305 bytes.*\n$/);
    const compiled = await runCli(["idl", "compile", idl, "--out", folder]);
    expect(compiled.err).toContain("error LOCAL_TOO_LARGE: ");
  });

  test("arguments of the wrong shape name the place", async () => {
    const args = ["--idl", CALC, "--port", "1", "--args", '{"op":"PLUS","terms":["x"]}'];
    const { err } = await rpc("call", HOST, "CALC_PROG", "1", "CALC_RUN", ...args);
    expect(err).toContain("$.terms[0]");
  });

  test("a server's refusal is one line with its code", async () => {
    const { port } = await serve();
    const args = ["--idl", new URL("../../../x/rpcbind.x", import.meta.url).pathname, "--port", String(port)];
    const { status, err } = await rpc("call", HOST, "rpcbind", "4", "RPCBPROC_GETTIME", ...args);
    expect(status).not.toBe(0);
    expect(err).toMatch(/^error RPC_PROG_UNAVAIL: .*\n$/);
  });
});

describe("coterie rpc ping", () => {
  test("names a version's readiness and time", async () => {
    const { port } = await serve();
    const { status, out } = await rpc("ping", HOST, String(PROGRAM), "3", "--port", String(port));
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`^program ${PROGRAM} version 3 ready at tcp port ${port}, [0-9.]+ ms\n$`));
  });

  test("without a version calls all of the server's range, and ends with 4 for a gap in it", async () => {
    const { port } = await serve();
    const args = ["ping", HOST, `0x${PROGRAM.toString(16)}`, "--port", String(port), "--transport", "udp"];
    const { status, out } = await rpc(...args, "--json");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ version, ready }) => [version, ready])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(status).toBe(4);
  });

  test("a range of more versions than are called is told so", async () => {
    const server = new RpcServer(createNodeWorld({}));
    for (const version of [1, 0xffff_fffe]) {
      server.add({ contract: { name: "V", program: PROGRAM, version, procedures: [] }, handlers: [] });
    }
    closers.push(() => server.close());
    const { port } = await server.listen({ host: HOST, port: 0 });
    const ping = (...more: string[]) => rpc("ping", HOST, String(PROGRAM), "--port", String(port), ...more);
    const { out, err, status } = await ping();
    expect(out.trim().split("\n")).toHaveLength(64);
    expect(err).toBe(
      "calling only 1 to 64 of the versions 1 to 4294967294 that the server names; name a version to call another\n",
    );
    expect(status).toBe(4);
    const last = JSON.parse((await ping("--json")).out.trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ version: 64, low: 1, high: 0xffff_fffe });
    expect((await ping("4294967294")).out).toContain("version 4294967294 ready");
  });

  test("asks rpcbind for the port when none is named: of that version, or of any", async () => {
    const { port } = await serve();
    const rpcbind = new RpcbindServer(createNodeWorld({}));
    const { port: rpcbindPort } = await rpcbind.listen({ port: 0 });
    closers.push(() => rpcbind.close());
    for (const netid of ["tcp", "udp"] as const) {
      rpcbind.register({ program: PROGRAM, version: 3, netid, address: { host: HOST, port } });
    }
    const world = createNodeWorld({});
    expect(await locate(world, HOST, PROGRAM, 3, "tcp", rpcbindPort)).toBe(port);
    expect(await locate(world, HOST, PROGRAM, undefined, "udp", rpcbindPort)).toBe(port);
    await expect(locate(world, HOST, PROGRAM, 1, "udp", rpcbindPort)).rejects.toMatchObject({
      code: "NAMING_NOT_REGISTERED",
    });
  });

  test("a server whose range of versions is none fails with its refusal", async () => {
    const server = createServer((socket) => {
      socket.once("data", (call) => {
        const reply = Buffer.alloc(36);
        const words = [0x8000_0020, call.readUInt32BE(4), 1, 0, 0, 0, 2, 5, 1];
        for (const [i, word] of words.entries()) reply.writeUInt32BE(word, 4 * i);
        socket.end(reply);
      });
    });
    closers.push(async () => void server.close());
    server.listen(0, HOST);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const pinged = await rpc("ping", HOST, String(PROGRAM), "--port", String(port));
    expect(pinged).toMatchObject({ status: 1, out: "" });
    expect(pinged.err).toContain("RPC_PROG_MISMATCH: the server serves versions 5 to 1");
  });

  test("a version that is not served, and a port where nothing is, fail with one line", async () => {
    const { port } = await serve();
    const missing = await rpc("ping", HOST, String(PROGRAM), "9", "--port", String(port));
    expect(missing.err).toMatch(/^error RPC_PROG_MISMATCH: .*versions 1 to 3.*\n$/);
    await closers.pop()?.();
    const nothing = await rpc("ping", HOST, "nfs", "3", "--port", String(port));
    expect(nothing.err).toMatch(/^error RPC_UNREACHABLE: .*\n$/);
    expect((await rpc("ping", HOST, "no-such-program")).status).toBe(2);
  });
});

describe("coterie rpc info", () => {
  test("lists what an rpcbind knows", async () => {
    const rpcbind = new RpcbindServer(createNodeWorld({}));
    const { port } = await rpcbind.listen({ port: 0 });
    closers.push(() => rpcbind.close());
    rpcbind.register({ program: 100_003, version: 3, netid: "tcp", address: { host: HOST, port: 2049 } });
    const table = await rpc("info", HOST, "--port", String(port));
    expect(table.out).toMatch(/100003 +3 +tcp +127\.0\.0\.1\.8\.1 +2049 +nfs +coterie/);
    const json = await rpc("info", "--port", String(port), "--json");
    const lines = json.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual({
      program: 100_003,
      version: 3,
      netid: "tcp",
      address: "127.0.0.1.8.1",
      port: 2049,
      name: "nfs",
      owner: "coterie",
    });
    expect(lines.filter(({ name }) => name === "portmapper")).toHaveLength(6);
  });

  test("where no rpcbind answers, one line says so", async () => {
    const rpcbind = new RpcbindServer(createNodeWorld({}));
    const { port } = await rpcbind.listen({ port: 0 });
    await rpcbind.close();
    const { status, err } = await rpc("info", HOST, "--port", String(port));
    expect(status).not.toBe(0);
    expect(err).toMatch(/^error NAMING_NO_RPCBIND: .*\n$/);
  });
});
