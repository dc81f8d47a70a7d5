/**
 * NFS version 2 (RFC 1094): its eighteen procedures on the same volume, by the same handles. There is no COMMIT: every
 * write is durable before its reply. ROOT and WRITECACHE do nothing, as the RFC has it.
 */
import type { Service } from "../../../marshal/index.ts";
import type { RpcCall } from "../../../rpc/index.ts";
import {
  type Attributes,
  Fault,
  type FaultReason,
  type Handle,
  isFault,
  type NewObject,
  type Outcome,
} from "../../volume/types.ts";
import { CallContext, type Core, handleIn, KeptContext, settle } from "../core.ts";
import {
  type attrstat,
  type createargs,
  type diropargs,
  type diropres,
  type linkargs,
  MAXDATA,
  MAXPATHLEN,
  type NFS_V2_Server,
  type readargs,
  type readdirargs,
  type readdirres,
  type readlinkres,
  type readres,
  type renameargs,
  type sattrargs,
  serve_NFS_V2,
  stat,
  type statfsres,
  type symlinkargs,
  type writeargs,
} from "../gen/nfs2.gen.ts";
import { rootMark } from "../mount-points.ts";
import { type Failure2, statusOf2 } from "../status.ts";
import { toChanges, toFattr } from "./attributes.ts";
import { listEntries, readCookie } from "./listing.ts";
import { newObject } from "./objects.ts";
import { toStatfs } from "./statfs.ts";

const OK = stat.NFS_OK;
const MAX_OFFSET = 0xffff_ffff;

const readOnly = new Fault("ROFS");

function failure(reason: FaultReason): { status: Failure2 } {
  return { status: statusOf2(reason) };
}

export function createNfs2Service(core: Core): Service<RpcCall> {
  return serve_NFS_V2<RpcCall>(new Nfs2Server(core));
}

class Nfs2Server implements NFS_V2_Server<RpcCall> {
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  NFSPROC_NULL(): void {}

  NFSPROC_ROOT(): void {}

  NFSPROC_WRITECACHE(): void {}

  NFSPROC_GETATTR(file: Uint8Array, call: RpcCall) {
    this.core.clients.admit(call);
    return this.attrstat(this.core.volume.attributes(this.handle(file)));
  }

  NFSPROC_SETATTR({ file, attributes }: sattrargs, call: RpcCall) {
    const client = this.core.clients.of(call);
    if (client.readOnly) return failure("ROFS");
    const changes = toChanges(attributes);
    if (changes === null) return failure("INVAL");
    const context = new CallContext(client.credentials, this.core.clock);
    return this.attrstat(this.core.volume.setAttributes(context, this.handle(file), changes));
  }

  NFSPROC_LOOKUP({ dir, name }: diropargs, call: RpcCall) {
    const found = this.core.volume.lookup(this.context(call), this.handle(dir), name);
    const mounted = isFault(found) ? undefined : this.core.mounts?.volumeAt(found.handle);
    return this.diropres(found, mounted && rootMark(mounted));
  }

  NFSPROC_READLINK(file: Uint8Array, call: RpcCall) {
    const data = this.core.volume.readlink(this.context(call), this.handle(file));
    if (isFault(data)) return this.settle(failure(data.reason), failure);
    if (data.length > MAXPATHLEN) return this.settle(failure("NAMETOOLONG"), failure);
    return this.settle<readlinkres>({ status: OK, data }, failure);
  }

  NFSPROC_READ({ file, offset, count }: readargs, call: RpcCall) {
    const { volume } = this.core;
    const handle = this.handle(file);
    const read = volume.read(this.context(call), handle, offset, Math.min(count, MAXDATA));
    if (isFault(read)) return this.settle(failure(read.reason), failure);
    const attributes = volume.attributes(handle);
    if (isFault(attributes)) return this.settle(failure(attributes.reason), failure);
    const reply = { attributes: this.fattr(attributes), data: read.data };
    return this.settle<readres>({ status: OK, reply }, failure);
  }

  NFSPROC_WRITE({ file, offset, data }: writeargs, call: RpcCall) {
    const client = this.core.clients.of(call);
    if (client.readOnly) return failure("ROFS");
    if (offset + data.length > MAX_OFFSET) return failure("FBIG");
    const context = new CallContext(client.credentials, this.core.clock);
    return this.attrstat(this.core.volume.write(context, this.handle(file), offset, data, "file-sync"));
  }

  NFSPROC_CREATE({ where, attributes }: createargs, call: RpcCall) {
    return this.make(where, newObject(attributes), call);
  }

  NFSPROC_MKDIR({ where, attributes }: createargs, call: RpcCall) {
    const initial = toChanges(attributes);
    return this.make(where, initial && { type: "directory", initial }, call);
  }

  NFSPROC_SYMLINK({ from, to, attributes }: symlinkargs, call: RpcCall) {
    const initial = toChanges(attributes);
    if (initial === null) return statusOf2("INVAL");
    const object: NewObject = { type: "symlink", initial, target: to };
    return this.done(call, (context) =>
      this.core.volume.create(context, this.handle(from.dir), from.name, object),
    );
  }

  NFSPROC_REMOVE({ dir, name }: diropargs, call: RpcCall) {
    return this.done(call, (context) => this.core.volume.remove(context, this.handle(dir), name));
  }

  NFSPROC_RMDIR({ dir, name }: diropargs, call: RpcCall) {
    return this.done(call, (context) => this.core.volume.rmdir(context, this.handle(dir), name));
  }

  NFSPROC_RENAME({ from, to }: renameargs, call: RpcCall) {
    return this.done(call, (context) =>
      this.core.volume.rename(context, this.handle(from.dir), from.name, this.handle(to.dir), to.name),
    );
  }

  NFSPROC_LINK({ from, to }: linkargs, call: RpcCall) {
    return this.done(call, (context) =>
      this.core.volume.link(context, this.handle(from), this.handle(to.dir), to.name),
    );
  }

  NFSPROC_READDIR({ dir, cookie, count }: readdirargs, call: RpcCall) {
    const { credentials } = this.core.clients.of(call);
    const list = listEntries(this.core, credentials, this.handle(dir), readCookie(cookie), count);
    if (isFault(list)) return this.settle(failure(list.reason), failure);
    return this.settle<readdirres>({ status: OK, reply: list }, failure);
  }

  NFSPROC_STATFS(file: Uint8Array, call: RpcCall) {
    this.core.clients.admit(call);
    const attributes = this.core.volume.attributes(this.handle(file));
    if (isFault(attributes)) return this.settle(failure(attributes.reason), failure);
    const reply = toStatfs(this.core.volume.statistics());
    return this.settle<statfsres>({ status: OK, reply }, failure);
  }

  /** One that no server of this kind made is stale: the version has no BADHANDLE. */
  private handle(bytes: Uint8Array): Handle {
    return this.core.handles.fromBytes(bytes) ?? { inode: 0, generation: 0 };
  }

  private context(call: RpcCall): CallContext {
    return new CallContext(this.core.clients.of(call).credentials, this.core.clock);
  }

  private fattr(attributes: Attributes) {
    const [high, low] = this.core.handles.fsidOf(attributes.handle);
    return toFattr(attributes, (high ^ low) >>> 0);
  }

  private attrstat(outcome: Outcome<Attributes>) {
    if (isFault(outcome)) return this.settle(failure(outcome.reason), failure);
    return this.settle<attrstat>({ status: OK, attributes: this.fattr(outcome) }, failure);
  }

  /** `mark`: of another volume's root, which takes the handle's place; the attributes are not its own then. */
  private diropres(outcome: Outcome<Attributes>, mark?: Uint8Array) {
    if (isFault(outcome)) return this.settle(failure(outcome.reason), failure);
    const file = mark ?? this.core.handles.toBytes(outcome.handle);
    const diropok = { file, attributes: this.fattr(outcome) };
    return this.settle<diropres>({ status: OK, diropok }, failure);
  }

  private make(where: diropargs, object: NewObject | null, call: RpcCall) {
    if (object === null) return failure("INVAL");
    const made = this.once(call, (context) =>
      this.core.volume.create(context, this.handle(where.dir), where.name, object),
    );
    return this.diropres(isFault(made) ? made : this.core.volume.attributes(made));
  }

  private done(call: RpcCall, run: (context: KeptContext) => Outcome<unknown>) {
    const outcome = this.once(call, run);
    const status: stat = isFault(outcome) ? statusOf2(outcome.reason) : OK;
    return this.settle<stat>(status, statusOf2);
  }

  /** Runs what must not run twice, and gives what it, or its first run, made: the root if it makes nothing. */
  private once(call: RpcCall, run: (context: KeptContext) => Outcome<unknown>): Outcome<Handle> {
    const { clients, replies, volume } = this.core;
    const client = clients.of(call);
    if (client.readOnly) return readOnly;
    const request = replies.request(call);
    const kept = replies.find(request);
    if (kept !== undefined) return kept.made ?? volume.root;
    const outcome = run(new KeptContext(client.credentials, this.core, request));
    if (isFault(outcome)) return outcome;
    replies.keep(request);
    return handleIn(outcome) ?? volume.root;
  }

  /** The RPC server takes NO_REPLY, which the compiled interface does not know, from every handler. */
  private settle<T>(reply: T, failed: (reason: FaultReason) => T): T | Promise<T> {
    return settle(this.core, reply, failed) as T | Promise<T>;
  }
}
