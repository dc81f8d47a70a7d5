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
export {
  complaintOfName,
  DEFAULT_BLOCK_BYTES,
  FileReceiver,
  type FileReceiverOptions,
  FileSender,
  type FileSenderOptions,
  MAX_BLOCKS,
  MAX_NAME_BYTES,
  type SessionEnd,
  type SourceState,
  type TransferFailure,
  type TransferOffer,
  type TransferProgress,
  type TransferReader,
  type TransferResult,
  type TransferSource,
  type TransferStore,
  type TransferTarget,
  transferErrors,
} from "./transfer/index.ts";
