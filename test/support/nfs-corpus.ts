/** One valid call of every procedure of NFS v2 and v3 and of MOUNT v1 to v3, as whole RPC messages. */
import * as mount from "../../src/files/nfs/gen/mount.gen.ts";
import * as v2 from "../../src/files/nfs/gen/nfs2.gen.ts";
import * as v3 from "../../src/files/nfs/gen/nfs3.gen.ts";
import { type Contract, type Procedure, XdrWriter } from "../../src/marshal/index.ts";
import { bytes, sattr } from "./nfs-site.ts";

export interface CorpusCall {
  /** `NFS_V3.NFSPROC3_GETATTR`. */
  readonly name: string;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  /** Bytes before the arguments. */
  readonly headerBytes: number;
  readonly message: Uint8Array;
}

export function encodeCall(contract: Contract, procedure: Procedure, args: unknown, xid = 1): CorpusCall {
  const w = new XdrWriter();
  for (const word of [xid, 0, 2, contract.program, contract.version, procedure.number]) w.uint(word);
  const credential = new XdrWriter();
  credential.uint(7);
  credential.opaque(bytes("corpus"));
  for (const word of [0, 0, 2, 4, 24]) credential.uint(word);
  w.uint(1);
  w.opaque(credential.encoded());
  for (const word of [0, 0]) w.uint(word);
  const headerBytes = w.position;
  procedure.args.encode(w, args);
  return {
    name: `${contract.name}.${procedure.name}`,
    program: contract.program,
    version: contract.version,
    procedure: procedure.number,
    headerBytes,
    message: w.encoded().slice(),
  };
}

/** Arguments of every procedure, in the order of their numbers; void is undefined. */
function argumentsOf(dir: Uint8Array, file: Uint8Array): Map<Contract, readonly unknown[]> {
  const at = (name: string) => ({ dir, name: bytes(name) });
  const initial = sattr({ mode: 0o644, uid: 1, gid: 2, size: 3 });
  const noVerifier = new Uint8Array(8);
  const time = { set_it: 2, mtime: { seconds: 5, nseconds: 6 } } as const;
  const guard = { check: true, obj_ctime: { seconds: 1, nseconds: 2 } } as const;
  const device = { dev_attributes: initial, spec: { specdata1: 1, specdata2: 2 } };
  const io = { file, offset: 0n, count: 512 };
  const list = { dir, cookie: 0n, cookieverf: noVerifier };
  const third: unknown[] = [
    undefined,
    { object: file },
    { object: file, new_attributes: { ...initial, mtime: time }, guard },
    { what: at("file") },
    { object: file, access: 0x3f },
    { symlink: file },
    io,
    { ...io, stable: 2, data: new Uint8Array(512).fill(3) },
    { where: at("created"), how: { mode: 0, obj_attributes: initial } },
    { where: at("made"), attributes: initial },
    { where: at("linked"), symlink: { symlink_attributes: initial, symlink_data: bytes("target") } },
    { where: at("node"), what: { type: v3.ftype3.NF3CHR, device } },
    { object: at("removed") },
    { object: at("rmdir") },
    { from: at("from"), to: at("to") },
    { file, link: at("hard") },
    { ...list, count: 4096 },
    { ...list, dircount: 4096, maxcount: 8192 },
    { fsroot: dir },
    { fsroot: dir },
    { object: dir },
    io,
  ];
  const keep = { seconds: 1, useconds: 2 };
  const attributes = { mode: 0o644, uid: 1, gid: 2, size: 3, atime: keep, mtime: keep };
  const second: unknown[] = [
    undefined,
    file,
    { file, attributes },
    undefined,
    at("file"),
    file,
    { file, offset: 0, count: 512, totalcount: 0 },
    undefined,
    { file, beginoffset: 0, offset: 1, totalcount: 0, data: new Uint8Array(100).fill(4) },
    { where: at("created2"), attributes },
    at("removed2"),
    { from: at("from2"), to: at("to2") },
    { from: file, to: at("hard2") },
    { from: at("linked2"), to: bytes("target"), attributes },
    { where: at("made2"), attributes },
    at("rmdir2"),
    { dir, cookie: new Uint8Array(4), count: 4096 },
    dir,
  ];
  const path = bytes("/");
  return new Map<Contract, readonly unknown[]>([
    [v3.NFS_V3_contract, third],
    [v2.NFS_V2_contract, second],
    [mount.MOUNT_V1_contract, [undefined, path, undefined, path, undefined, undefined, undefined]],
    [mount.MOUNT_V2_contract, [undefined, path, undefined, path, undefined, undefined, undefined, path]],
    [mount.MOUNT_V3_contract, [undefined, path, undefined, path, undefined, undefined]],
  ]);
}

/** @param dir a directory's handle, of 32 bytes. @param file a file's. */
export function corpus(dir: Uint8Array, file: Uint8Array): CorpusCall[] {
  const calls: CorpusCall[] = [];
  for (const [contract, values] of argumentsOf(dir, file)) {
    for (const procedure of contract.procedures) {
      calls.push(encodeCall(contract, procedure, values[procedure.number], calls.length + 1));
    }
  }
  return calls;
}
