export { type Channel, MAX_MESSAGE_BYTES } from "./channel.ts";
export { openEndpoint } from "./endpoint.ts";
export { type ChannelErrorCode, channelErrors } from "./errors.ts";
export type { Security } from "./exchange.ts";
export {
  defaultEndpointLimits,
  type Endpoint,
  type EndpointLimits,
  type EndpointOptions,
  type EndpointStats,
  type OpenChannelOptions,
} from "./options.ts";
