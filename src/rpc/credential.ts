/** AUTH_NONE and AUTH_SYS (RFC 5531 section 8.2 and appendix A) on the wire. */
import { type XdrReader, XdrWriter } from "../marshal/index.ts";
import type { Credential } from "./types.ts";
import { AUTH_NONE, AUTH_SYS, AuthStat, MAX_AUTH_BYTES, MAX_GIDS, MAX_MACHINE_BYTES } from "./wire.ts";

const none: Credential = { flavor: "none" };
const anyText = new TextDecoder("utf-8");

/** A call's credential and its empty verifier, as every call of a client carries them. */
export function encodeCredential(credential: Credential): Uint8Array {
  const w = new XdrWriter(64);
  if (credential.flavor === "none") {
    w.uint(AUTH_NONE);
    w.uint(0);
  } else {
    w.uint(AUTH_SYS);
    const length = w.reserve(4);
    w.uint(credential.stamp);
    w.string(credential.machine, MAX_MACHINE_BYTES);
    w.uint(credential.uid);
    w.uint(credential.gid);
    w.count(credential.gids.length, MAX_GIDS);
    for (const gid of credential.gids) w.uint(gid);
    w.patchUint(length, w.position - length - 4);
  }
  w.uint(AUTH_NONE);
  w.uint(0);
  return w.detach();
}

/**
 * Reads the credentials of calls. A caller sends the same credential with every call, so the last one is
 * remembered by its bytes and not decoded again.
 */
export class CredentialReader {
  private lastBytes: Uint8Array | undefined = undefined;
  private last: Credential = none;

  /**
   * The credential, past it and its verifier; or the status with which to refuse the call. Of a flavor that is not
   * known the verifier means nothing: what such a caller must hear is that its flavor is refused.
   * @throws XdrError when the message ends first.
   */
  read(r: XdrReader): Credential | AuthStat {
    const flavor = r.uint();
    const length = r.uint();
    if (length > MAX_AUTH_BYTES) return AuthStat.AUTH_BADCRED;
    const body = r.position;
    r.skip((length + 3) & ~3);
    if (flavor !== AUTH_SYS && flavor !== AUTH_NONE) return AuthStat.AUTH_REJECTEDCRED;
    if (r.uint() !== AUTH_NONE || r.uint() !== 0) return AuthStat.AUTH_BADVERF;
    if (flavor === AUTH_NONE) return none;
    return this.sys(r.bytes, body, length) ?? AuthStat.AUTH_BADCRED;
  }

  private sys(bytes: Uint8Array, start: number, length: number): Credential | undefined {
    if (this.isLast(bytes, start, length)) return this.last;
    const credential = decodeSys(bytes, start, length);
    if (credential !== undefined) {
      this.last = credential;
      this.lastBytes = bytes.slice(start, start + length);
    }
    return credential;
  }

  private isLast(bytes: Uint8Array, start: number, length: number): boolean {
    const last = this.lastBytes;
    if (last?.length !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== last[i]) return false;
    return true;
  }
}

/** `undefined` unless the bytes are an authsys_parms and nothing else. The machine's name may be any bytes. */
function decodeSys(bytes: Uint8Array, start: number, length: number): Credential | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
  if (length < 20) return undefined;
  const nameLength = view.getUint32(4);
  const afterName = 8 + ((nameLength + 3) & ~3);
  if (nameLength > MAX_MACHINE_BYTES || afterName + 12 > length) return undefined;
  const count = view.getUint32(afterName + 8);
  if (count > MAX_GIDS || afterName + 12 + 4 * count !== length) return undefined;
  const gids: number[] = [];
  for (let i = 0; i < count; i++) gids.push(view.getUint32(afterName + 12 + 4 * i));
  return {
    flavor: "sys",
    stamp: view.getUint32(0),
    machine: anyText.decode(bytes.subarray(start + 8, start + 8 + nameLength)),
    uid: view.getUint32(afterName),
    gid: view.getUint32(afterName + 4),
    gids,
  };
}
