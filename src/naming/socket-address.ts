/** A `sockaddr` as Linux lays it out on a little-endian machine: what rpcbind calls a transport's own address. */
import type { netbuf } from "./gen/rpcbind.gen.ts";
import { formatUniversalAddress, parseUniversalAddress } from "./universal-address.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const INET_BYTES = 16;
const INET6_BYTES = 28;

/** Empty for what is no universal address. */
export function toSocketAddress(universal: string): netbuf {
  let address: ReturnType<typeof parseUniversalAddress>;
  try {
    address = parseUniversalAddress(universal);
  } catch {
    return { maxlen: 0, buf: new Uint8Array(0) };
  }
  const isV6 = address.host.includes(":");
  const buf = new Uint8Array(isV6 ? INET6_BYTES : INET_BYTES);
  const view = new DataView(buf.buffer);
  view.setUint16(0, isV6 ? AF_INET6 : AF_INET, true);
  view.setUint16(2, address.port);
  if (isV6) {
    for (const [i, group] of groupsOf(address.host).entries()) view.setUint16(8 + 2 * i, group);
  } else {
    for (const [i, part] of address.host.split(".").entries()) view.setUint8(4 + i, Number(part));
  }
  return { maxlen: buf.length, buf };
}

/** Empty for what is no such address. */
export function fromSocketAddress({ buf }: netbuf): string {
  if (buf.length < 8) return "";
  const view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2);
  if (family === AF_INET) return formatUniversalAddress({ host: buf.subarray(4, 8).join("."), port });
  if (family !== AF_INET6 || buf.length < 24) return "";
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i));
  return formatUniversalAddress({ host: compress(groups), port });
}

/** The eight groups of an IPv6 address. */
function groupsOf(host: string): number[] {
  const text = (host.split("%")[0] as string).replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
  const [front = "", back] = text.split("::");
  const parse = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const before = parse(front);
  const after = back === undefined ? [] : parse(back);
  const zeros = Math.max(0, 8 - before.length - after.length);
  return [...before, ...new Array<number>(zeros).fill(0), ...after].slice(0, 8);
}

/** The shortest text of an IPv6 address: its longest run of zeros becomes `::` (RFC 5952 section 4.2). */
function compress(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.at < 0) return hex(groups);
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`;
}
