export { MAX_KNOWN_HOSTS } from "./clients.ts";
export { NfsError, type NfsErrorCode, nfsErrors } from "./errors.ts";
export {
  type ChangingExports,
  defaultExports,
  type ExportRule,
  Exports,
  MAX_EXPORT_RULES,
  NOBODY,
  parseExportRule,
  type Squash,
} from "./exports.ts";
export { HANDLE_BYTES } from "./handles.ts";
export { MAX_TCP_TRANSFER_BYTES, MAX_UDP_TRANSFER_BYTES } from "./limits.ts";
export { MAX_KNOWN_MOUNTS } from "./mount/table.ts";
export { nfsProcedureName } from "./procedure-name.ts";
export { MAX_KEPT_REPLIES } from "./replies.ts";
export { createNfsServices, type NfsOptions } from "./services.ts";
export { nfsStatusName } from "./status-name.ts";
