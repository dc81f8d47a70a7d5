export { type Channel, MAX_MESSAGE_BYTES } from "./channel.ts";
export {
  ChannelChecker,
  type CheckerOptions,
  checkTrace,
  type PairAction,
  PairsChecker,
  type SpecName,
  type Verdict,
} from "./checker.ts";
export {
  Connection,
  type ConnectionCore,
  type ConnectionEvents,
  type ConnectionLimits,
  MAX_PAYLOAD_BYTES,
  MIN_PAYLOAD_BYTES,
} from "./connection/index.ts";
export { openEndpoint } from "./endpoint.ts";
export { type ChannelErrorCode, channelErrors } from "./errors.ts";
export type { Security } from "./exchange.ts";
export {
  type BoxLimits,
  defaultBoxLimits,
  defaultMailLimits,
  type Fate,
  MAILBOX_MAX_BYTES,
  MAILBOX_MAX_NAME,
  Mailbox,
  type MailboxErrorCode,
  Mailboxes,
  type MailboxesOptions,
  type MailLimits,
  type MailStats,
  mailboxErrors,
  type ReceivedMail,
  type ReceiveOptions,
  type RequestOptions,
  type SendOptions,
  type Until,
} from "./mailbox/index.ts";
export {
  type CarrierOptions,
  type ChannelCarrierOptions,
  defaultMeshLimits,
  MAX_MESH_MESSAGE_BYTES,
  MAX_PEER_NAME_BYTES,
  type Mesh,
  type MeshErrorCode,
  type MeshLimits,
  type MeshMulticastOptions,
  type MeshOptions,
  type MeshPeer,
  type MeshPort,
  MeshSpec,
  meshErrors,
  openMesh,
  type TcpCarrierOptions,
  type TlsCarrierOptions,
  type WatchedPort,
} from "./mesh/index.ts";
export {
  defaultEndpointLimits,
  type Endpoint,
  type EndpointLimits,
  type EndpointOptions,
  type EndpointStats,
  type OpenChannelOptions,
} from "./options.ts";
export { networkOf } from "./path.ts";
export {
  type AckStatus,
  type ChannelAction,
  type ChannelMachine,
  channelActions,
  type SpecMessage,
} from "./spec.ts";
export { ExplicitStates } from "./spec-explore.ts";
export { type LinkAction, NumberedLink } from "./spec-numbered.ts";
export { ReliableMapping } from "./spec-numbered-mapping.ts";
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
