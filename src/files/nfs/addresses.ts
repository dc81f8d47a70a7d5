/**
 * Ranges of IP addresses (RFC 4632 for IPv4, RFC 4291 for IPv6): `192.168.0.0/24`, `fe80::/10`, one address, or `*`
 * for all of both. An address is a whole number with its family's bits; an IPv4 address that came in over IPv6
 * (`::ffff:192.168.0.7`) is taken for the IPv4 address that it is.
 */

const V4_BITS = 32;
const V6_BITS = 128;
/** `::ffff:0:0/96`, where IPv6 keeps the addresses of IPv4. */
const MAPPED_PREFIX = 0xffffn;

export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface AddressRange {
  /** Undefined: every address. */
  readonly base: IpAddress | undefined;
  /** How many leading bits of an address must be those of `base`. */
  readonly prefix: number;
}

/** The address that `text` writes, or undefined when it writes none. A zone (`fe80::1%eth0`) is passed over. */
export function parseAddress(text: string): IpAddress | undefined {
  const zone = text.indexOf("%");
  const bare = zone < 0 ? text : text.slice(0, zone);
  if (!bare.includes(":")) {
    const value = parseV4(bare);
    return value === undefined ? undefined : { bits: V4_BITS, value };
  }
  const value = parseV6(bare);
  if (value === undefined) return undefined;
  if (value >> 32n === MAPPED_PREFIX) return { bits: V4_BITS, value: value & 0xffff_ffffn };
  return { bits: V6_BITS, value };
}

/** The range that `text` writes, or undefined. Bits after the prefix must be zero, as a guard against typing errors. */
export function parseRange(text: string): AddressRange | undefined {
  if (text === "*") return { base: undefined, prefix: 0 };
  const [address = "", length, ...more] = text.split("/");
  const base = parseAddress(address);
  if (base === undefined || more.length > 0) return undefined;
  if (length === undefined) return { base, prefix: base.bits };
  if (!/^\d{1,3}$/.test(length) || Number(length) > base.bits) return undefined;
  const prefix = Number(length);
  const rest = BigInt(base.bits - prefix);
  return (base.value >> rest) << rest === base.value ? { base, prefix } : undefined;
}

export function inRange(address: IpAddress, range: AddressRange): boolean {
  const base = range.base;
  if (base === undefined) return true;
  if (base.bits !== address.bits) return false;
  const rest = BigInt(base.bits - range.prefix);
  return address.value >> rest === base.value >> rest;
}

/** 127.0.0.0/8 and ::1: this machine itself. */
export function isLoopback(address: IpAddress): boolean {
  return address.bits === V4_BITS ? address.value >> 24n === 127n : address.value === 1n;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) {
    value = (value << 16n) | BigInt(group);
  }
  return value;
}

/** Groups of 16 bits; the last one may be an IPv4 address, for two of them, where the address ends. */
function parseGroups(text: string, ends: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (ends && index === parts.length - 1 && part.includes(".")) {
      const value = parseV4(part);
      if (value === undefined) return undefined;
      groups.push(Number(value >> 16n), Number(value & 0xffffn));
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
