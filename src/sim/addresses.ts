/** Addresses of the simulated network: which kinds there are, and which of them a host may bind and is known by. */
import { type Address, CoterieError, formatAddress } from "../world/index.ts";

export function isLoopback(ip: string): boolean {
  return ip.startsWith("127.");
}

export function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0";
}

export function isMulticast(ip: string): boolean {
  const first = Number.parseInt(ip, 10);
  return first >= 224 && first <= 239;
}

/** @throws CoterieError NET_ADDRESS_UNAVAILABLE when the host does not have the address. */
export function checkLocal(host: { readonly ip: string }, bind: Address): void {
  if (!Number.isInteger(bind.port) || bind.port < 0 || bind.port > 65_535) {
    throw new RangeError(`port ${bind.port} is not of 0 to 65,535`);
  }
  if (isWildcard(bind.host) || isLoopback(bind.host) || bind.host === host.ip) return;
  throw new CoterieError(
    "NET_ADDRESS_UNAVAILABLE",
    `cannot listen on ${formatAddress(bind)}: no such address on this machine`,
    {
      details: { ...bind },
    },
  );
}

/** The address that a peer sees of a socket that is bound to `local`. */
export function sourceFor(host: { readonly ip: string }, local: Address, to: string): Address {
  if (!isWildcard(local.host) && !isMulticast(local.host)) return local;
  return { host: isLoopback(to) ? "127.0.0.1" : host.ip, port: local.port };
}
