/** Where a transfer's other side is, and what the channel to it is like. */
import type { EndpointLimits, Security } from "../../channel/index.ts";
import type { TransferKey } from "./key.ts";

/** A port of no service that is registered. */
export const DEFAULT_TRANSFER_PORT = 7817;

/** Much under way, and a peer that died is given up soon: somebody waits. */
export const CHANNEL_LIMITS: Partial<EndpointLimits> = {
  maxPendingBytes: 8 * 1024 * 1024,
  receiveWindowBytes: 8 * 1024 * 1024,
  timeoutMs: 10_000,
  keepaliveMs: 3000,
};

export function securityOf(key: TransferKey | undefined): Security {
  return key === undefined ? { kind: "checksum" } : { kind: "shared-key", key: key.key };
}
