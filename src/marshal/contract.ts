/**
 * What a compiled interface says of itself: the join between generated code and the RPC layers, which know
 * nothing of each other. A contract is an ONC RPC program in one of its versions.
 */
import type { XdrReader } from "./xdr-reader.ts";
import type { XdrWriter } from "./xdr-writer.ts";

/** How one type is encoded and decoded. */
export interface Xdr<T> {
  encode(writer: XdrWriter, value: T): void;
  decode(reader: XdrReader): T;
}

/** One procedure of a contract: its number, and the coders of its arguments and its result. */
export interface Procedure<Args = unknown, Result = unknown> {
  /** The field's name in the `.x` file, and of the method in the generated client and server. */
  readonly name: string;
  readonly number: number;
  readonly args: Xdr<Args>;
  readonly result: Xdr<Result>;
  /**
   * True: running it twice is the same as once, so a retry may run it again. False (the default for what the
   * `.x` file does not mark): a retry gets the first run's reply from the duplicate request cache.
   */
  readonly idempotent: boolean;
}

/** One version of an ONC RPC program, as the compiler writes it into the generated module. */
export interface Contract {
  readonly name: string;
  readonly program: number;
  readonly version: number;
  /** Every procedure that the `.x` file declares, in the order of their numbers. */
  readonly procedures: readonly Procedure[];
}

/** What a call may take with it. */
export interface CallOptions {
  /** The call fails with RPC_TIMEOUT so long after it was made; default: the client's. */
  readonly timeoutMs?: number;
  /** Gives the call up: it fails with the signal's reason. The server may have run it all the same. */
  readonly signal?: AbortSignal;
}

/** Something that can make calls: what a generated client is built on. */
export interface Caller {
  call<Args, Result>(
    contract: Contract,
    procedure: Procedure<Args, Result>,
    args: Args,
    options?: CallOptions,
  ): Promise<Result>;
}

/** A contract joined with the functions that serve it. `Context` is what the RPC layer tells of each call. */
export interface Service<Context = unknown> {
  readonly contract: Contract;
  /**
   * The handler of each procedure number; a hole is PROC_UNAVAIL. One that returns a promise may be overtaken by
   * later calls; one that returns a value costs none.
   */
  readonly handlers: readonly (Handler<Context> | undefined)[];
}

/**
 * Serves one procedure: gets the decoded arguments and the transport's context, and returns the result or a
 * promise of it.
 */
export type Handler<Context> = (args: never, context: Context) => unknown;

/** XDR's void: nothing on the wire. */
export const xdrVoid: Xdr<void> = { encode() {}, decode() {} };
