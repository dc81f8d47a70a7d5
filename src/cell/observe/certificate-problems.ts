/** Whether a node's certificate ends soon: they renew theirs long before, so one that comes near its end could not. */
import type { CarrierOptions } from "../../channel/index.ts";
import { decodeCertificate, type World } from "../../world/index.ts";
import type { NodeProblem } from "../status.ts";
import { isoTime } from "../time-text.ts";

/** The share of its time that is left of a certificate when it should have been renewed long ago. */
export const LATE_SHARE = 1 / 6;

/** None for links that need no certificates. */
export function certificateProblems(
  { clock, crypto }: Pick<World, "clock" | "crypto">,
  carrier: CarrierOptions,
): NodeProblem[] {
  if (carrier.kind !== "tls") return [];
  const certificate = decodeCertificate(crypto, carrier.credentials.identity.certificate);
  if (certificate === undefined) return [];
  const { notBeforeMs, notAfterMs } = certificate;
  const leftMs = notAfterMs - clock.wall().seconds * 1000;
  if (leftMs > (notAfterMs - notBeforeMs) * LATE_SHARE) return [];
  const end = isoTime({ seconds: Math.floor(notAfterMs / 1000), nanoseconds: 0 });
  const message =
    leftMs > 0 ? `the node's certificate ends at ${end}` : `the node's certificate ended at ${end}`;
  return [{ code: "CELL_CERTIFICATE_ENDS", message }];
}
