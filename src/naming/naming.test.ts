import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RpcClient, RpcServer } from "../rpc/index.ts";
import { Simulation } from "../sim/index.ts";
import type { World } from "../world/index.ts";
import { PMAP_VERS_Client } from "./gen/portmap.gen.ts";
import { RPCBVERS4_Client } from "./gen/rpcbind.gen.ts";
import {
  formatUniversalAddress,
  locate,
  MAX_REGISTRATIONS,
  parseUniversalAddress,
  programName,
  programNumber,
  Registration,
  RpcbindClient,
  RpcbindServer,
} from "./index.ts";
import { fromSocketAddress, toSocketAddress } from "./socket-address.ts";

const NFS = 100_003;
const MOUNT = 100_005;

describe("universal addresses", () => {
  test("are an address and a port's two bytes", () => {
    expect(formatUniversalAddress({ host: "127.0.0.1", port: 2049 })).toBe("127.0.0.1.8.1");
    expect(parseUniversalAddress("127.0.0.1.8.1")).toEqual({ host: "127.0.0.1", port: 2049 });
    expect(parseUniversalAddress("::1.8.1")).toEqual({ host: "::1", port: 2049 });
    expect(parseUniversalAddress("::ffff:10.0.0.1.0.111")).toEqual({ host: "::ffff:10.0.0.1", port: 111 });
  });

  test("any address and port goes there and back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (host, port) => {
        expect(parseUniversalAddress(formatUniversalAddress({ host, port }))).toEqual({ host, port });
      }),
      { seed: 3 },
    );
  });

  test.each([
    "",
    "127.0.0.1",
    "1.2.3.4.5",
    "256.0.0.1.8.1",
    "127.0.0.1.8.256",
    "/run/rpcbind.sock",
    "a.b.c.d.8.1",
  ])("%j is none", (text) => {
    expect(() => parseUniversalAddress(text)).toThrow(expect.objectContaining({ code: "NAMING_ADDRESS" }));
  });

  test("a sockaddr goes there and back; what is none gives nothing", () => {
    for (const text of ["127.0.0.1.8.1", "::1.8.1", "2001:db8::5:0:1.0.111", "::.1.1"]) {
      expect(fromSocketAddress(toSocketAddress(text))).toBe(text);
    }
    expect(toSocketAddress("rubbish").buf).toHaveLength(0);
    expect(fromSocketAddress({ maxlen: 3, buf: new Uint8Array(3) })).toBe("");
    expect(fromSocketAddress({ maxlen: 16, buf: new Uint8Array(16).fill(9) })).toBe("");
    expect([...toSocketAddress("127.0.0.1.8.1").buf.subarray(0, 8)]).toEqual([2, 0, 8, 1, 127, 0, 0, 1]);
  });
});

test("programs have names and numbers", () => {
  expect(programName(NFS)).toBe("nfs");
  expect([programNumber("NFS"), programNumber("100003"), programNumber("0x186a3")]).toEqual([NFS, NFS, NFS]);
  expect([programNumber("nothing"), programNumber("4294967296")]).toEqual([undefined, undefined]);
});

/** An rpcbind on a node of its own, asked from that node and from another. */
async function scenario<T>(
  run: (parts: {
    local: World;
    remote: World;
    rpcbind: RpcbindServer;
    ip: string;
    sim: Simulation;
  }) => Promise<T>,
): Promise<T> {
  const sim = new Simulation({ seed: 5 });
  const [server, client] = [sim.node("server"), sim.node("client")];
  return sim.run(async () => {
    const rpcbind = new RpcbindServer(server.world);
    await rpcbind.listen({ host: "0.0.0.0" });
    return run({ local: server.world, remote: client.world, rpcbind, ip: server.ip, sim });
  });
}

const mapping = (netid: "tcp" | "udp", port: number, host = "0.0.0.0", version = 3) => ({
  program: NFS,
  version,
  netid,
  address: { host, port },
});

describe("the rpcbind that is embedded", () => {
  test("lists itself in all versions, and what is registered, with addresses that the caller can reach", () =>
    scenario(async ({ remote, rpcbind, ip }) => {
      expect(rpcbind.register(mapping("tcp", 2049))).toBe(true);
      const client = new RpcbindClient(remote, { host: ip });
      const found = await client.list();
      expect(found.map(({ program, version, netid }) => `${program} ${version} ${netid}`)).toEqual([
        "100000 4 tcp",
        "100000 4 udp",
        "100000 3 tcp",
        "100000 3 udp",
        "100000 2 tcp",
        "100000 2 udp",
        "100003 3 tcp",
      ]);
      expect(await client.find(NFS, 3, "tcp")).toEqual({ host: ip, port: 2049 });
      expect(await client.find(NFS, 3, "udp")).toBeUndefined();
      expect(await client.findPort(NFS, 3, "tcp")).toBe(2049);
      expect(await client.time()).toBe(remote.clock.wall().seconds);
      await client.close();
      expect(await locate(remote, ip, NFS, 3, "tcp")).toBe(2049);
      await expect(locate(remote, ip, NFS, 3, "udp")).rejects.toMatchObject({
        code: "NAMING_NOT_REGISTERED",
      });
    }));

  test("takes registrations from its own machine only, one address for each, until the same caller takes it back", () =>
    scenario(async ({ local, remote, rpcbind, ip }) => {
      const near = new RpcbindClient(local, { host: "127.0.0.1" });
      const far = new RpcbindClient(remote, { host: ip });
      expect(await far.set(mapping("tcp", 2049))).toBe(false);
      expect(await near.set(mapping("tcp", 2049))).toBe(true);
      expect(await near.set(mapping("tcp", 2049))).toBe(true);
      expect(await near.set(mapping("tcp", 2050))).toBe(false);
      expect(await far.unset(mapping("tcp", 2049))).toBe(false);
      expect(await far.findPort(NFS, 3, "tcp")).toBe(2049);
      expect(await near.unset(mapping("tcp", 2049))).toBe(true);
      expect(await near.unset(mapping("tcp", 2049))).toBe(false);
      rpcbind.register(mapping("udp", 2049));
      expect(await near.unset(mapping("udp", 2049))).toBe(false);
      expect(rpcbind.unregister(mapping("udp", 2049))).toBe(true);
      expect(await near.set({ ...mapping("tcp", 1), program: 100_000, version: 9 })).toBe(false);
      await near.close();
      await far.close();
    }));

  test("version 2 sets, finds and lists ports; an unknown version of a program finds another", () =>
    scenario(async ({ local }) => {
      const rpc = new RpcClient(local, { host: "127.0.0.1", port: 111, transport: "udp" });
      const v2 = new PMAP_VERS_Client(rpc);
      const map = (vers: number, prot: number, port: number) => ({ prog: NFS, vers, prot, port });
      expect(await v2.PMAPPROC_SET(map(3, 6, 2049))).toBe(true);
      expect(await v2.PMAPPROC_SET(map(3, 17, 2049))).toBe(true);
      expect(await v2.PMAPPROC_SET(map(3, 99, 2049))).toBe(false);
      expect(await v2.PMAPPROC_SET(map(4, 6, 70_000))).toBe(false);
      expect(await v2.PMAPPROC_GETPORT(map(3, 6, 0))).toBe(2049);
      expect(await v2.PMAPPROC_GETPORT(map(2, 17, 0))).toBe(2049);
      expect(await v2.PMAPPROC_GETPORT({ ...map(3, 6, 0), prog: 5 })).toBe(0);
      const list = await v2.PMAPPROC_DUMP();
      expect(list?.map).toMatchObject({ prog: 100_000, prot: 6, port: 111 });
      expect(await v2.PMAPPROC_UNSET(map(3, 0, 0))).toBe(true);
      expect(await v2.PMAPPROC_GETPORT(map(3, 17, 0))).toBe(0);
      await rpc.close();
    }));

  test("calls nobody on behalf of another: CALLIT is not answered, INDIRECT is refused", () =>
    scenario(async ({ remote, rpcbind, ip }) => {
      rpcbind.register(mapping("udp", 2049));
      const rpc = new RpcClient(remote, { host: ip, port: 111, transport: "udp", timeoutMs: 3000 });
      const args = { prog: 100_000, vers: 2, proc: 0, args: new Uint8Array(0) };
      await expect(new PMAP_VERS_Client(rpc).PMAPPROC_CALLIT(args)).rejects.toMatchObject({
        code: "RPC_TIMEOUT",
      });
      const v4 = new RPCBVERS4_Client(rpc);
      await expect(v4.RPCBPROC_BCAST(args)).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      await expect(v4.RPCBPROC_INDIRECT(args)).rejects.toMatchObject({ code: "RPC_PROC_UNAVAIL" });
      await rpc.close();
    }));

  test("version 4 tells exact versions, all transports, and what it counted", () =>
    scenario(async ({ remote, rpcbind, ip }) => {
      rpcbind.register(mapping("tcp", 2049));
      rpcbind.register(mapping("udp", 2050));
      const rpc = new RpcClient(remote, { host: ip, port: 111 });
      const v4 = new RPCBVERS4_Client(rpc);
      const wanted = (r_vers: number) => ({ r_prog: NFS, r_vers, r_netid: "", r_addr: "", r_owner: "" });
      expect(await v4.RPCBPROC_GETVERSADDR(wanted(3))).toBe(`${ip}.8.1`);
      expect(await v4.RPCBPROC_GETVERSADDR(wanted(2))).toBe("");
      expect(await v4.RPCBPROC_GETADDR(wanted(2))).toBe(`${ip}.8.1`);
      const list = await v4.RPCBPROC_GETADDRLIST(wanted(3));
      expect(list?.rpcb_entry_map).toMatchObject({ r_nc_netid: "tcp", r_nc_semantics: 3, r_nc_proto: "tcp" });
      expect(list?.rpcb_entry_next?.rpcb_entry_map).toMatchObject({
        r_nc_netid: "udp",
        r_maddr: `${ip}.8.2`,
      });
      expect(await v4.RPCBPROC_TADDR2UADDR(await v4.RPCBPROC_UADDR2TADDR("1.2.3.4.5.6"))).toBe("1.2.3.4.5.6");
      const [, , counted] = await v4.RPCBPROC_GETSTAT();
      expect(counted?.info[9]).toBe(2);
      expect(counted?.addrinfo).toMatchObject({ prog: NFS, vers: 3, netid: "tcp", success: 1, failure: 0 });
      await rpc.close();
    }));

  test("holds MAX_REGISTRATIONS and refuses more; a client decodes them all", () =>
    scenario(async ({ remote, rpcbind, ip }) => {
      const own = 6;
      for (let version = 0; version < MAX_REGISTRATIONS - own; version++) {
        expect(rpcbind.register(mapping("tcp", 2049, ip, version))).toBe(true);
      }
      expect(rpcbind.register(mapping("udp", 2049))).toBe(false);
      const client = new RpcbindClient(remote, { host: ip });
      expect(await client.list()).toHaveLength(MAX_REGISTRATIONS);
      await client.close();
    }));
});

describe("Registration", () => {
  const programs = [{ program: NFS, version: 3 }];

  test("registers, registers again after rpcbind restarted, and is gone after close", async () => {
    const sim = new Simulation({ seed: 6 });
    await sim.run(async () => {
      const { world } = sim.node("server");
      let rpcbind = new RpcbindServer(world);
      await rpcbind.listen();
      const address = { host: "0.0.0.0", port: 2049 };
      const registration = await Registration.register(world, { programs, address });
      const port = async () => {
        const client = new RpcbindClient(world, { host: "127.0.0.1" });
        const found = await client.findPort(NFS, 3, "udp");
        await client.close();
        return found;
      };
      expect(await port()).toBe(2049);
      await rpcbind.close();
      await sim.sleep(90_000);
      rpcbind = new RpcbindServer(world);
      await rpcbind.listen();
      expect(await port()).toBeUndefined();
      await sim.sleep(60_000);
      expect(await port()).toBe(2049);
      await registration.close();
      expect(await port()).toBeUndefined();
      await rpcbind.close();
      await sim.sleep(200_000);
      expect(sim.trace.tail(10_000)).toContain("naming.refresh-failed");
    });
  });

  test("a program that another server took meanwhile does not keep the others from being registered again", async () => {
    const sim = new Simulation({ seed: 10 });
    await sim.run(async () => {
      const { world } = sim.node("server");
      const first = new RpcbindServer(world);
      await first.listen();
      const both = [{ program: NFS, version: 3 }, ...[1, 3].map((version) => ({ program: MOUNT, version }))];
      const address = { host: "0.0.0.0", port: 2049 };
      const registration = await Registration.register(world, { programs: both, address });
      await first.close();
      const rival = new RpcServer(world);
      rival.add({ contract: { name: "MOUNT", program: MOUNT, version: 1, procedures: [] }, handlers: [] });
      await rival.listen({ host: "0.0.0.0", port: 3333 });
      const second = new RpcbindServer(world);
      await second.listen();
      const near = new RpcbindClient(world, { host: "127.0.0.1" });
      await near.set({ ...mapping("tcp", 3333, "0.0.0.0", 1), program: MOUNT });
      await sim.sleep(3.5 * 60_000);
      const found = async (program: number, version: number, netid: "tcp" | "udp") =>
        (await near.find(program, version, netid))?.port;
      expect(await found(NFS, 3, "tcp")).toBe(2049);
      expect(await found(MOUNT, 1, "tcp")).toBe(3333);
      expect(await found(MOUNT, 1, "udp")).toBe(2049);
      expect(await found(MOUNT, 3, "tcp")).toBe(2049);
      const told = sim.trace.tail(100_000).match(/naming\.refresh-failed.*/g);
      expect(told).toHaveLength(1);
      expect(told?.[0]).toContain("program 100005 version 1 (tcp) is registered at");
      await registration.close();
      expect(await found(MOUNT, 3, "tcp")).toBeUndefined();
      await near.close();
      await rival.close();
      await second.close();
    });
  });

  test("does not take away what is another server's since rpcbind restarted", async () => {
    const sim = new Simulation({ seed: 9 });
    await sim.run(async () => {
      const { world } = sim.node("server");
      const first = new RpcbindServer(world);
      await first.listen();
      const address = { host: "0.0.0.0", port: 2049 };
      const registration = await Registration.register(world, { programs, address, transports: ["tcp"] });
      await first.close();
      const second = new RpcbindServer(world);
      await second.listen();
      const near = new RpcbindClient(world, { host: "127.0.0.1" });
      await near.set(mapping("tcp", 3333));
      await registration.close();
      expect(await near.find(NFS, 3, "tcp")).toMatchObject({ port: 3333 });
      await near.close();
      await second.close();
    });
  });

  test("without an rpcbind it fails at once, and says so", async () => {
    const sim = new Simulation({ seed: 7 });
    const { world } = sim.node("server");
    const address = { host: "0.0.0.0", port: 2049 };
    await expect(sim.run(() => Registration.register(world, { programs, address }))).rejects.toMatchObject({
      code: "NAMING_NO_RPCBIND",
    });
  });

  test("what a dead server left is replaced; a living one's is not, and nothing is left half registered", async () => {
    const sim = new Simulation({ seed: 8 });
    await sim.run(async () => {
      const { world } = sim.node("server");
      const rpcbind = new RpcbindServer(world);
      await rpcbind.listen();
      const near = new RpcbindClient(world, { host: "127.0.0.1" });
      await near.set(mapping("tcp", 1111));
      const register = (port: number) =>
        Registration.register(world, {
          programs,
          address: { host: "0.0.0.0", port },
          transports: ["udp", "tcp"],
        });
      const first = await register(2049);
      expect(await near.find(NFS, 3, "tcp")).toMatchObject({ port: 2049 });
      await first.close();

      const alive = new RpcServer(world);
      alive.add({ contract: { name: "NFS", program: NFS, version: 3, procedures: [] }, handlers: [] });
      await alive.listen({ host: "0.0.0.0", port: 3333 });
      await near.set(mapping("tcp", 3333));
      await expect(register(2049)).rejects.toMatchObject({ code: "NAMING_TAKEN" });
      expect(await near.find(NFS, 3, "tcp")).toMatchObject({ port: 3333 });
      expect(await near.find(NFS, 3, "udp")).toBeUndefined();
      await near.close();
      await alive.close();
      await rpcbind.close();
    });
  });
});
