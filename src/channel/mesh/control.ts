/** What links say to each other, as bytes (`mesh_control` of `x/mesh.x`). */
import { readUint32, XdrReader, XdrWriter } from "../../marshal/index.ts";
import {
  decode_mesh_control,
  decode_mesh_hello,
  decode_mesh_welcome,
  encode_mesh_control,
  encode_mesh_hello,
  encode_mesh_welcome,
  type mesh_control,
  mesh_control_kind,
  type mesh_hello,
  type mesh_welcome,
} from "./gen/mesh.gen.ts";

export type Control = mesh_control;
export const ControlKind = mesh_control_kind;

/** The upper half of every kind: the protocol's name. Then comes its version. */
const PROTOCOL = mesh_control_kind.MESH_HELLO >>> 16;
const VERSION = (mesh_control_kind.MESH_HELLO >>> 8) & 0xff;

/** In which version of the protocol a message is, that is none of this one's; undefined for what is not of the protocol. */
export function otherVersion(message: Uint8Array): number | undefined {
  if (message.length < 4 || readUint32(message, 0) >>> 16 !== PROTOCOL) return undefined;
  const version = message[2] as number;
  return version === VERSION ? undefined : version;
}

function encoded<T>(encode: (writer: XdrWriter, value: T) => void, value: T): Uint8Array {
  const writer = new XdrWriter(128);
  encode(writer, value);
  return writer.detach(0);
}

/** The value that fills `bytes`; undefined for bytes that are no such value. */
function decoded<T>(decode: (reader: XdrReader) => T, bytes: Uint8Array): T | undefined {
  try {
    const reader = new XdrReader(bytes);
    const value = decode(reader);
    reader.finish();
    return value;
  } catch {
    return undefined;
  }
}

export function encodeControl(control: Control): Uint8Array {
  return encoded(encode_mesh_control, control);
}

export function decodeControl(bytes: Uint8Array): Control | undefined {
  return decoded(decode_mesh_control, bytes);
}

export function encodeHello(hello: mesh_hello): Uint8Array {
  return encoded(encode_mesh_hello, hello);
}

export function decodeHello(bytes: Uint8Array): mesh_hello | undefined {
  return decoded(decode_mesh_hello, bytes);
}

export function encodeWelcome(welcome: mesh_welcome): Uint8Array {
  return encoded(encode_mesh_welcome, welcome);
}

export function decodeWelcome(bytes: Uint8Array): mesh_welcome | undefined {
  return decoded(decode_mesh_welcome, bytes);
}

export const PING = encodeControl({ kind: ControlKind.MESH_PING });
export const PONG = encodeControl({ kind: ControlKind.MESH_PONG });
