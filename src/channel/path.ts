/** Where packets go, and how large they may be. */
import { type Address, CoterieError, type Network } from "../world/index.ts";

/** Payload of UDP that every path carries (RFC 9000 section 14 builds on the same): the size of the first packets. */
export const FIRST_PACKET_BYTES = 1200;
/** The largest that probing looks for: Ethernet's 1,500 bytes without the headers of IPv6 and UDP. */
export const MAX_PATH_PACKET_BYTES = 1452;
/** To loopback addresses: the largest of UDP over IPv4. */
export const MAX_LOOPBACK_PACKET_BYTES = 65_507;

/**
 * To loopback addresses, the most in flight: no such path is so long that it needs more, nothing on it is lost that would say so, and more
 * than this does not stay in the cache of a processor between its sender and its receiver.
 */
export const MAX_LOOPBACK_FLIGHT_BYTES = 1024 * 1024;

export function isLoopback(host: string): boolean {
  return /^(::ffff:)?127\./.test(host) || host === "::1";
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

/** The largest packet for a peer at this address. */
export function maxPacketBytes(host: string): number {
  return isLoopback(host) ? MAX_LOOPBACK_PACKET_BYTES : MAX_PATH_PACKET_BYTES;
}

/** The most in flight to a peer at this address. */
export function maxFlightBytes(host: string): number {
  return isLoopback(host) ? MAX_LOOPBACK_FLIGHT_BYTES : Number.POSITIVE_INFINITY;
}

/**
 * What one host has for certain, to count by: an address of IPv4, or the first 64 bits of one of IPv6, as anybody with one of
 * those has 2^64 (RFC 7934 section 6). `host` as the system writes it.
 */
export function networkOf(host: string): string {
  if (!host.includes(":") || host.includes(".")) return host;
  const [head, tail] = host.split("::");
  const left = (head || "0").split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...new Array<string>(zeros).fill("0"), ...right].slice(0, 4).join(":");
}

/** Addresses that stand for all of a machine's own: as a destination, its loopback address, as answers come from a real one. */
const loopbackOf: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
  ["::ffff:0.0.0.0", "::ffff:127.0.0.1"],
]);

/**
 * The address to send to, in the form in which senders are told: the first that the host's name has in the family of the
 * socket's own, `local`. A socket of IPv6 reaches addresses of IPv4 in their mapped form (RFC 4291 section 2.5.5.2).
 * @throws CoterieError NET_NAME_UNKNOWN, NET_UNREACHABLE and the like.
 */
export async function destination(net: Network, { host, port }: Address, local: Address): Promise<Address> {
  const addresses = await net.resolve(host);
  if (addresses.length === 0) throw new CoterieError("NET_NAME_UNKNOWN", `${host} has no address`);
  const isOfIPv6 = local.host.includes(":");
  const own = addresses.find((address) => address.includes(":") === isOfIPv6);
  const mapped = own ?? (isOfIPv6 ? `::ffff:${addresses[0]}` : undefined);
  if (mapped === undefined) {
    throw new CoterieError(
      "NET_UNREACHABLE",
      `${host} has only addresses of IPv6, and ${local.host} is none`,
    );
  }
  return { host: loopbackOf.get(mapped) ?? mapped, port };
}
