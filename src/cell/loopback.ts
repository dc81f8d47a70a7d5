/** This machine's addresses to itself: RFC 1122 section 3.2.1.3 (127.0.0.0/8) and RFC 4291 section 2.5.3 (::1). */

/** True for a host that only this machine reaches: a loopback address, also as IPv6 writes IPv4, or `localhost`. */
export function isLoopbackHost(host: string): boolean {
  const plain = host.toLowerCase().replace(/^::ffff:/, "");
  return plain === "localhost" || plain === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}
