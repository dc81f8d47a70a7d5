/** NFS version 3 as a service: the compiled contract, with codecs that read and write the volume's own types. */
import {
  type Contract,
  type Procedure,
  type Service,
  type Xdr,
  type XdrReader,
  type XdrWriter,
  xdrVoid,
} from "../../../marshal/index.ts";
import type { RpcCall } from "../../../rpc/index.ts";
import type { Core, Reply } from "../core.ts";
import { NFS_V3_contract } from "../gen/nfs3.gen.ts";
import { ArgsReader } from "./args.ts";
import { commit, read, write } from "./data.ts";
import { list } from "./listing.ts";
import { link, make, remove, rename, rmdir } from "./names.ts";
import { access, getattr, lookup, readlink, setattr } from "./objects.ts";
import { ResultWriter } from "./results.ts";
import { fsinfo, fsstat, pathconf } from "./system.ts";
import { Wire } from "./wire.ts";

/** One procedure: how its arguments are read, what it does, how its result is written. */
interface Row {
  readonly args: Xdr<unknown>;
  readonly result: Xdr<unknown>;
  readonly handler: (args: never, call: RpcCall) => unknown;
}

function row<Args, Result>(
  core: Core,
  decode: (r: XdrReader) => Args,
  run: (core: Core, args: Args, call: RpcCall) => Reply<Result>,
  encode: (w: XdrWriter, result: Result) => void,
): Row {
  return {
    args: { decode, encode: notHere },
    result: { encode: encode as (w: XdrWriter, result: unknown) => void, decode: notHere },
    handler: (args: Args, call: RpcCall) => run(core, args, call),
  };
}

/** A server reads arguments and writes results; the generated client does the rest. */
function notHere(): never {
  throw new TypeError("the server's codecs go one way only: use the generated ones");
}

export function createNfs3Service(core: Core): Service<RpcCall> {
  const args = new ArgsReader(core.handles);
  const results = new ResultWriter(new Wire(core.handles));
  const rows: readonly Row[] = [
    { args: xdrVoid as Xdr<unknown>, result: xdrVoid as Xdr<unknown>, handler: () => undefined },
    row(core, args.object, getattr, results.getattr),
    row(core, args.setattr, setattr, results.wcc),
    row(core, args.where, lookup, results.lookup),
    row(core, args.access, access, results.access),
    row(core, args.object, readlink, results.readlink),
    row(core, args.read, read, results.read),
    row(core, args.write, write, results.write),
    row(core, args.create, make, results.make),
    row(core, args.mkdir, make, results.make),
    row(core, args.symlink, make, results.make),
    row(core, args.mknod, make, results.make),
    row(core, args.where, remove, results.wcc),
    row(core, args.where, rmdir, results.wcc),
    row(core, args.rename, rename, results.rename),
    row(core, args.link, link, results.link),
    row(core, args.readdir, list, results.readdir),
    row(core, args.readdirplus, list, results.readdirplus),
    row(core, args.object, fsstat, results.fsstat),
    row(core, args.object, fsinfo, results.fsinfo),
    row(core, args.object, pathconf, results.pathconf),
    row(core, args.commit, commit, results.commit),
  ];
  return { contract: contractOf(rows), handlers: rows.map((each) => each.handler) };
}

function contractOf(rows: readonly Row[]): Contract {
  const procedures = NFS_V3_contract.procedures.map((procedure: Procedure, number) => {
    const { args, result } = rows[number] as Row;
    return { ...procedure, args, result };
  });
  return { ...NFS_V3_contract, procedures };
}
