import { describe, expect, test } from "vitest";
import { MemoryFiles } from "../../test/support/memory-files.ts";
import { NfsClient } from "../files/index.ts";
import { RPCBIND_PORT, RpcbindClient, RpcbindServer } from "../naming/index.ts";
import { Simulation } from "../sim/index.ts";
import type { World } from "../world/index.ts";
import { requestStatus } from "./admin-client.ts";
import { Node } from "./node.ts";
import { type Portmap, resolveSettings } from "./settings.ts";

const PORT = 2049;

function start(
  world: World,
  files: MemoryFiles,
  portmap: Portmap = "off",
  host = "127.0.0.1",
): Promise<Node> {
  const exports = host === "127.0.0.1" ? [] : ["*=rw"];
  const settings = resolveSettings([
    { values: { host, port: PORT, portmap, exports }, nameOf: (setting) => setting },
  ]);
  return Node.start(world, { settings, files, version: "1.2.3", pid: 77 });
}

/** Runs `body` on one simulated machine. */
function onOneNode<T>(body: (world: World) => Promise<T>): Promise<T> {
  const sim = new Simulation({ seed: 7 });
  const machine = sim.node("machine");
  return sim.run(() => machine.start(body) as Promise<T>);
}

describe("a node's health", () => {
  test("names a disk that is nearly full, and one that refused to make something durable", async () => {
    const sim = new Simulation({ seed: 7 });
    const machine = sim.node("machine", { disk: { capacityBytes: 64 * 1024 ** 3 } });
    await sim.run(() =>
      machine.start(async (world) => {
        const node = await start(world, new MemoryFiles());
        const client = await NfsClient.connect(world, { host: "127.0.0.1", port: PORT });
        expect(node.status().problems).toEqual([]);
        machine.disk.options = { ...machine.disk.options, ioError: 1 };
        await expect(client.writeFile("/lost", new Uint8Array(100))).rejects.toMatchObject({
          code: "FILES_IO",
        });
        machine.disk.options = { ...machine.disk.options, ioError: 0, capacityBytes: 2 ** 20 };
        const codes = node.status().problems.map((problem) => problem.code);
        expect(codes).toEqual(["CELL_SPACE_LOW", "CELL_FLUSH_FAILED"]);
        await client.close();
        await node.stop();
      }),
    );
  });
});

describe("a node in a simulated world", () => {
  test("marks its directory, serves, tells its status, and leaves no mark of running when stopped", async () => {
    const files = new MemoryFiles();
    const { status, format, running } = await onOneNode(async (world) => {
      const node = await start(world, files);
      const told = await requestStatus(world, { host: "127.0.0.1", port: PORT });
      const seen = { status: told, format: files.text("format.json"), running: files.text("running.json") };
      await node.stop();
      return seen;
    });
    expect(status).toMatchObject({
      version: "1.2.3",
      pid: 77,
      state: "serving",
      host: "127.0.0.1",
      port: PORT,
      directory: "/node",
      portmap: "off",
      exports: ["127.0.0.0/8(rw,root_squash)", "::1(rw,root_squash)"],
      counters: { connections: 1, refused: 0 },
      problems: [],
    });
    expect(status.space.totalBytes).toBeGreaterThan(0);
    expect(JSON.parse(format ?? "")).toMatchObject({ format: 1, volume: status.volume, madeBy: "1.2.3" });
    expect(JSON.parse(running ?? "")).toEqual({ pid: 77, host: "127.0.0.1", port: PORT });
    expect([...files.files.keys()]).toEqual(["format.json"]);
  });

  test("the volume outlives the node, and stays the directory's", async () => {
    const files = new MemoryFiles();
    await onOneNode(async (world) => {
      const first = await start(world, files);
      const client = await NfsClient.connect(world, { host: "127.0.0.1", port: PORT });
      await client.writeFile("/kept", new TextEncoder().encode("yes"));
      await client.close();
      await first.stop();
      const second = await start(world, files);
      expect(second.volumeId).toBe(first.volumeId);
      const again = await NfsClient.connect(world, { host: "127.0.0.1", port: PORT });
      expect(new TextDecoder().decode(await again.readFile("/kept"))).toBe("yes");
      await again.close();
      await second.stop();
    });
  });

  test("with a volume that is not the one its format names, it refuses and leaves the store closed", async () => {
    await onOneNode(async (world) => {
      const other = { format: 1, volume: "00".repeat(16), created: "", madeBy: "" };
      const files = new MemoryFiles();
      await (await start(world, files)).stop();
      const theirs = new MemoryFiles("/node", { "format.json": JSON.stringify(other) });
      await expect(start(world, theirs)).rejects.toMatchObject({ code: "CELL_VOLUME_MISMATCH" });
      await (await start(world, files)).stop();
    });
  });

  test("whose volume was lost beside a kept format, it refuses and makes no other", async () => {
    await onOneNode(async (world) => {
      const format = { format: 1, volume: "ab".repeat(16), created: "", madeBy: "" };
      const files = new MemoryFiles("/node", { "format.json": JSON.stringify(format) });
      await expect(start(world, files)).rejects.toMatchObject({
        code: "CELL_VOLUME_MISMATCH",
        message: `/node holds no volume, and should hold volume ${format.volume}`,
      });
      await expect(world.storage.open("volume", { readOnly: true })).rejects.toMatchObject({
        code: "STORE_MISSING",
      });
      // Nor where a store is left without a volume in it.
      await (await world.storage.open("volume")).close();
      await expect(start(world, files)).rejects.toMatchObject({ code: "CELL_VOLUME_MISMATCH" });
      const left = await world.storage.open("volume", { readOnly: true });
      expect([...left.range({})]).toEqual([]);
      await left.close();
    });
  });

  test("on a port that is taken it fails, and can be started once the port is free", async () => {
    await onOneNode(async (world) => {
      const files = new MemoryFiles();
      const bind = { host: "127.0.0.1", port: PORT };
      const holder = await world.net.listen({ bind, onStream: () => {} });
      await expect(start(world, files)).rejects.toMatchObject({ code: "NET_ADDRESS_IN_USE" });
      expect(files.text("running.json")).toBeUndefined();
      await holder.close();
      await (await start(world, files)).stop();
    });
  });

  test("tells its status to its own machine only, whoever may use the files", async () => {
    const sim = new Simulation({ seed: 7 });
    const [machine, other] = [sim.node("machine"), sim.node("other")];
    await sim.run(async () => {
      const node = await machine.start((world) => start(world, new MemoryFiles(), "off", "0.0.0.0"));
      await other.start(async (world) => {
        const client = await NfsClient.connect(world, { host: machine.ip, port: PORT });
        expect(await client.readdir("/")).toEqual([]);
        await client.close();
        await expect(requestStatus(world, { host: machine.ip, port: PORT })).rejects.toMatchObject({
          code: "RPC_AUTH_ERROR",
        });
      });
      await (node as Node).stop();
    });
  });
});

/** NFS 2 and 3, and the mount protocol 1 to 3, on both transports. */
const EVERY_PROGRAM = ["100003.2", "100003.3", "100005.1", "100005.2", "100005.3"].flatMap((program) => [
  `${program} tcp 127.0.0.1.8.1`,
  `${program} udp 127.0.0.1.8.1`,
]);

/** What rpcbind would tell a client, its own program left out. */
async function registered(world: World): Promise<string[]> {
  const rpcbind = new RpcbindClient(world, { host: "127.0.0.1", port: RPCBIND_PORT });
  const all = await rpcbind.list();
  await rpcbind.close();
  return all
    .filter(({ program }) => program !== 100_000)
    .map(({ program, version, netid, address }) => `${program}.${version} ${netid} ${address}`)
    .sort();
}

describe("rpcbind", () => {
  test("is registered with where one runs, and forgets the node when it stops", async () => {
    await onOneNode(async (world) => {
      const system = new RpcbindServer(world);
      await system.listen();
      const node = await start(world, new MemoryFiles(), "system");
      expect(node.status().portmap).toBe("system");
      expect(await registered(world)).toEqual(EVERY_PROGRAM);
      await node.stop();
      expect(await registered(world)).toEqual([]);
      await system.close();
    });
  });

  test("that runs nowhere is done without, or embedded when asked for", async () => {
    await onOneNode(async (world) => {
      const without = await start(world, new MemoryFiles(), "system");
      expect(without.status()).toMatchObject({ portmap: "off", problems: [] });
      await without.stop();
      const embedding = await start(world, new MemoryFiles(), "embedded");
      expect(embedding.status()).toMatchObject({ portmap: "embedded", problems: [] });
      expect(await registered(world)).toEqual(EVERY_PROGRAM);
      await embedding.stop();
    });
  });

  test("that cannot be embedded is a problem that the status tells, and nothing else fails", async () => {
    await onOneNode(async (world) => {
      // Something that is no rpcbind holds its port over UDP alone, where nobody answers.
      const holder = await world.net.datagram({ bind: { host: "127.0.0.1", port: 111 } });
      const node = await start(world, new MemoryFiles(), "embedded");
      const status = await requestStatus(world, { host: "127.0.0.1", port: PORT });
      expect(status.portmap).toBe("failed");
      expect(status.problems).toEqual([{ code: "CELL_PORTMAP", message: expect.stringContaining("111") }]);
      await node.stop();
      holder.close();
    });
  });
});
