/**
 * A client of a replicated volume that does one thing after the other, by whichever node answers. It asks again until it is
 * answered, as NFS clients do: the same call while nobody answers, a new one after JUKEBOX.
 */

import { MOUNT_V3_contract, type mountres3 } from "../../src/files/nfs/gen/mount.gen.ts";
import type {
  COMMIT3res,
  CREATE3res,
  LINK3res,
  LOOKUP3res,
  READ3res,
  REMOVE3res,
  RENAME3res,
  SETATTR3res,
  sattr3,
  WRITE3res,
} from "../../src/files/nfs/gen/nfs3.gen.ts";
import { NFS_V3_contract, type nfsstat3, stable_how } from "../../src/files/nfs/gen/nfs3.gen.ts";
import type { Procedure } from "../../src/marshal/index.ts";
import { sleep, type World } from "../../src/world/index.ts";
import type { FailoverCaller } from "../support/failover-caller.ts";

const JUKEBOX = 10_008;
const NOSPC = 28;
const RETRY_MS = 250;
const UNCHECKED = 0;
const GUARDED = 1;
/** SETATTR, CREATE, REMOVE, RENAME, LINK; a WRITE is made anew when unstable writes were lost, and its old call never done. */
const CHANGING: ReadonlySet<number> = new Set([2, 8, 12, 14, 15]);

const noChange: sattr3 = {
  mode: { set_it: false },
  uid: { set_it: false },
  gid: { set_it: false },
  size: { set_it: false },
  atime: { set_it: 0 },
  mtime: { set_it: 0 },
};

const EMPTY: sattr3 = { ...noChange, size: { set_it: true, size: 0n } };

const STATUS: Readonly<Record<number, string>> = { 0: "OK", 2: "NOENT", 17: "EXIST", 70: "STALE" };

export function statusText(status: nfsstat3): string {
  const text = STATUS[status];
  if (text === undefined) throw new Error(`an answer of status ${status}`);
  return text;
}

export class VolumeClient {
  readonly #world: World;
  readonly #caller: FailoverCaller;
  /** The node that is asked first. */
  node = 0;
  root: Uint8Array = new Uint8Array(0);

  constructor(world: World, caller: FailoverCaller) {
    this.#world = world;
    this.#caller = caller;
  }

  /** What was answered for sure. JUKEBOX, and want of room, are answers that nothing happened. */
  async #call<Result extends { status: number }>(number: number, args: unknown): Promise<Result> {
    const procedure = NFS_V3_contract.procedures[number] as unknown as Procedure<unknown, Result>;
    for (;;) {
      const result = await this.#caller.call(NFS_V3_contract, procedure, args, this.node);
      if (result.status === JUKEBOX && CHANGING.has(number)) {
        throw new Error(`procedure ${number} is answered JUKEBOX: a copy of it may still be on its way`);
      }
      if (result.status !== JUKEBOX && result.status !== NOSPC) return result;
      this.node++;
      await sleep(this.#world.timers, RETRY_MS);
    }
  }

  async mount(): Promise<void> {
    const procedure = MOUNT_V3_contract.procedures[1] as unknown as Procedure<Uint8Array, mountres3>;
    const reply = await this.#caller.call(MOUNT_V3_contract, procedure, Uint8Array.of(0x2f), this.node);
    if (reply.fhs_status !== 0) throw new Error(`MNT was answered with ${reply.fhs_status}`);
    this.root = reply.mountinfo.fhandle;
  }

  #where(name: string, dir: Uint8Array = this.root): { dir: Uint8Array; name: Uint8Array } {
    return { dir, name: bytes(name) };
  }

  /** The handle, or why not. */
  async create(name: string): Promise<Uint8Array | string> {
    const how = { mode: GUARDED, obj_attributes: noChange };
    const result = await this.#call<CREATE3res>(8, { where: this.#where(name), how });
    if (result.status !== 0) return statusText(result.status);
    if (!result.resok.obj.handle_follows) throw new Error("CREATE was answered without a handle");
    return result.resok.obj.handle;
  }

  /** Cuts a file that there is to nothing, as a client that opens it with O_TRUNC does. "OK", or why not. */
  async createEmpty(name: string): Promise<string> {
    const how = { mode: UNCHECKED, obj_attributes: EMPTY };
    return statusText((await this.#call<CREATE3res>(8, { where: this.#where(name), how })).status);
  }

  /** The same by SETATTR. */
  async cut(file: Uint8Array): Promise<string> {
    const args = { object: file, new_attributes: EMPTY, guard: { check: false } };
    return statusText((await this.#call<SETATTR3res>(2, args)).status);
  }

  async lookup(name: string, dir?: Uint8Array): Promise<Uint8Array | string> {
    const result = await this.#call<LOOKUP3res>(3, { what: this.#where(name, dir) });
    return result.status === 0 ? result.resok.object : statusText(result.status);
  }

  async remove(name: string): Promise<string> {
    return statusText((await this.#call<REMOVE3res>(12, { object: this.#where(name) })).status);
  }

  async rename(from: string, to: string): Promise<string> {
    const result = await this.#call<RENAME3res>(14, { from: this.#where(from), to: this.#where(to) });
    return statusText(result.status);
  }

  async link(file: Uint8Array, name: string): Promise<string> {
    return statusText((await this.#call<LINK3res>(15, { file, link: this.#where(name) })).status);
  }

  /** The data, or why not. */
  async read(file: Uint8Array, offset = 0, count = 4096): Promise<Uint8Array | string> {
    const result = await this.#call<READ3res>(6, { file, offset: BigInt(offset), count });
    return result.status === 0 ? result.resok.data : statusText(result.status);
  }

  /** The verifier, or why not. */
  async write(
    file: Uint8Array,
    offset: number,
    data: Uint8Array,
    stable: stable_how = stable_how.FILE_SYNC,
  ): Promise<Uint8Array | string> {
    const args = { file, offset: BigInt(offset), count: data.length, stable, data };
    const result = await this.#call<WRITE3res>(7, args);
    return result.status === 0 ? result.resok.verf : statusText(result.status);
  }

  /** The verifier, or why not. */
  async commit(file: Uint8Array): Promise<Uint8Array | string> {
    const result = await this.#call<COMMIT3res>(21, { file, offset: 0n, count: 0 });
    return result.status === 0 ? result.resok.verf : statusText(result.status);
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
