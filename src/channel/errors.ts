import { defineErrors } from "../world/index.ts";

/** What a channel can close with, or not open for. `coterie explain CODE` prints these. */
export const channelErrors = defineErrors({
  CHANNEL_TIMEOUT: {
    summary: "The peer did not answer in time; what it had not acknowledged is lost: it may have it or not.",
    remedy:
      "Check that the peer runs and that UDP passes between; ask it what it has before you repeat a change.",
  },
  CHANNEL_RESET: {
    summary: "The peer no longer knows this channel: it restarted, or gave the channel up.",
    remedy: "Open a new channel; what was not acknowledged is lost, and is never delivered later.",
  },
  CHANNEL_CLOSED: {
    summary: "The channel was destroyed by one of its sides before everything was acknowledged.",
    remedy: "End a channel on both sides to close it without loss; see why the peer dropped it.",
  },
  CHANNEL_VIOLATION: {
    summary: "The peer broke the protocol: an authentic packet held what no correct peer sends.",
    remedy: "Compare both sides' releases; if they are the same, report it with the message's details.",
  },
  CHANNEL_REFUSED: {
    summary: "The peer answered, and does not take the channel; details hold its reason.",
    remedy:
      "Let the peer allow this side's public key (reason `key`), raise its maxChannels (`full`), or open it with onChannel (`not-listening`).",
  },
  CHANNEL_LIMIT: {
    summary: "This endpoint has as many channels, or openings under way, as it may.",
    remedy:
      "Raise the one of openEndpoint's limits that the message names (details: `limit`): maxChannels, or close channels that are not needed; maxOpenings, or wait for connects that are under way.",
  },
  CHANNEL_ENDPOINT_CLOSED: {
    summary: "The endpoint was closed here while the channel was open or opening.",
    remedy: "Close channels first, and the endpoint after their onClose.",
  },
});

/** The codes of this layer's channels: CHANNEL_… . */
export type ChannelErrorCode = keyof typeof channelErrors;
