/**
 * Typed errors with a stable code.
 *
 * Expected outcomes are values or a `CoterieError`; misuse throws `RangeError` or `TypeError` at once; a
 * broken invariant asserts. Each layer declares its codes in one table, so that the tables together are the
 * catalogue that `coterie explain CODE` prints.
 */

/** What a code means and what its reader can do about it. */
export interface ErrorEntry {
  /** One sentence: what happened. */
  readonly summary: string;
  /** What to do next, in the imperative. */
  readonly remedy: string;
}

/** A layer's codes: `LAYER_REASON` in capitals, for example `RPC_TIMEOUT`. */
export type ErrorTable<Code extends string = string> = Readonly<Record<Code, ErrorEntry>>;

/** Declares a layer's table; the identity function, for its types. */
export function defineErrors<Code extends string>(table: Record<Code, ErrorEntry>): ErrorTable<Code> {
  return table;
}

/** On every error of ours, whichever copy of the package made it. */
const BRAND = Symbol.for("coterie.CoterieError");

/**
 * An expected failure that the caller may want to handle, told apart by `code`.
 *
 * `instanceof` goes by a brand, not by the prototype: a program may hold the package twice (two versions in one
 * tree; a scenario's sources under the installed command), and an error of the one is an error to the other.
 */
export class CoterieError extends Error {
  /** Stable across releases; the key of `coterie explain`. */
  readonly code: string;
  /** What it happened to, for logs and `--json`: small and serialisable. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CoterieError";
    this.code = code;
    this.details = options.details ?? {};
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: a subclass inherits this, and goes by its prototype
    if (this !== CoterieError) return Function.prototype[Symbol.hasInstance].call(this, value);
    // biome-ignore-end lint/complexity/noThisInStatic: as above
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
Object.defineProperty(CoterieError.prototype, BRAND, { value: true });

/** True if `error` is a `CoterieError`, with the given code when one is given. */
export function isCoterieError(error: unknown, code?: string): error is CoterieError {
  return error instanceof CoterieError && (code === undefined || error.code === code);
}

/** Fails loudly when an invariant of ours is broken: a bug here, never a peer's doing. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${invariant}`);
}

/** Failures of the outside world, the same in the real and the simulated one. */
export const worldErrors = defineErrors({
  NET_ADDRESS_IN_USE: {
    summary: "Another socket already listens on this address and port.",
    remedy: "Choose another port with --port, or stop the program that holds it (`ss -ltnup` names it).",
  },
  NET_ADDRESS_UNAVAILABLE: {
    summary: "This machine has no such address to listen on.",
    remedy: "Use an address of this machine (`ip addr` lists them), or 127.0.0.1.",
  },
  NET_PERMISSION: {
    summary: "The system does not let this user open that port.",
    remedy: "Use a port of 1024 or above, or run with the privilege to bind low ports.",
  },
  NET_REFUSED: {
    summary: "Nothing listens at the address.",
    remedy: "Check host and port, and that the server runs (`coterie status`).",
  },
  NET_RESET: {
    summary: "The peer, or the network between, broke the connection.",
    remedy: "Retry: Coterie's own clients reconnect by themselves.",
  },
  NET_UNREACHABLE: {
    summary: "No route leads to the address, or it did not answer in time.",
    remedy: "Check the address and the network between.",
  },
  NET_NAME_UNKNOWN: {
    summary: "The host name has no address.",
    remedy: "Check the spelling, or use an IP address.",
  },
  NET_TOO_LARGE: {
    summary: "The datagram is larger than the network carries (65,507 bytes over IPv4).",
    remedy: "Send less at once, or use a stream.",
  },
  NET_FAILED: {
    summary: "The network refused an operation for another reason; the message has the system's word for it.",
    remedy: "Read the system's error in the message.",
  },
  STORE_FULL: {
    summary: "The disk, or the store's configured size, is full.",
    remedy: "Free space on the disk, or raise the store's size; reads and removals go on working.",
  },
  STORE_IO: {
    summary: "The disk failed to read or write.",
    remedy: "Look at the system's log for the disk; what was not acknowledged may be lost.",
  },
  STORE_LOCKED: {
    summary: "Another process has this store open.",
    remedy: "Stop the other process, or use another directory.",
  },
  STORE_MISSING: {
    summary: "There is no such store to read.",
    remedy: "Check the directory's path; a store that is opened for writing is created.",
  },
  STORE_PERMISSION: {
    summary: "This user may not read or write the store's directory.",
    remedy: "Fix the directory's owner and mode, or choose another with --dir.",
  },
  STORE_FORMAT: {
    summary: "The store was written by another version of Coterie, in a format that this one does not read.",
    remedy:
      "Use the version that wrote it, or copy its content out with that version and in again with this one.",
  },
  STORE_CORRUPT: {
    summary: "The store's own structure is damaged.",
    remedy: "Restore from a backup; do not write to the store.",
  },
  STORE_VIEWS: {
    summary: "Too many views of the store are open at once.",
    remedy: "Try again when a backup or a state transfer that reads the store has ended.",
  },
  STORE_VIEW_LOST: {
    summary:
      "A view of the store was given up: it kept too much space from being used again, or showed what the disk then refused.",
    remedy:
      "Begin again with a new view; raise maxViewBytes, or free space on the disk, if it happens again.",
  },
  STORE_CLOSED: {
    summary: "The store was closed, or its node crashed, before the operation was durable.",
    remedy: "Open it again; what was not acknowledged may be lost.",
  },
});
