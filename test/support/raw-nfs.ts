/**
 * NFS 3 by plain calls, without a client's cache, gathering or repair: what was answered is what the server said.
 * Anything but success is thrown, with the procedure and the status.
 */
import { MOUNT_V3_Client } from "../../src/files/nfs/gen/mount.gen.ts";
import {
  type fattr3,
  NFS_V3_Client,
  type nfs_fh3,
  type sattr3,
  stable_how,
} from "../../src/files/nfs/gen/nfs3.gen.ts";
import type { Caller } from "../../src/marshal/index.ts";
import { RpcClient } from "../../src/rpc/index.ts";
import type { World } from "../../src/world/index.ts";

export type Handle = nfs_fh3;

const noChange: sattr3 = {
  mode: { set_it: false },
  uid: { set_it: false },
  gid: { set_it: false },
  size: { set_it: false },
  atime: { set_it: 0 },
  mtime: { set_it: 0 },
};
/** NFS3ERR_NOENT and NFS3ERR_STALE. */
export const NOENT = 2;
export const STALE = 70;

export class NfsFailure extends Error {
  readonly status: number;
  constructor(what: string, status: number) {
    super(`${what} was answered with status ${status}`);
    this.status = status;
  }
}

function ok<T extends { status: number }>(result: T, what: string): Extract<T, { status: 0 }> {
  if (result.status !== 0) throw new NfsFailure(what, result.status);
  return result as Extract<T, { status: 0 }>;
}

function handleOf(made: { handle_follows: boolean; handle?: Handle }, what: string): Handle {
  if (made.handle === undefined) throw new Error(`${what} was answered without a handle`);
  return made.handle.slice();
}

const bytes = (text: string) => new TextEncoder().encode(text);

export interface RawNfsOptions {
  /** What calls go through on their way to the client. */
  readonly through?: (rpc: RpcClient) => Caller;
  /** What is not answered for so long is sent again, over an unbroken connection too. */
  readonly resendMs?: number;
}

export class RawNfs {
  readonly rpc: RpcClient;
  readonly nfs: NFS_V3_Client;
  readonly #mount: MOUNT_V3_Client;

  /** The client connects again after a break and sends what was not answered again, for `timeoutMs`. */
  constructor(world: World, port: number, timeoutMs: number, options: RawNfsOptions = {}) {
    const { through = (rpc) => rpc, resendMs } = options;
    const credential = { flavor: "sys", stamp: 1, machine: "raw", uid: 1000, gid: 1000, gids: [] } as const;
    this.rpc = new RpcClient(world, {
      host: "127.0.0.1",
      port,
      credential,
      timeoutMs,
      ...(resendMs !== undefined && { resendMs }),
    });
    const caller = through(this.rpc);
    this.nfs = new NFS_V3_Client(caller);
    this.#mount = new MOUNT_V3_Client(caller);
  }

  close(): Promise<void> {
    return this.rpc.close();
  }

  async root(): Promise<Handle> {
    const result = await this.#mount.MOUNTPROC3_MNT(bytes("/"));
    if (result.fhs_status !== 0) throw new NfsFailure("MNT", result.fhs_status);
    return result.mountinfo.fhandle.slice();
  }

  async mkdir(dir: Handle, name: string): Promise<Handle> {
    const what = `MKDIR ${name}`;
    const args = { where: { dir, name: bytes(name) }, attributes: noChange };
    return handleOf(ok(await this.nfs.NFSPROC3_MKDIR(args), what).resok.obj, what);
  }

  async create(dir: Handle, name: string): Promise<Handle> {
    const what = `CREATE ${name}`;
    const how = { mode: 1 as const, obj_attributes: noChange };
    const args = { where: { dir, name: bytes(name) }, how };
    return handleOf(ok(await this.nfs.NFSPROC3_CREATE(args), what).resok.obj, what);
  }

  async symlink(dir: Handle, name: string, target: string): Promise<Handle> {
    const what = `SYMLINK ${name}`;
    const symlink = { symlink_attributes: noChange, symlink_data: bytes(target) };
    const args = { where: { dir, name: bytes(name) }, symlink };
    return handleOf(ok(await this.nfs.NFSPROC3_SYMLINK(args), what).resok.obj, what);
  }

  async link(file: Handle, dir: Handle, name: string): Promise<void> {
    ok(await this.nfs.NFSPROC3_LINK({ file, link: { dir, name: bytes(name) } }), `LINK ${name}`);
  }

  async remove(dir: Handle, name: string): Promise<void> {
    ok(await this.nfs.NFSPROC3_REMOVE({ object: { dir, name: bytes(name) } }), `REMOVE ${name}`);
  }

  async rmdir(dir: Handle, name: string): Promise<void> {
    ok(await this.nfs.NFSPROC3_RMDIR({ object: { dir, name: bytes(name) } }), `RMDIR ${name}`);
  }

  async rename(dir: Handle, from: string, to: string): Promise<void> {
    const args = { from: { dir, name: bytes(from) }, to: { dir, name: bytes(to) } };
    ok(await this.nfs.NFSPROC3_RENAME(args), `RENAME ${from} ${to}`);
  }

  async truncate(object: Handle, size: number): Promise<void> {
    const new_attributes: sattr3 = { ...noChange, size: { set_it: true, size: BigInt(size) } };
    ok(
      await this.nfs.NFSPROC3_SETATTR({ object, new_attributes, guard: { check: false } }),
      `SETATTR ${size}`,
    );
  }

  /** All of `data`, durable when it resolves. */
  async writeDurably(file: Handle, offset: number, data: Uint8Array): Promise<void> {
    const { count } = await this.#write(file, offset, data, stable_how.FILE_SYNC);
    if (count !== data.length) throw new Error(`WRITE wrote ${count} of ${data.length} bytes`);
  }

  /** Unstable, then COMMIT, and again when the verifier shows that the server forgot (RFC 1813 section 3.3.21). */
  async writeAndCommit(file: Handle, offset: number, data: Uint8Array): Promise<void> {
    for (;;) {
      const { verf } = await this.#write(file, offset, data, stable_how.UNSTABLE);
      const before = verf.slice();
      const args = { file, offset: BigInt(offset), count: data.length };
      const { resok } = ok(await this.nfs.NFSPROC3_COMMIT(args), "COMMIT");
      if (Buffer.compare(before, resok.verf) === 0) return;
    }
  }

  async #write(file: Handle, offset: number, data: Uint8Array, stable: stable_how) {
    const args = { file, offset: BigInt(offset), count: data.length, stable, data };
    return ok(await this.nfs.NFSPROC3_WRITE(args), `WRITE ${offset}+${data.length}`).resok;
  }

  async lookup(dir: Handle, name: string): Promise<Handle> {
    const args = { what: { dir, name: bytes(name) } };
    return ok(await this.nfs.NFSPROC3_LOOKUP(args), `LOOKUP ${name}`).resok.object.slice();
  }

  async attributes(object: Handle): Promise<fattr3> {
    return ok(await this.nfs.NFSPROC3_GETATTR({ object }), "GETATTR").resok.obj_attributes;
  }

  async statusOf(object: Handle): Promise<number> {
    return (await this.nfs.NFSPROC3_GETATTR({ object })).status;
  }

  async readlink(symlink: Handle): Promise<string> {
    return new TextDecoder().decode(ok(await this.nfs.NFSPROC3_READLINK({ symlink }), "READLINK").resok.data);
  }

  /** The whole file. */
  async read(file: Handle): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (;;) {
      const args = { file, offset: BigInt(offset), count: 65_536 };
      const { data, eof } = ok(await this.nfs.NFSPROC3_READ(args), `READ ${offset}`).resok;
      parts.push(data.slice());
      offset += data.length;
      if (eof) return Uint8Array.from(Buffer.concat(parts));
      if (data.length === 0) throw new Error(`READ at ${offset} gave nothing and no end`);
    }
  }

  /** The names in a directory, without `.` and `..`, sorted. */
  async names(dir: Handle): Promise<string[]> {
    const names: string[] = [];
    let cookie = 0n;
    let cookieverf: Uint8Array = new Uint8Array(8);
    for (;;) {
      const args = { dir, cookie, cookieverf, count: 8192 };
      const { resok } = ok(await this.nfs.NFSPROC3_READDIR(args), "READDIR");
      for (let entry = resok.reply.entries; entry !== null; entry = entry.nextentry) {
        names.push(new TextDecoder().decode(entry.name));
        cookie = entry.cookie;
      }
      if (resok.reply.eof) return names.filter((name) => name !== "." && name !== "..").sort();
      cookieverf = resok.cookieverf.slice();
    }
  }
}
