export type { Dirent } from "./directory.ts";
export { FilesError, type FilesErrorCode, filesErrors, hasErrno } from "./errors.ts";
export { FileHandle } from "./file-handle.ts";
export type { OpenFlags } from "./flags.ts";
export { decodeName, encodeName, type FilePath, joinPath, meansDirectory, splitPath } from "./names.ts";
export { AccessBits, NfsClient, type NfsClientOptions } from "./nfs-client.ts";
export { NFS_PORT } from "./session.ts";
export { type AttributeChanges, holdableTime } from "./set-attributes.ts";
export { type FileSystemStats, Stats } from "./stats.ts";
