/** What a mesh's links run over: the carrier that its options name, and the sockets of IP multicast beside it. */
import type { World } from "../../world/index.ts";
import { openChannelCarrier } from "./carrier-channel.ts";
import { openTcpCarrier } from "./carrier-tcp.ts";
import { openTlsCarrier } from "./carrier-tls.ts";
import { type Caster, openCaster } from "./cast/caster.ts";
import { checkProtection, type MeshLimits, type MeshOptions } from "./options.ts";
import type { Carrier } from "./pipe.ts";

export async function openMulticast(
  world: World,
  { multicast, carrier }: MeshOptions,
  { local, secret }: Carrier,
): Promise<Caster | undefined> {
  if (multicast === undefined) return undefined;
  const hasKeys = carrier?.kind === "channels" && carrier.security.kind === "identity";
  const mustProve = hasKeys || carrier?.kind === "tls";
  return openCaster(world, { ...multicast, local, secret, mustProve });
}

export async function openCarrier(world: World, options: MeshOptions, limits: MeshLimits): Promise<Carrier> {
  const { bind, carrier = { kind: "tcp" } } = options;
  checkProtection(bind, carrier);
  if (carrier.kind === "tcp") return openTcpCarrier(world, bind, carrier, limits.handshakeMs);
  if (carrier.kind === "tls") return openTlsCarrier(world, bind, carrier, limits.handshakeMs);
  return openChannelCarrier(world, bind, carrier, limits.handshakeMs);
}
