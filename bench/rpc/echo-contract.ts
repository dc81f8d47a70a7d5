/** The two procedures that are measured: nothing, and 32 bytes there and back. */
import type { Contract, Procedure, XdrReader, XdrWriter } from "../../src/marshal/index.ts";

const nothing = { encode() {}, decode() {} };

const bytes = {
  encode: (w: XdrWriter, value: Uint8Array) => w.opaque(value, 1024),
  decode: (r: XdrReader) => r.opaque(1024),
};

export const NULL: Procedure<void, void> = {
  name: "NULL",
  number: 0,
  args: nothing,
  result: nothing,
  idempotent: true,
};

export const ECHO: Procedure<Uint8Array, Uint8Array> = {
  name: "ECHO",
  number: 1,
  args: bytes,
  result: bytes,
  idempotent: true,
};

export const echoContract: Contract = {
  name: "ECHO_V1",
  program: 0x2000_0101,
  version: 1,
  procedures: [NULL, ECHO] as unknown as Procedure[],
};

export const PAYLOAD_BYTES = 32;
