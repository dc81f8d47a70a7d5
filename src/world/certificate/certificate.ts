/**
 * The certificates of a cell: X.509 version 3 (RFC 5280) with Ed25519 (RFC 8410), in exactly one profile.
 *
 * An authority vouches for itself. A member, a node or an operator, is vouched for by an authority, which it names by its key. The cell is the
 * organisation (O) of subject and issuer; what a member is, and its name, are one URI among its alternative names:
 * `coterie://CELL/node/NAME`. A decoder reads the few things that vary and encodes them again: bytes that come out otherwise are not of the
 * profile, so that no second meaning of a certificate can exist.
 */
import type { Crypto, SigningKey } from "../crypto.ts";
import { fromHex, hex } from "../key-formats.ts";
import {
  bits,
  boolean,
  DerError,
  DerReader,
  element,
  explicit,
  implicit,
  octets,
  oid,
  sequence,
  set,
  small,
  Tag,
  utf8,
} from "./der.ts";
import { decodeTime, encodeTime } from "./validity.ts";

/** What the holder of a certificate may be. */
export type Role = "authority" | "node" | "operator";

/** Bytes of a serial number. */
export const SERIAL_BYTES = 16;
/** Bytes of UTF-8 of a member's name. */
export const MAX_MEMBER_NAME_BYTES = 255;
/** A longer certificate is not read. */
export const MAX_CERTIFICATE_BYTES = 4096;
const CELL_ID = /^[0-9a-z-]{1,64}$/;
const KEY_ID_BYTES = 20;

/** What a certificate says. Times are milliseconds since 1970, in whole seconds. */
export interface Claims {
  /** The cell's id: 1 to 64 of the characters 0-9, a-z and -. */
  readonly cell: string;
  readonly role: Role;
  /** A member's name, of 1 to 255 bytes of UTF-8; an authority's is empty. */
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly serial: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A certificate of a cell that was read, and encodes to the same bytes again. */
export interface Certificate extends Claims {
  /** Names the key of the authority that vouches for it: 40 hexadecimal digits. */
  readonly issuerKeyId: string;
  /** The whole of it. */
  readonly der: Uint8Array;
  /** What is signed, and the signature. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

const ED25519 = sequence(oid("1.3.101.112"));
const ORGANISATION = oid("2.5.4.10");
const UNIT = oid("2.5.4.11");
const AUTHORITY_UNIT = "authority";
const VERSION_3 = element(explicit(0), small(2));

const Extension = {
  SUBJECT_KEY_ID: oid("2.5.29.14"),
  KEY_USAGE: oid("2.5.29.15"),
  SUBJECT_NAMES: oid("2.5.29.17"),
  BASIC_CONSTRAINTS: oid("2.5.29.19"),
  AUTHORITY_KEY_ID: oid("2.5.29.35"),
  EXTENDED_KEY_USAGE: oid("2.5.29.37"),
} as const;
const SERVER_AND_CLIENT = sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"));
/** Bits 5 and 6, keyCertSign and cRLSign; bit 0, digitalSignature. */
const SIGNS_CERTIFICATES = bits(Uint8Array.of(0x06), 1);
const SIGNS = bits(Uint8Array.of(0x80), 7);
const URI_NAME = implicit(6);

/** Names a public key: the first 20 bytes of its SHA-256 (RFC 7093 section 2, method 1), in hexadecimal. */
export function keyId(crypto: Crypto, publicKey: Uint8Array): string {
  return hex(crypto.sha256(publicKey).subarray(0, KEY_ID_BYTES));
}

/**
 * A certificate that `issuer` signs; an authority's own key signs its own.
 * @throws RangeError for claims that are out of their bounds.
 */
export function issueCertificate(crypto: Crypto, issuer: SigningKey, asked: Claims): Certificate {
  const claims = {
    ...asked,
    notBeforeMs: wholeSecond(asked.notBeforeMs),
    notAfterMs: wholeSecond(asked.notAfterMs),
  };
  const complaint = complaintOfClaims(claims);
  if (complaint !== undefined) throw new RangeError(`certificate: ${complaint}`);
  const issuerKeyId = keyId(crypto, issuer.publicKey);
  const signed = encodeSigned(crypto, claims, issuerKeyId);
  const signature = issuer.sign(signed);
  return { ...claims, issuerKeyId, der: assemble(signed, signature), signed, signature };
}

const wholeSecond = (ms: number) => Math.floor(ms / 1000) * 1000;

/** What bytes of any origin certify, by their own account; undefined where they are no certificate of this profile. */
export function decodeCertificate(crypto: Crypto, der: Uint8Array): Certificate | undefined {
  if (der.length > MAX_CERTIFICATE_BYTES) return undefined;
  try {
    const { claims, issuerKeyId, signature } = read(der);
    if (complaintOfClaims(claims) !== undefined) return undefined;
    const signed = encodeSigned(crypto, claims, issuerKeyId);
    const whole = assemble(signed, signature);
    if (whole.length !== der.length || !whole.every((byte, at) => byte === der[at])) return undefined;
    return { ...claims, issuerKeyId, der: whole, signed, signature };
  } catch (error) {
    if (error instanceof DerError || error instanceof URIError) return undefined;
    throw error;
  }
}

function complaintOfClaims(claims: Claims): string | undefined {
  const { cell, role, name, serial, publicKey, notBeforeMs, notAfterMs } = claims;
  if (!CELL_ID.test(cell)) return `a cell's id has 1 to 64 of 0-9, a-z and -, not ${JSON.stringify(cell)}`;
  if (role === "authority" ? name !== "" : !isMemberName(name)) return "a name of 1 to 255 bytes is wanted";
  if (!/^[4-7][0-9a-f]{31}$/.test(serial))
    return "a serial number has 32 hexadecimal digits, the first of 4 to 7";
  if (publicKey.length !== 32) return "a public key has 32 bytes";
  if (!(notBeforeMs >= 0 && notAfterMs >= notBeforeMs)) return "it ends before it begins";
  return undefined;
}

/** Whether a member of a cell can be called so. */
export function isMemberName(name: string): boolean {
  const { length } = new TextEncoder().encode(name);
  return length >= 1 && length <= MAX_MEMBER_NAME_BYTES && !/\p{Surrogate}|\p{Cc}/u.test(name);
}

/** A serial number of 16 random bytes: a positive INTEGER, and always as long. */
export function serialOf(random: Uint8Array): string {
  return hex([((random[0] as number) & 0x3f) | 0x40, ...random.subarray(1, SERIAL_BYTES)]);
}

// --- encoding ---

function assemble(signed: Uint8Array, signature: Uint8Array): Uint8Array {
  return sequence(signed, ED25519, bits(signature));
}

function encodeSigned(crypto: Crypto, claims: Claims, issuerKeyId: string): Uint8Array {
  const { cell, role, serial, publicKey, notBeforeMs, notAfterMs } = claims;
  return sequence(
    VERSION_3,
    element(Tag.INTEGER, fromHex(serial) as Uint8Array),
    ED25519,
    distinguishedName(cell, AUTHORITY_UNIT),
    sequence(encodeTime(notBeforeMs), encodeTime(notAfterMs)),
    distinguishedName(cell, role),
    sequence(ED25519, bits(publicKey)),
    element(explicit(3), sequence(...extensions(crypto, claims, issuerKeyId))),
  );
}

function distinguishedName(cell: string, unit: string): Uint8Array {
  return sequence(set(sequence(ORGANISATION, utf8(cell))), set(sequence(UNIT, utf8(unit))));
}

function extensions(crypto: Crypto, claims: Claims, issuerKeyId: string): Uint8Array[] {
  const keyIds = [
    extension(Extension.SUBJECT_KEY_ID, octets(fromHex(keyId(crypto, claims.publicKey)) as Uint8Array)),
    extension(Extension.AUTHORITY_KEY_ID, sequence(element(implicit(0), fromHex(issuerKeyId) as Uint8Array))),
  ];
  if (claims.role === "authority") {
    return [
      critical(Extension.BASIC_CONSTRAINTS, sequence(boolean(true), small(0))),
      critical(Extension.KEY_USAGE, SIGNS_CERTIFICATES),
      ...keyIds,
    ];
  }
  return [
    critical(Extension.BASIC_CONSTRAINTS, sequence()),
    critical(Extension.KEY_USAGE, SIGNS),
    extension(Extension.EXTENDED_KEY_USAGE, SERVER_AND_CLIENT),
    extension(
      Extension.SUBJECT_NAMES,
      sequence(element(URI_NAME, new TextEncoder().encode(memberUri(claims)))),
    ),
    ...keyIds,
  ];
}

const extension = (id: Uint8Array, value: Uint8Array) => sequence(id, octets(value));
const critical = (id: Uint8Array, value: Uint8Array) => sequence(id, boolean(true), octets(value));

function memberUri({ cell, role, name }: Claims): string {
  return `coterie://${cell}/${role}/${encodeURIComponent(name)}`;
}

// --- decoding: only what varies; the rest is checked by encoding it again ---

interface Read {
  readonly claims: Claims;
  readonly issuerKeyId: string;
  readonly signature: Uint8Array;
}

function read(der: Uint8Array): Read {
  const whole = new DerReader(der).enter(Tag.SEQUENCE);
  const signed = whole.enter(Tag.SEQUENCE);
  whole.take(Tag.SEQUENCE);
  const signature = bitsOf(whole);
  signed.take(explicit(0));
  const serial = hex(signed.take(Tag.INTEGER));
  signed.take(Tag.SEQUENCE);
  signed.take(Tag.SEQUENCE);
  const validity = signed.enter(Tag.SEQUENCE);
  const notBeforeMs = decodeTime(validity);
  const notAfterMs = decodeTime(validity);
  const [cell, unit] = readName(signed.enter(Tag.SEQUENCE));
  const key = signed.enter(Tag.SEQUENCE);
  key.take(Tag.SEQUENCE);
  const publicKey = bitsOf(key);
  const found = readExtensions(signed.enter(explicit(3)).enter(Tag.SEQUENCE));
  const role = roleOf(unit);
  const name = role === "authority" ? "" : nameInUri(found.get(hex(Extension.SUBJECT_NAMES)));
  const issuerKeyId = readIssuer(found.get(hex(Extension.AUTHORITY_KEY_ID)));
  return { claims: { cell, role, name, serial, publicKey, notBeforeMs, notAfterMs }, issuerKeyId, signature };
}

/** A copy without the count of unused bits: a platform's own array has a `slice` that is none. */
function bitsOf(reader: DerReader): Uint8Array {
  return Uint8Array.from(reader.take(Tag.BIT_STRING).subarray(1));
}

/** The organisation and its unit. */
function readName(reader: DerReader): [string, string] {
  const one = (): string => {
    const attribute = reader.enter(Tag.SET).enter(Tag.SEQUENCE);
    attribute.take(Tag.OBJECT_IDENTIFIER);
    return new TextDecoder().decode(attribute.take(Tag.UTF8_STRING));
  };
  return [one(), one()];
}

function roleOf(unit: string): Role {
  if (unit === "authority" || unit === "node" || unit === "operator") return unit;
  throw new DerError(`no role: ${unit}`);
}

/** Values by the identifiers' encodings. A profile has six at most. */
function readExtensions(reader: DerReader): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  while (!reader.isAtEnd && found.size < 8) {
    const each = reader.enter(Tag.SEQUENCE);
    const id = element(Tag.OBJECT_IDENTIFIER, each.take(Tag.OBJECT_IDENTIFIER));
    if (each.peek() === Tag.BOOLEAN) each.take(Tag.BOOLEAN);
    found.set(hex(id), each.take(Tag.OCTET_STRING));
  }
  return found;
}

function readIssuer(value: Uint8Array | undefined): string {
  if (value === undefined) throw new DerError("no authority is named");
  return hex(new DerReader(value).enter(Tag.SEQUENCE).take(implicit(0)));
}

function nameInUri(value: Uint8Array | undefined): string {
  if (value === undefined) throw new DerError("a member without a name");
  const uri = new TextDecoder().decode(new DerReader(value).enter(Tag.SEQUENCE).take(URI_NAME));
  return decodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
}
