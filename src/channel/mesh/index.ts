export { type MeshErrorCode, meshErrors } from "./errors.ts";
export { openMesh } from "./mesh.ts";
export {
  type CarrierOptions,
  type ChannelCarrierOptions,
  defaultMeshLimits,
  type MeshLimits,
  type MeshOptions,
  type MulticastOptions as MeshMulticastOptions,
  type TcpCarrierOptions,
  type TlsCarrierOptions,
} from "./options.ts";
export { MeshSpec, type WatchedPort } from "./spec.ts";
export {
  MAX_MESH_MESSAGE_BYTES,
  MAX_PEER_NAME_BYTES,
  type Mesh,
  type MeshPeer,
  type MeshPort,
} from "./types.ts";
