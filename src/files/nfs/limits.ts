/** The bounds of the NFS server that are not a part's own; the README lists them all. */
import type { Transport } from "../../rpc/index.ts";

/** The most bytes of one READ, WRITE or listing over TCP. */
export const MAX_TCP_TRANSFER_BYTES = 1024 * 1024;
/** The same over UDP: with its headers it must fit one datagram of 65,507 bytes. */
export const MAX_UDP_TRANSFER_BYTES = 32 * 1024;

export function maxTransferBytes(transport: Transport): number {
  return transport === "tcp" ? MAX_TCP_TRANSFER_BYTES : MAX_UDP_TRANSFER_BYTES;
}
