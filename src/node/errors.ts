/** Turns the system's errno names into the codes of `worldErrors`, with messages that name what was touched. */
import { type Address, CoterieError, formatAddress } from "../world/index.ts";

const NET_CODES: Readonly<Record<string, string>> = {
  EADDRINUSE: "NET_ADDRESS_IN_USE",
  EADDRNOTAVAIL: "NET_ADDRESS_UNAVAILABLE",
  EACCES: "NET_PERMISSION",
  EPERM: "NET_PERMISSION",
  ECONNREFUSED: "NET_REFUSED",
  ECONNRESET: "NET_RESET",
  ECONNABORTED: "NET_RESET",
  EPIPE: "NET_RESET",
  ETIMEDOUT: "NET_UNREACHABLE",
  EHOSTUNREACH: "NET_UNREACHABLE",
  ENETUNREACH: "NET_UNREACHABLE",
  EHOSTDOWN: "NET_UNREACHABLE",
  ENETDOWN: "NET_UNREACHABLE",
  ENOTFOUND: "NET_NAME_UNKNOWN",
  EAI_AGAIN: "NET_NAME_UNKNOWN",
  EMSGSIZE: "NET_TOO_LARGE",
};

const NET_PHRASES: Readonly<Record<string, string>> = {
  NET_ADDRESS_IN_USE: "address already in use",
  NET_ADDRESS_UNAVAILABLE: "no such address on this machine",
  NET_PERMISSION: "not permitted",
  NET_REFUSED: "connection refused",
  NET_RESET: "connection reset",
  NET_UNREACHABLE: "no answer from the network",
  NET_NAME_UNKNOWN: "unknown host name",
  NET_TOO_LARGE: "message too large",
};

const STORE_CODES: Readonly<Record<string, string>> = {
  ENOSPC: "STORE_FULL",
  EDQUOT: "STORE_FULL",
  EFBIG: "STORE_FULL",
  MDB_MAP_FULL: "STORE_FULL",
  EACCES: "STORE_PERMISSION",
  EPERM: "STORE_PERMISSION",
  EROFS: "STORE_PERMISSION",
  MDB_CORRUPTED: "STORE_CORRUPT",
  MDB_INVALID: "STORE_CORRUPT",
  MDB_PAGE_NOTFOUND: "STORE_CORRUPT",
  MDB_VERSION_MISMATCH: "STORE_CORRUPT",
  MDB_PANIC: "STORE_IO",
};

/** lmdb reports errno by number in `code`, or by text; these are Linux's and macOS's common numbers. */
const STORE_ERRNO: Readonly<Record<number, string>> = {
  1: "EPERM",
  5: "EIO",
  13: "EACCES",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
  122: "EDQUOT",
};

function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  return typeof code === "number" ? (STORE_ERRNO[code] ?? `errno ${code}`) : "";
}

/** An error of the network, met while `doing` (for example "listen on") something at `where`. */
export function netError(error: unknown, doing: string, where: Address | string): CoterieError {
  const errno = systemCode(error);
  const code = NET_CODES[errno] ?? "NET_FAILED";
  const place = typeof where === "string" ? where : formatAddress(where);
  const phrase = NET_PHRASES[code] ?? (error instanceof Error ? error.message : String(error));
  return new CoterieError(code, `cannot ${doing} ${place}: ${phrase}`, {
    cause: error,
    details: typeof where === "string" ? { errno, where } : { errno, host: where.host, port: where.port },
  });
}

/** An error of the disk, met while `doing` (for example "write to") the store at `path`. */
export function storeError(error: unknown, doing: string, path: string): CoterieError {
  if (error instanceof CoterieError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const named = /\b(MDB_[A-Z_]+)\b/.exec(message)?.[1] ?? systemCode(error);
  const spoken = /no space left/i.test(message)
    ? "ENOSPC"
    : /permission denied/i.test(message)
      ? "EACCES"
      : named;
  const code = STORE_CODES[named] ?? STORE_CODES[spoken] ?? "STORE_IO";
  const phrase =
    code === "STORE_FULL" ? "no space left" : code === "STORE_PERMISSION" ? "permission denied" : message;
  return new CoterieError(code, `cannot ${doing} the store ${path}: ${phrase}`, {
    cause: error,
    details: { errno: spoken, path },
  });
}
