/** Why a connection closes that is not done: what the reason in a peer's CLOSE frame means here, and what is found out here. */
import { CoterieError } from "../../world/index.ts";
import type { ChannelErrorCode } from "../errors.ts";
import { channel_close_reason } from "../gen/channel-frames.gen.ts";

export function isCloseReason(reason: number): reason is channel_close_reason {
  return reason <= channel_close_reason.CHANNEL_CLOSE_TIMEOUT;
}

/** The error that a connection closes with when its peer closed it for `reason`, which is not that everything is done. */
export function closeError(reason: channel_close_reason): CoterieError {
  const [code, message] = closeMeaning(reason);
  return new CoterieError(code, message);
}

function closeMeaning(reason: channel_close_reason): readonly [ChannelErrorCode, string] {
  switch (reason) {
    case channel_close_reason.CHANNEL_CLOSE_DROPPED:
      return ["CHANNEL_CLOSED", "the peer dropped the channel"];
    case channel_close_reason.CHANNEL_CLOSE_TIMEOUT:
      return ["CHANNEL_TIMEOUT", "the peer heard nothing from here for too long"];
    default:
      return ["CHANNEL_VIOLATION", "the peer says that it was sent what no correct peer sends"];
  }
}

export function timeoutError(): CoterieError {
  return new CoterieError("CHANNEL_TIMEOUT" satisfies ChannelErrorCode, "the peer did not answer in time");
}

/** The peer sent `what`, which no correct peer sends. */
export function violationError(what: string): CoterieError {
  return new CoterieError("CHANNEL_VIOLATION" satisfies ChannelErrorCode, `the peer sent ${what}`);
}
