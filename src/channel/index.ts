export { type Channel, MAX_MESSAGE_BYTES } from "./channel.ts";
export { type ChannelErrorCode, channelErrors } from "./errors.ts";
