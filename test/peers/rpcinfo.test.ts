/**
 * rpcinfo and rpcbind of libtirpc. rpcinfo finds and pings our programs, by address and through a port mapper, be it
 * the machine's rpcbind, with which we register, or ours. The port mappers run in network namespaces.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { formatUniversalAddress } from "../../src/naming/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { RpcServer } from "../../src/rpc/index.ts";
import { requirePeer, requireRoot } from "./require-peer.ts";
import { Namespace, stop } from "./rpcinfo/namespace.ts";

const PROGRAM = 0x2000_0888;
const CHILD = new URL("./rpcinfo/serve.ts", import.meta.url).pathname;

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const RPCBIND_X = new URL("../../x/rpcbind.x", import.meta.url).pathname;

const hasRpcinfo = requirePeer("rpcinfo", "rpcbind", "rpcinfo");
const hasNamespaces = requirePeer("ip", "iproute2", "ip") && requireRoot("network namespaces");

const namespaces: Namespace[] = [];
afterEach(async () => {
  for (const namespace of namespaces.splice(0)) await namespace.close();
});

function namespace(): Namespace {
  const made = new Namespace();
  namespaces.push(made);
  return made;
}

/** Starts `serve.ts` and waits until it serves. */
async function serve(where: Namespace, mode: string): Promise<{ child: ChildProcess; port: number }> {
  const args = ["--import", import.meta.resolve("tsx"), CHILD, mode];
  const child = where.start(process.execPath, args, ["pipe", "pipe", "inherit"]);
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { child, port: JSON.parse(String(line)).port };
}

/** Ends its input and waits until it has cleaned up. */
async function finish(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.stdin?.end();
  expect(await closed).toEqual([0, null]);
}

/** The lines of `rpcinfo -p` about our program: version, protocol, port. */
function listed(where: Namespace): string[] {
  return where
    .run("rpcinfo", ["-p", "127.0.0.1"])
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([program]) => program === String(PROGRAM))
    .map(([, version, protocol, port]) => `${version} ${protocol} ${port}`)
    .sort();
}

const everywhere = (port: number) => [`1 tcp ${port}`, `1 udp ${port}`, `3 tcp ${port}`, `3 udp ${port}`];

describe.skipIf(!hasRpcinfo)("rpcinfo pings a server by its universal address", () => {
  test.each(["tcp", "udp"])("over %s: version by version, and all of them", async (transport) => {
    const server = new RpcServer(createNodeWorld({}));
    for (const version of [1, 3]) {
      server.add({ contract: { name: "T", program: PROGRAM, version, procedures: [] }, handlers: [] });
    }
    const address = formatUniversalAddress(await server.listen({ host: "127.0.0.1", port: 0 }));
    const rpcinfo = (...args: string[]) =>
      promisify(execFile)("rpcinfo", ["-a", address, "-T", transport, String(PROGRAM), ...args]);
    expect((await rpcinfo("3")).stdout).toBe(`program ${PROGRAM} version 3 ready and waiting\n`);
    // Without a version rpcinfo learns the range from PROG_MISMATCH, tries all in it, and fails for the one between.
    await expect(rpcinfo()).rejects.toMatchObject({
      stdout: [
        `program ${PROGRAM} version 1 ready and waiting\n`,
        `program ${PROGRAM} version 2 is not available\n`,
        `program ${PROGRAM} version 3 ready and waiting\n`,
      ].join(""),
    });
    await expect(rpcinfo("7")).rejects.toMatchObject({
      stderr: expect.stringContaining("low version = 1, high version = 3"),
    });
    await server.close();
  });
});

describe.skipIf(!hasRpcinfo || !hasNamespaces)("the machine's rpcbind", () => {
  test("takes our registration, finds us, and forgets us at close", async () => {
    const where = namespace();
    await where.startRpcbind();
    const { child, port } = await serve(where, "registered");
    expect(listed(where)).toEqual(everywhere(port));
    for (const transport of ["tcp", "udp"]) {
      expect(where.run("rpcinfo", ["-T", transport, "127.0.0.1", String(PROGRAM), "3"])).toContain(
        "ready and waiting",
      );
    }
    await finish(child);
    expect(listed(where)).toEqual([]);
  });

  test("tells our own command line where a program is", async () => {
    const where = namespace();
    await where.startRpcbind();
    const { child, port } = await serve(where, "registered");
    const coterie = (...args: string[]) =>
      where.run(process.execPath, ["--import", import.meta.resolve("tsx"), MAIN, "rpc", ...args]);
    const listed = coterie("info", "--json").trim().split("\n");
    const ours = listed.map((line) => JSON.parse(line)).filter(({ program }) => program === PROGRAM);
    expect(ours.map((each) => `${each.version} ${each.netid} ${each.port}`).sort()).toEqual(everywhere(port));
    expect(coterie("ping", "127.0.0.1", String(PROGRAM), "3", "--transport", "udp")).toMatch(
      /version 3 ready/,
    );
    const answer = coterie("call", "127.0.0.1", "rpcbind", "4", "RPCBPROC_GETTIME", "--idl", RPCBIND_X);
    expect(Math.abs(Number(answer) - Date.now() / 1000)).toBeLessThan(60);
    await finish(child);
  });

  test("is told again after it restarted", async () => {
    const where = namespace();
    const first = await where.startRpcbind();
    const { child, port } = await serve(where, "registered");
    await stop(first);
    await where.startRpcbind();
    while (listed(where).length < 4) await once(await tick(), "close");
    expect(listed(where)).toEqual(everywhere(port));
    await finish(child);
  });

  test("a registration that a killed server left behind is replaced, one of a living server is not", async () => {
    const where = namespace();
    await where.startRpcbind();
    const killed = await serve(where, "registered");
    killed.child.kill("SIGKILL");
    await once(killed.child, "close");
    expect(listed(where)).toEqual(everywhere(killed.port));
    const alive = await serve(where, "registered");
    expect(listed(where)).toEqual(everywhere(alive.port));

    const third = where.start(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), CHILD, "registered"],
      ["pipe", "pipe", "pipe"],
    );
    let errors = "";
    third.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    expect((await once(third, "close"))[0]).not.toBe(0);
    expect(errors).toContain("NAMING_TAKEN");
    expect(listed(where)).toEqual(everywhere(alive.port));
    await finish(alive.child);
  });
});

describe.skipIf(!hasRpcinfo || !hasNamespaces)("rpcinfo asks our rpcbind", () => {
  test("-p, -s, -l, -m and a ping through it", async () => {
    const where = namespace();
    const { child, port } = await serve(where, "embedded");
    expect(listed(where)).toEqual(everywhere(port));
    const portMapper = where.run("rpcinfo", ["-p", "127.0.0.1"]);
    for (const version of [2, 3, 4])
      expect(portMapper).toMatch(new RegExp(`100000 +${version} +tcp +111 +portmapper`));
    const all = where.run("rpcinfo", ["127.0.0.1"]);
    expect(all).toContain(`127.0.0.1.${port >> 8}.${port & 255}`);
    const brief = where.run("rpcinfo", ["-s", "127.0.0.1"]);
    expect(brief).toMatch(new RegExp(`${PROGRAM} +[13],[13] +(tcp,udp|udp,tcp) `));
    expect(where.run("rpcinfo", ["-l", "127.0.0.1", String(PROGRAM), "3"])).toMatch(
      /inet\/tcp\/cots_ord +127\.0\.0\.1\.\d+\.\d+[\s\S]*inet\/udp\/clts +127\.0\.0\.1/,
    );
    for (const transport of ["tcp", "udp"]) {
      expect(where.run("rpcinfo", ["-T", transport, "127.0.0.1", String(PROGRAM), "1"])).toContain(
        "ready and waiting",
      );
    }
    expect(where.run("rpcinfo", ["-m", "127.0.0.1"])).toContain("PORTMAP (version 2) statistics");
    await finish(child);
  });
});

/** A process that is gone after a moment: time for others, without a clock of our own. */
async function tick(): Promise<ChildProcess> {
  return spawn("true", { stdio: "ignore" });
}
