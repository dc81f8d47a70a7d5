/** The bounds of one connection's limits. */
import type { ConnectionLimits } from "./types.ts";

/** Room for every frame that a packet may need beside data; and what a datagram can carry. */
export const MIN_PAYLOAD_BYTES = 512;

/** The most that `maxPayloadBytes` may be. */
export const MAX_PAYLOAD_BYTES = 65_535;

/** @throws RangeError for limits out of their bounds. */
export function checkLimits(limits: ConnectionLimits): void {
  const { minPayloadBytes, maxPayloadBytes, maxPendingBytes, roundTripMs = 0 } = limits;
  const isOrdered = minPayloadBytes >= MIN_PAYLOAD_BYTES && minPayloadBytes <= maxPayloadBytes;
  if (!isOrdered || !(maxPayloadBytes <= MAX_PAYLOAD_BYTES)) {
    throw new RangeError(
      `payloads of ${minPayloadBytes} to ${maxPayloadBytes} bytes are not within 512 to 65,535`,
    );
  }
  if (!(maxPendingBytes > 0)) throw new RangeError(`maxPendingBytes ${maxPendingBytes} is not above 0`);
  if (!(roundTripMs >= 0 && roundTripMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`roundTripMs ${roundTripMs} is no time`);
  }
}
