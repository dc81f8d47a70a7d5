/**
 * What a server does with one message, whatever brought it: reads the header, finds the procedure, tells retries,
 * runs the handler, and encodes the reply straight into its sink's writer. Synchronous for a handler that returns a
 * value; one that returns a promise is answered when that settles. RFC 5531 sections 8 and 9.
 */
import {
  type Contract,
  type Handler,
  type Procedure,
  type Service,
  XdrError,
  type XdrReader,
} from "../marshal/index.ts";
import type { Address, World } from "../world/index.ts";
import { CredentialReader } from "./credential.ts";
import { DuplicateCache } from "./duplicate-cache.ts";
import { IncomingCall, readCallHeader } from "./incoming-call.ts";
import { NO_REPLY, RpcReject } from "./reject.ts";
import { writeAccepted, writeAuthError, writeProgMismatch, writeRpcMismatch } from "./reply.ts";
import type { ReplySink } from "./reply-sink.ts";
import type { RpcCall, RpcServerLimits, RpcServerStats } from "./types.ts";
import { type AuthStat, GARBAGE_ARGS, PROC_UNAVAIL, PROG_UNAVAIL, SUCCESS, SYSTEM_ERR } from "./wire.ts";

/** A procedure that is served. */
interface Entry {
  readonly procedure: Procedure<unknown, unknown>;
  readonly handler: (args: unknown, call: RpcCall) => unknown;
}

interface Version {
  readonly contract: Contract;
  readonly entries: (Entry | undefined)[];
}

interface Program {
  low: number;
  high: number;
  readonly versions: Map<number, Version>;
}

type ReplyCounts = { -readonly [K in keyof RpcServerStats["replies"]]: number };

export class Dispatcher {
  readonly replies: ReplyCounts = {
    SUCCESS: 0,
    PROG_UNAVAIL: 0,
    PROG_MISMATCH: 0,
    PROC_UNAVAIL: 0,
    GARBAGE_ARGS: 0,
    SYSTEM_ERR: 0,
    RPC_MISMATCH: 0,
    AUTH_ERROR: 0,
  };
  calls = 0;
  callsInFlight = 0;
  duplicatesReplayed = 0;
  duplicatesInProgress = 0;
  badMessages = 0;
  readonly cache: DuplicateCache;
  /** Called when a call that outlived its turn is answered. */
  onSettled: () => void = () => {};
  private readonly world: World;
  private readonly credentials = new CredentialReader();
  private readonly programs = new Map<number, Program>();
  /** The version that was called last, found without a look into the maps. */
  private lastVersion: Version | undefined = undefined;

  constructor(world: World, limits: RpcServerLimits) {
    this.world = world;
    this.cache = new DuplicateCache(limits);
  }

  add(service: Service<RpcCall>): void {
    const { contract, handlers } = service;
    let program = this.programs.get(contract.program);
    if (program === undefined) {
      program = { low: contract.version, high: contract.version, versions: new Map() };
      this.programs.set(contract.program, program);
    }
    if (program.versions.has(contract.version)) {
      throw new TypeError(`program ${contract.program} version ${contract.version} is served already`);
    }
    program.low = Math.min(program.low, contract.version);
    program.high = Math.max(program.high, contract.version);
    program.versions.set(contract.version, { contract, entries: entriesOf(contract, handlers) });
  }

  /** Handles the message that the reader stands at. False: it is no call, and there is nobody to answer. */
  dispatch(r: XdrReader, sink: ReplySink, remote: Address): boolean {
    const call = new IncomingCall(r, sink, remote);
    const length = r.remaining;
    try {
      const verdict = readCallHeader(r, call, this.credentials);
      if (verdict === "call") this.route(r, call, length);
      else if (verdict === "not-a-call") return this.bad();
      else if (verdict === "rpc-mismatch") this.refuseRpcVersion(call);
      else this.refuseCredential(call, verdict);
    } catch (error) {
      if (error instanceof XdrError) this.refuse(call, GARBAGE_ARGS);
      else this.fail(call, error);
    }
    return true;
  }

  /** Tells the caller of a record that was refused unread that it is too large. False: it was no call. */
  refuseOversize(r: XdrReader, sink: ReplySink, remote: Address): boolean {
    const call = new IncomingCall(r, sink, remote);
    if (r.remaining < 8) return this.bad();
    call.xid = r.uint();
    if (r.uint() !== 0) return this.bad();
    this.refuse(call, GARBAGE_ARGS);
    return true;
  }

  private bad(): false {
    this.badMessages++;
    return false;
  }

  private route(r: XdrReader, call: IncomingCall, length: number): void {
    const version = this.version(call);
    if (version === undefined) return;
    const entry = version.entries[call.procedure];
    if (entry !== undefined) this.arrive(r, call, entry, length);
    else if (call.procedure === 0) this.refuse(call, SUCCESS);
    else this.refuse(call, PROC_UNAVAIL);
  }

  private version(call: IncomingCall): Version | undefined {
    const last = this.lastVersion;
    if (last?.contract.program === call.program && last.contract.version === call.version) return last;
    const program = this.programs.get(call.program);
    if (program === undefined) {
      this.refuse(call, PROG_UNAVAIL);
      return undefined;
    }
    const version = program.versions.get(call.version);
    if (version === undefined) this.refuseVersion(call, program);
    else this.lastVersion = version;
    return version;
  }

  /** The arguments are decoded before the call is remembered: what cannot be decoded does not run. */
  private arrive(r: XdrReader, call: IncomingCall, entry: Entry, length: number): void {
    if (entry.procedure.idempotent) {
      this.run(call, entry, entry.procedure.args.decode(r));
      return;
    }
    const digest = this.world.crc32(call.message);
    const nowMs = this.world.clock.monotonicMs();
    const found = this.cache.find(call, digest, length, nowMs);
    if (found === undefined) {
      const args = entry.procedure.args.decode(r);
      call.cached = this.cache.begin(call, digest, length, nowMs);
      this.run(call, entry, args);
    } else if (found.running !== undefined) {
      this.duplicatesInProgress++;
      if (call.transport === "tcp") moveReply(found.running, call.sink);
    } else {
      this.replay(call, found.reply);
    }
  }

  private replay(call: IncomingCall, reply: Uint8Array | undefined): void {
    if (reply === undefined) {
      this.refuse(call, SYSTEM_ERR);
      return;
    }
    this.duplicatesReplayed++;
    const start = call.sink.begin();
    call.sink.writer.raw(reply);
    call.sink.commit(start, call.remote);
  }

  private run(call: IncomingCall, entry: Entry, args: unknown): void {
    this.calls++;
    let result: unknown;
    try {
      result = entry.handler(args, call);
    } catch (error) {
      this.fail(call, error);
      return;
    }
    if (result instanceof Promise) this.runOn(call, entry.procedure, result);
    else this.answer(call, entry.procedure, result);
  }

  private runOn(call: IncomingCall, procedure: Procedure<unknown, unknown>, promise: Promise<unknown>): void {
    this.callsInFlight++;
    call.sink.callsInFlight++;
    promise.then(
      (result) => {
        this.answer(call, procedure, result);
        this.settle(call);
      },
      (error) => {
        this.fail(call, error);
        this.settle(call);
      },
    );
  }

  private settle(call: IncomingCall): void {
    this.callsInFlight--;
    call.sink.callsInFlight--;
    call.sink.settled();
    this.onSettled();
  }

  private answer(call: IncomingCall, procedure: Procedure<unknown, unknown>, result: unknown): void {
    if (result === NO_REPLY) {
      if (call.cached !== undefined) this.cache.forget(call.cached);
      call.cached = undefined;
      return;
    }
    const { sink } = call;
    const w = sink.writer;
    const start = sink.begin();
    try {
      writeAccepted(w, call.xid, SUCCESS);
      procedure.result.encode(w, result);
      this.replies.SUCCESS++;
    } catch (error) {
      this.logFailure(call, error);
      w.position = start;
      this.replies.SYSTEM_ERR++;
      writeAccepted(w, call.xid, SYSTEM_ERR);
    }
    this.finish(call, start);
  }

  private fail(call: IncomingCall, error: unknown): void {
    const authStat = error instanceof RpcReject ? error.authStat : undefined;
    if (authStat !== undefined) {
      this.refuseCredential(call, authStat);
      return;
    }
    this.logFailure(call, error);
    this.refuse(call, SYSTEM_ERR);
  }

  private finish(call: IncomingCall, start: number): void {
    const { sink } = call;
    if (call.cached !== undefined) {
      const { bytes, position } = sink.writer;
      this.cache.finish(call.cached, bytes, start, position, this.world.clock.monotonicMs());
    }
    sink.commit(start, call.remote);
  }

  /** An accepted reply that ends with its status. */
  private refuse(call: IncomingCall, status: number): void {
    const start = call.sink.begin();
    writeAccepted(call.sink.writer, call.xid, status);
    if (status === SUCCESS) this.replies.SUCCESS++;
    else if (status === PROG_UNAVAIL) this.replies.PROG_UNAVAIL++;
    else if (status === PROC_UNAVAIL) this.replies.PROC_UNAVAIL++;
    else if (status === GARBAGE_ARGS) this.replies.GARBAGE_ARGS++;
    else this.replies.SYSTEM_ERR++;
    this.finish(call, start);
  }

  private refuseVersion(call: IncomingCall, program: Program): void {
    const start = call.sink.begin();
    writeProgMismatch(call.sink.writer, call.xid, program.low, program.high);
    this.replies.PROG_MISMATCH++;
    this.finish(call, start);
  }

  private refuseRpcVersion(call: IncomingCall): void {
    const start = call.sink.begin();
    writeRpcMismatch(call.sink.writer, call.xid);
    this.replies.RPC_MISMATCH++;
    this.finish(call, start);
  }

  private refuseCredential(call: IncomingCall, authStat: AuthStat): void {
    const start = call.sink.begin();
    writeAuthError(call.sink.writer, call.xid, authStat);
    this.replies.AUTH_ERROR++;
    this.finish(call, start);
  }

  private logFailure(call: IncomingCall, error: unknown): void {
    this.world.log.error("rpc.handler-failed", {
      program: call.program,
      version: call.version,
      procedure: call.procedure,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

/** A caller that reconnected waits for the reply on its new connection. */
function moveReply(running: IncomingCall, sink: ReplySink): void {
  const before = running.sink;
  before.callsInFlight--;
  sink.callsInFlight++;
  running.sink = sink;
  before.settled();
}

function entriesOf(
  contract: Contract,
  handlers: readonly (Handler<RpcCall> | undefined)[],
): (Entry | undefined)[] {
  const entries: (Entry | undefined)[] = [];
  for (const procedure of contract.procedures) {
    const handler = handlers[procedure.number];
    if (handler === undefined) continue;
    entries[procedure.number] = {
      procedure: procedure as Procedure<unknown, unknown>,
      handler: handler as (args: unknown, call: RpcCall) => unknown,
    };
  }
  return entries;
}
