import { describe, expect, test } from "vitest";
import { handleOf, noChange } from "../../../test/support/volume-entries.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { NO_REPLY, type RpcCall, RpcReject } from "../../rpc/index.ts";
import { type SimNode, Simulation } from "../../sim/index.ts";
import { NFS_V2_contract } from "../nfs/gen/nfs2.gen.ts";
import { NFS_V3_contract } from "../nfs/gen/nfs3.gen.ts";
import { createVolumeServices } from "./front.ts";
import { refusal } from "./refusal.ts";
import type { Answer, VolumeCall } from "./volume-call.ts";

const FILE = handleOf(9, 3);

interface Asked {
  readonly id: Uint8Array | "root";
  readonly call: VolumeCall;
}

/** The services over a volume that gives one answer to everything. */
function bench(given: Answer | (() => Answer), isKnown = true, world?: SimNode["world"]) {
  const answer = typeof given === "function" ? given : () => given;
  const asked: Asked[] = [];
  const desk = (id: Uint8Array | "root") => ({
    submit: async (call: VolumeCall): Promise<Answer> => {
      asked.push({ id, call });
      return answer();
    },
  });
  const services = createVolumeServices({
    ...(world !== undefined && { world }),
    root: () => desk("root"),
    find: (id) => (isKnown ? desk(id) : undefined),
    named: (name) => (name === "mail" ? desk(Uint8Array.of(1)) : undefined),
    names: () => ["mail", "logs"],
    exports: [
      { from: "10.0.0.1", access: "rw" },
      { from: "10.0.0.2", access: "ro", squash: "none" },
    ],
  });
  const serve = async (
    program: number,
    version: number,
    procedure: number,
    args: unknown,
    host = "10.0.0.1",
  ) => {
    const { contract, handlers } = services.find(
      ({ contract }) => contract.program === program && contract.version === version,
    ) as (typeof services)[0];
    const generated = version === 2 ? NFS_V2_contract : program === 100_003 ? NFS_V3_contract : contract;
    const w = new XdrWriter(256);
    (generated.procedures[procedure] as { args: { encode(w: XdrWriter, v: unknown): void } }).args.encode(
      w,
      args,
    );
    const message = w.detach(0);
    const decoded = contract.procedures[procedure]?.args.decode(new XdrReader(message));
    const call = {
      xid: 7,
      credential: { flavor: "sys", stamp: 0, machine: "m", uid: 0, gid: 5, gids: [0, 6] },
      remote: { host, port: 1000 },
      transport: "tcp",
      message,
    } as unknown as RpcCall;
    const handler = handlers[procedure] as (args: unknown, call: RpcCall) => unknown;
    return handler(decoded, call);
  };
  return {
    asked,
    serve,
    nfs3: (procedure: number, args: unknown, host?: string) => serve(100_003, 3, procedure, args, host),
  };
}

const write = { file: FILE, offset: 0n, count: 1, stable: 0, data: Uint8Array.of(1) };
const read = { file: FILE, offset: 0n, count: 1 };

describe("the services of a node", () => {
  test("bring a call to the volume of its handle, with its arguments as they came and the user that the rules make", async () => {
    const { asked, nfs3 } = bench(Uint8Array.of(1, 2, 3, 4));
    expect(await nfs3(7, write)).toEqual(Uint8Array.of(1, 2, 3, 4));
    const [{ id, call } = { id: "root", call: undefined }] = asked;
    expect(id).toEqual(FILE.subarray(0, 16));
    expect(call).toMatchObject({ version: 3, procedure: 7, isReadOnly: false, transport: "tcp" });
    expect(call?.credentials).toEqual({ uid: 65534, gid: 5, groups: [65534, 6] });
    const w = new XdrWriter(64);
    (
      NFS_V3_contract.procedures[7] as unknown as { args: { encode(w: XdrWriter, v: unknown): void } }
    ).args.encode(w, write);
    expect(call?.args).toEqual(w.encoded());
  });

  test("tell a retry by the whole message and the caller's address", async () => {
    const { asked, nfs3 } = bench(new Uint8Array(4));
    for (const [args, host] of [
      [write, "10.0.0.1"],
      [write, "10.0.0.1"],
      [{ ...write, offset: 1n }, "10.0.0.1"],
      [write, "10.0.0.2"],
    ] as const) {
      await nfs3(7, args, host);
    }
    const names = asked.map(({ call }) => `${call.identity.high} ${call.identity.low}`);
    expect(names[1]).toBe(names[0]);
    expect(new Set(names).size).toBe(3);
  });

  test("admit by address, and tell who may only read", async () => {
    const { asked, nfs3 } = bench(new Uint8Array(4));
    await expect(nfs3(1, { object: FILE }, "10.9.9.9")).rejects.toBeInstanceOf(RpcReject);
    await nfs3(7, write, "10.0.0.2");
    expect(asked.map(({ call }) => call.isReadOnly)).toEqual([true]);
    expect(asked[0]?.call.credentials.uid).toBe(0);
  });

  test("answer JUKEBOX for a read that has to wait, and nothing for what changes something", async () => {
    const later = bench("later");
    const reply = resultOf(6, await later.nfs3(6, read));
    expect(reply.status).toBe(10_008);
    expect(await later.nfs3(7, write)).toBe(NO_REPLY);
    expect(
      await later.nfs3(8, {
        where: { dir: FILE, name: Uint8Array.of(1) },
        how: { mode: 0, obj_attributes: noChange },
      }),
    ).toBe(NO_REPLY);
    // Whose export is read-only changes nothing.
    expect(resultOf(7, await later.nfs3(7, write, "10.0.0.2")).status).toBe(10_008);
    expect(resultOf(21, await later.nfs3(21, read)).status).toBe(10_008);
    // Nothing hangs on what became of a read.
    expect(resultOf(6, await bench("unknown").nfs3(6, read)).status).toBe(10_008);
    expect(await bench("unknown").nfs3(7, write)).toBe(NO_REPLY);
    expect(await later.serve(100_003, 2, 1, FILE)).toBe(NO_REPLY);
  });

  test("know handles that no server made, and volumes that there are not", async () => {
    const { nfs3 } = bench(new Uint8Array(4));
    expect(resultOf(1, await nfs3(1, { object: Uint8Array.of(1, 2) })).status).toBe(10_001);
    const none = bench(new Uint8Array(4), false);
    expect(resultOf(1, await none.nfs3(1, { object: FILE })).status).toBe(70);
    const v2 = new XdrReader((await none.serve(100_003, 2, 1, FILE)) as Uint8Array);
    expect(v2.uint()).toBe(70);
    v2.finish();
  });

  test("refuse arguments that are none before anybody is asked", async () => {
    const services = createVolumeServices({ root: () => undefined, find: () => undefined });
    for (const { contract } of services.slice(0, 2)) {
      for (const { name, args } of contract.procedures) {
        if (/_(NULL|ROOT|WRITECACHE)$/.test(name)) continue;
        expect(() => args.decode(new XdrReader(Uint8Array.of(0, 0, 0, 64)))).toThrow(/XDR|needs|bytes/);
      }
    }
  });

  test("refuse arguments that are longer than any that a server of files offers to take", async () => {
    const { nfs3, asked } = bench(new Uint8Array(4));
    const data = new Uint8Array(2_000_000);
    const reply = await nfs3(7, { ...write, count: data.length, data });
    expect(resultOf(7, reply).status).toBe(22);
    expect(asked).toEqual([]);
  });

  test("try again what they would leave without an answer, and give up after half a minute", async () => {
    const sim = new Simulation({ seed: 1 });
    const { world } = sim.node("n");
    await sim.run(async () => {
      let fromMs = sim.nowMs + 2000;
      const done = (bytes: Uint8Array, before: Answer) => () => (sim.nowMs < fromMs ? before : bytes);
      const changed = bench(done(new Uint8Array(4), "later"), true, world);
      expect(await changed.nfs3(7, write)).toEqual(new Uint8Array(4));
      expect(sim.nowMs - fromMs).toBeLessThan(1000);
      const names = changed.asked.map(({ call }) => `${call.identity.high} ${call.identity.low}`);
      expect(names.length).toBeGreaterThan(3);
      expect(new Set(names).size).toBe(1);

      fromMs = sim.nowMs + 2000;
      const mounted = bench(done(found(FILE, ""), "unknown"), true, world);
      expect(await mounted.serve(100_005, 3, 1, Uint8Array.of(0x2f))).toMatchObject({ fhs_status: 0 });
      expect(sim.nowMs - fromMs).toBeLessThan(1000);
      fromMs = sim.nowMs + 2000;
      const second = bench(done(new Uint8Array(4), "elsewhere"), true, world);
      expect(await second.serve(100_003, 2, 1, FILE)).toEqual(new Uint8Array(4));

      const beforeMs = sim.nowMs;
      const never = bench("later", true, world);
      expect(resultOf(6, await never.nfs3(6, read)).status).toBe(10_008);
      // A replica has tried that for as long as it may.
      expect(await bench("unknown", true, world).nfs3(7, write)).toBe(NO_REPLY);
      expect(sim.nowMs).toBe(beforeMs);
      expect(await never.serve(100_005, 3, 1, Uint8Array.of(0x2f))).toBe(NO_REPLY);
      expect(await never.nfs3(7, write)).toBe(NO_REPLY);
      expect(sim.nowMs - beforeMs).toBeLessThan(61_000);
    });
  });

  test("find directories for MOUNT in the root volume, or say why not", async () => {
    const path = Uint8Array.of(0x2f);
    const good = bench(found(FILE, ""));
    expect(await good.serve(100_005, 3, 1, path)).toMatchObject({
      fhs_status: 0,
      mountinfo: { fhandle: FILE },
    });
    expect(good.asked[0]).toMatchObject({ id: "root", call: { version: 0, args: path } });
    expect(await bench(found(new Uint8Array(0), "NOTDIR")).serve(100_005, 3, 1, path)).toEqual({
      fhs_status: 20,
    });
    expect(await good.serve(100_005, 3, 1, path, "10.9.9.9")).toEqual({ fhs_status: 13 });
    expect(await bench("later").serve(100_005, 3, 1, path)).toBe(NO_REPLY);
  });

  test("find directories of a volume that the path names; where there is none of the name, it is the root's", async () => {
    const { asked, serve } = bench("later");
    const began = async (path: string) => {
      await serve(100_005, 3, 1, new TextEncoder().encode(path));
      const { id, call } = asked.at(-1) as Asked;
      return [id, new TextDecoder().decode(call.args)];
    };
    expect(await began("/@mail/new")).toEqual([Uint8Array.of(1), "/new"]);
    expect(await began("/@post/new")).toEqual(["root", "/@post/new"]);
    expect(await began("/new/@mail")).toEqual(["root", "/new/@mail"]);
  });

  test("tell by EXPORT what can be mounted, to whom", async () => {
    const { serve } = bench("later");
    const group = (name: string) => ({ gr_name: new TextEncoder().encode(name) });
    const groups = { ...group("10.0.0.1"), gr_next: { ...group("10.0.0.2"), gr_next: null } };
    const told: unknown[] = [];
    type Node = { ex_dir: Uint8Array; ex_groups: unknown; ex_next: Node | null };
    for (let at = (await serve(100_005, 3, 5, undefined)) as Node | null; at !== null; at = at.ex_next) {
      told.push(new TextDecoder().decode(at.ex_dir));
      expect(at.ex_groups).toEqual(groups);
    }
    expect(told).toEqual(["/", "/@mail", "/@logs"]);
  });

  test("make refusals that clients can read, of every procedure", () => {
    for (const { number } of NFS_V3_contract.procedures) {
      if (number === 0) continue;
      const bytes = refusal(3, number, 10_008);
      expect(resultOf(number, bytes).status).toBe(10_008);
    }
  });
});

/** What a volume tells of a path. */
function found(handle: Uint8Array, reason: string): Uint8Array {
  const w = new XdrWriter(64);
  w.opaque(handle);
  w.string(reason);
  w.opaque(new Uint8Array(0));
  return w.detach(0);
}

function resultOf(procedure: number, bytes: unknown): { status: number } {
  const r = new XdrReader(bytes as Uint8Array);
  const { result } = NFS_V3_contract.procedures[procedure] as unknown as {
    result: { decode(r: XdrReader): { status: number } };
  };
  const value = result.decode(r);
  r.finish();
  return value;
}
