/**
 * Names that `.x` files use without declaring them, because the C that rpcgen writes finds them in the headers of the
 * RPC library (`rpc/types.h`, `rpc/xdr.h`, `rpc/auth.h`). A declaration in the file comes first.
 */
import type { Type } from "./model.ts";

const MAX_NETOBJ_BYTES = 1024;
const DES_BLOCK_BYTES = 8;

export const C_TYPES: Readonly<Record<string, Type>> = {
  bool_t: { kind: "bool" },
  enum_t: { kind: "int" },
  u_char: { kind: "uchar" },
  u_short: { kind: "ushort" },
  u_int: { kind: "uint" },
  u_long: { kind: "uint" },
  int8_t: { kind: "char" },
  uint8_t: { kind: "uchar" },
  u_int8_t: { kind: "uchar" },
  int16_t: { kind: "short" },
  uint16_t: { kind: "ushort" },
  u_int16_t: { kind: "ushort" },
  int32_t: { kind: "int" },
  uint32_t: { kind: "uint" },
  u_int32_t: { kind: "uint" },
  int64_t: { kind: "hyper" },
  uint64_t: { kind: "uhyper" },
  u_int64_t: { kind: "uhyper" },
  quad_t: { kind: "hyper" },
  u_quad_t: { kind: "uhyper" },
  longlong_t: { kind: "hyper" },
  u_longlong_t: { kind: "uhyper" },
  rpcprog_t: { kind: "uint" },
  rpcvers_t: { kind: "uint" },
  rpcproc_t: { kind: "uint" },
  rpcprot_t: { kind: "uint" },
  rpcport_t: { kind: "uint" },
  netobj: { kind: "opaque", max: MAX_NETOBJ_BYTES },
  des_block: { kind: "opaqueFixed", length: DES_BLOCK_BYTES },
};

export const C_CONSTANTS: Readonly<Record<string, bigint>> = {
  TRUE: 1n,
  FALSE: 0n,
  MAX_AUTH_BYTES: 400n,
  MAX_MACHINE_NAME: 255n,
  MAX_NETOBJ_SZ: BigInt(MAX_NETOBJ_BYTES),
  MAXNETNAMELEN: 255n,
  NGRPS: 16n,
};

/** Those of them that have parts, as a `.x` file would declare them. */
export const C_DECLARATIONS = `
struct netbuf {
  unsigned int maxlen;
  opaque buf<>;
};
`;
