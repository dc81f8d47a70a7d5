export { requestStatus, STATUS_TIMEOUT_MS } from "./admin-client.ts";
export type { NodeOptions } from "./assemble.ts";
export {
  type Admission,
  AUTHORITY_FILE,
  Authority,
  asTrust,
  authorityErrors,
  type CellTrust,
  certifyBy,
  firstTrust,
  formatToken,
  formatTrust,
  type Issued,
  JoinDesk,
  type JoinHost,
  type JoinOptions,
  JoinRefusal,
  join,
  type KeyPlace,
  keyToJoinWith,
  LEDGER_FILE,
  MEMBER_DAYS,
  MemberCredentials,
  makeOperator,
  makeToken,
  markOf,
  type NewNode,
  NODE_KEY_FILE,
  parseToken,
  parseTrust,
  type Reason,
  Renewer,
  type RenewerOptions,
  renew,
  retireOthers,
  revoke,
  type Token,
  type TokenMark,
  trustNext,
} from "./authority/index.ts";
export { cellRulesIn, cellRulesValue, EXPORTS_SETTING, MAX_CELL_RULES } from "./cell-exports.ts";
export { CellNode, type CellNodeOptions } from "./cell-node.ts";
export {
  DIRECTORY_FORMAT,
  type DirectoryFiles,
  type DirectoryFormat,
  FORMAT_FILE,
  LOG_FOLDER,
  RUNNING_FILE,
  type RunningNode,
  readFormat,
  readRunning,
  VOLUME_NAME,
} from "./directory.ts";
export { cellErrors } from "./errors.ts";
export { formatExportRule } from "./export-text.ts";
export {
  CELL_MAX_NAME,
  CELL_MAX_NODES,
  CELL_MAX_REPLICAS,
  cell_deed,
  cell_standing,
} from "./gen/cell-admin.gen.ts";
export { isLoopbackHost } from "./loopback.ts";
export {
  type AdminAddress,
  type AuthorityStatus,
  CellAdmin,
  COMMAND_TIMEOUT_MS,
  type VolumeWish,
} from "./member/admin-client.ts";
export { encodeNewcomer, identityFrom } from "./member/admission.ts";
export type { CallStep, NodeSteps, StepKind } from "./member/call-steps.ts";
export type { CellNodeStatus, CellStatus, ReplicaStatus, VolumeStatus } from "./member/cell-status.ts";
export type { VolumeStores } from "./member/hosted.ts";
export {
  IDENTITY_FILE,
  type Identity,
  type KnownNode,
  readIdentity,
  writeIdentity,
} from "./member/identity.ts";
export { certifyFounders, NodeSecurity } from "./member/security.ts";
export { type Standing, StandingWatch } from "./member/standing.ts";
export { Node } from "./node.ts";
export {
  configError,
  DEFAULT_HOST,
  DEFAULT_PORT,
  exportsForm,
  MAX_SETTINGS_BYTES,
  type NodeSettings,
  type Portmap,
  parseSettingsFile,
  type RawSettings,
  resolveSettings,
  SETTINGS_FILE,
  type SettingsSource,
} from "./settings.ts";
export { DEFAULT_ORIGIN, type ToldSetting, tellSettings } from "./settings-origin.ts";
export {
  type CellCommand,
  type CellReply,
  CellState,
  encodeCellCommand,
} from "./state/cell-state.ts";
export { Refused } from "./state/errors.ts";
export { isName } from "./state/names.ts";
export { type Candidate, choosePlaces } from "./state/placement.ts";
export type {
  CellMount,
  CellNode as NodeRecord,
  CellSetting,
  CellToken,
  CellVolume,
} from "./state/records.ts";
export type { NodeProblem, NodeState, NodeStatus, PortmapState } from "./status.ts";
export { isoTime } from "./time-text.ts";
export {
  type AddressDoor,
  type AddressOutcome,
  VipKeeper,
  type VipOptions,
} from "./vip/vip-keeper.ts";
