/** Where a client's messages go. */
import { type Address, CoterieError, type Network } from "../world/index.ts";

/**
 * The addresses that stand for all of a machine's own. As a destination the kernel takes one for this machine (RFC
 * 1122 section 3.2.1.3 allows it as a source alone), but whoever answers does so from a real address, so that over UDP
 * the reply would be taken for a stranger's.
 */
const loopbackOf: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
  ["::ffff:0.0.0.0", "::ffff:127.0.0.1"],
]);

/**
 * The address to send to: the first that the host's name has; for an any-address, this machine's loopback address.
 * @throws CoterieError NET_NAME_UNKNOWN and the like.
 */
export async function destination(net: Network, { host, port }: Address): Promise<Address> {
  const [address] = await net.resolve(host);
  if (address === undefined) throw new CoterieError("NET_NAME_UNKNOWN", `${host} has no address`);
  return { host: loopbackOf.get(address) ?? address, port };
}
