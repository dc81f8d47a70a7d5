/**
 * Universal addresses and netids (RFC 5665): how rpcbind writes where a program is. `127.0.0.1.8.1` is port
 * 8 * 256 + 1 of 127.0.0.1; `::1.8.1` the same of ::1. The netid tells the transport and the family of addresses.
 */
import type { Transport } from "../rpc/index.ts";
import type { Address } from "../world/index.ts";
import { NamingError } from "./errors.ts";

/** The transports that carry ONC RPC over IP. */
export const NETIDS = ["tcp", "udp", "tcp6", "udp6"] as const;

/**
 * A transport with a family of addresses, as rpcbind names them: `tcp`, `udp`, `tcp6`, `udp6` (RFC 5665
 * section 5).
 */
export type Netid = (typeof NETIDS)[number];

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const ipv6 = /^[0-9a-f:]*:[0-9a-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?(?:%[0-9a-z]+)?$/i;

/**
 * An address as rpcbind writes it: the host, then the port's two bytes, all with dots between (RFC 5665
 * section 5.2.3).
 */
export function formatUniversalAddress(address: Address): string {
  return `${address.host}.${address.port >>> 8}.${address.port & 255}`;
}

/** @throws NamingError NAMING_ADDRESS */
export function parseUniversalAddress(text: string): Address {
  const match = /^(.*)\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const [, host = "", high, low] = match ?? [];
  if (match === null || Number(high) > 255 || Number(low) > 255 || !isIpAddress(host)) {
    throw new NamingError("NAMING_ADDRESS", `${JSON.stringify(text)} is no universal address`);
  }
  return { host, port: Number(high) * 256 + Number(low) };
}

export function isIpAddress(host: string): boolean {
  const parts = ipv4.exec(host);
  if (parts !== null) return parts.slice(1).every((part) => Number(part) <= 255);
  return host.length <= 64 && ipv6.test(host);
}

export function isNetid(text: string): text is Netid {
  return (NETIDS as readonly string[]).includes(text);
}

/** The netid of a transport to a host, which is an IP address. */
export function netidOf(transport: Transport, host: string): Netid {
  return host.includes(":") ? `${transport}6` : transport;
}

/** True for a host that stands for every address of its machine. */
export function isAnyHost(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** This machine's addresses to itself (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^::ffff:/, "");
  return plain === "::1" || (plain.startsWith("127.") && ipv4.test(plain));
}
