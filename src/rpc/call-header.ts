/** The head of a call (RFC 5531 section 9) as a client writes it; `readCallHeader` of the server reads it. */
import type { XdrWriter } from "../marshal/index.ts";
import { CALL, RPC_VERSION } from "./wire.ts";

/** @param credential credential and verifier, encoded: `encodeCredential`. */
export function writeCallHeader(
  w: XdrWriter,
  xid: number,
  program: number,
  version: number,
  procedure: number,
  credential: Uint8Array,
): void {
  const at = w.reserve(24);
  w.patchUint(at, xid);
  w.patchUint(at + 4, CALL);
  w.patchUint(at + 8, RPC_VERSION);
  w.patchUint(at + 12, program);
  w.patchUint(at + 16, version);
  w.patchUint(at + 20, procedure);
  w.raw(credential);
}
