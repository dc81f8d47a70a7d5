/**
 * Whom a cell believes: its authorities, the first of which certifies, and what was revoked. A record of the cell's replicated state, changed by pure
 * functions, so that every node makes the same of the same change. Times come in with the change.
 *
 * An authority is rotated in three steps, each of them a change: the next one is believed, it is the one that certifies, the others are
 * not believed any more. Between the second and the third all members get new certificates.
 */
import {
  base64url,
  CoterieError,
  type Crypto,
  decodeAuthority,
  fromBase64,
  fromHex,
  hex,
  type Trust,
} from "../../world/index.ts";
import { decoded, encoded } from "./encoding.ts";
import {
  AUTHORITY_MAX_AUTHORITIES,
  AUTHORITY_MAX_REVOKED,
  decode_authority_trust,
  encode_authority_trust,
} from "./gen/authority.gen.ts";

const FORMAT = 2;

/** Which authorities and certificates a cell believes. */
export interface CellTrust {
  /** Certificates in DER; the first one's key certifies. */
  readonly authorities: readonly Uint8Array[];
  /** The last authority is to certify when all nodes have its key. Else those behind the first did before. */
  readonly hasNext?: boolean;
  /** Serial numbers, and when their certificates would have ended, in milliseconds since 1970. */
  readonly revoked: ReadonlyMap<string, number>;
}

/** What a new cell believes: its one authority. */
export function firstTrust(authority: Uint8Array): CellTrust {
  return { authorities: [authority], revoked: new Map() };
}

/** Another authority is believed too. @throws CoterieError AUTHORITY_LIMIT. */
export function trustNext(trust: CellTrust, next: Uint8Array): CellTrust {
  if (trust.authorities.some((each) => isSame(each, next))) return trust;
  if (trust.authorities.length >= AUTHORITY_MAX_AUTHORITIES) throw tooMany("authorities");
  return { ...trust, authorities: [...trust.authorities, next], hasNext: true };
}

/** The authority that is to certify, and does not yet. */
export function nextOf({ authorities, hasNext }: CellTrust): Uint8Array | undefined {
  return hasNext ? authorities.at(-1) : undefined;
}

/** It certifies from now on. @throws RangeError where it is not believed yet: members would not believe what it certifies. */
export function certifyBy(trust: CellTrust, authority: Uint8Array): CellTrust {
  const others = trust.authorities.filter((each) => !isSame(each, authority));
  if (others.length === trust.authorities.length) throw new RangeError("an authority that is not believed");
  return { authorities: [authority, ...others], revoked: trust.revoked };
}

/** None but the one that certifies is believed. */
export function retireOthers(trust: CellTrust): CellTrust {
  return { authorities: trust.authorities.slice(0, 1), revoked: trust.revoked };
}

/** What would have ended by now is forgotten. @throws CoterieError AUTHORITY_LIMIT. */
export function revoke(
  trust: CellTrust,
  certificates: readonly { readonly serial: string; readonly endsMs: number }[],
  nowMs: number,
): CellTrust {
  const all = [...trust.revoked, ...certificates.map(({ serial, endsMs }) => [serial, endsMs] as const)];
  // A minute more, for clocks that run behind.
  const revoked = new Map(all.filter(([, endsMs]) => endsMs + 60_000 > nowMs));
  if (revoked.size > AUTHORITY_MAX_REVOKED) throw tooMany("revoked certificates");
  return { ...trust, revoked };
}

/** As who judges certificates asks it. */
export function asTrust(cell: string, trust: CellTrust): Trust {
  return { cell, authorities: trust.authorities, isRevoked: (serial) => trust.revoked.has(serial) };
}

/** A text for a record of the cell's state. */
export function formatTrust(trust: CellTrust): string {
  const revoked = [...trust.revoked].map(([serial, endsMs]) => ({
    serial: fromHex(serial) as Uint8Array,
    ends_ms: BigInt(endsMs),
  }));
  return base64url(
    encoded(encode_authority_trust, {
      format: FORMAT,
      authorities: [...trust.authorities],
      has_next: trust.hasNext ?? false,
      revoked,
    }),
  );
}

/** Undefined for any other text, and for authorities that are not of the cell. */
export function parseTrust(crypto: Crypto, cell: string, text: string): CellTrust | undefined {
  const bytes = fromBase64(text);
  const wire = bytes && decoded(decode_authority_trust, bytes);
  if (wire?.format !== FORMAT || wire.authorities.length === 0) return undefined;
  const authorities = wire.authorities.map((der) => decodeAuthority(crypto, der)?.der);
  if (!authorities.every((der) => der !== undefined && decodeAuthority(crypto, der)?.cell === cell))
    return undefined;
  const revoked = new Map(wire.revoked.map(({ serial, ends_ms }) => [hex(serial), Number(ends_ms)]));
  const hasNext = wire.has_next && authorities.length > 1;
  return { authorities: authorities as Uint8Array[], revoked, ...(hasNext && { hasNext }) };
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function tooMany(what: string): CoterieError {
  return new CoterieError("AUTHORITY_LIMIT", `the cell has as many ${what} as it may have`);
}
