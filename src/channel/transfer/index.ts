export { transferErrors } from "./errors.ts";
export type {
  SourceState,
  TransferFailure,
  TransferOffer,
  TransferProgress,
  TransferReader,
  TransferResult,
  TransferSource,
  TransferStore,
  TransferTarget,
} from "./files.ts";
export { DEFAULT_BLOCK_BYTES, MAX_BLOCKS } from "./limits.ts";
export { complaintOfName, MAX_NAME_BYTES } from "./names.ts";
export { FileReceiver, type FileReceiverOptions, type SessionEnd } from "./receive-files.ts";
export { FileSender, type FileSenderOptions } from "./send-files.ts";
