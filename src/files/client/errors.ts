/**
 * What a file operation can fail with: one code for each status of NFS v3 (RFC 1813 section 2.6) and of MOUNT, and a
 * few that the client finds itself. An error carries the path it happened to and the status's name.
 */
import { CoterieError, defineErrors } from "../../world/index.ts";
import { nfsstat3 } from "../nfs/gen/nfs3.gen.ts";

/** Summary and remedy of each FILES_… code, as `coterie explain` shows them. */
export const filesErrors = defineErrors({
  FILES_PERM: {
    summary: "The operation is for the file's owner, or for the superuser, alone.",
    remedy: "Run as the owner; uid 0 is taken for nobody unless the server trusts this machine's root.",
  },
  FILES_NOENT: {
    summary: "No file or directory has this name.",
    remedy: "Check the path with `coterie ls` of the directory above it.",
  },
  FILES_IO: {
    summary: "The server's disk failed, or what it holds is damaged.",
    remedy: "Look at the server's log and run `coterie fsck`; what was not acknowledged may be lost.",
  },
  FILES_NXIO: { summary: "The server has no such device.", remedy: "Check the device numbers." },
  FILES_ACCES: {
    summary: "The caller's user and groups may not do this.",
    remedy: "Check modes and owners with `coterie ls -l`; uid 0 counts as nobody under root squash.",
  },
  FILES_EXIST: { summary: "The name is taken already.", remedy: "Choose another name, or remove that one." },
  FILES_XDEV: { summary: "A link or rename would cross file systems.", remedy: "Copy, then remove." },
  FILES_NODEV: { summary: "The server has no such device.", remedy: "Check the device numbers." },
  FILES_NOTDIR: {
    summary: "Something on the path is not a directory.",
    remedy: "Check each part of the path with `coterie stat`.",
  },
  FILES_ISDIR: {
    summary: "The name is a directory's.",
    remedy: "Use the operation for directories (`-r` in copies and removals).",
  },
  FILES_INVAL: {
    summary: "An argument is not possible for this object.",
    remedy: "Check the name and the arguments: only symbolic links are read as links.",
  },
  FILES_FBIG: {
    summary: "The file would be larger than the server allows.",
    remedy: "`maxfilesize` of the server's FSINFO is the bound.",
  },
  FILES_NOSPC: { summary: "The server's disk is full.", remedy: "Free space there; `coterie df` shows it." },
  FILES_ROFS: {
    summary: "The file system is exported read-only to this client.",
    remedy: "Ask who keeps the server, or export it read-write.",
  },
  FILES_MLINK: { summary: "The file has too many links.", remedy: "Copy the file instead." },
  FILES_NAMETOOLONG: {
    summary: "A name on the path is longer than the server allows.",
    remedy: "Names have at most 255 bytes.",
  },
  FILES_NOTEMPTY: { summary: "The directory is not empty.", remedy: "Remove what is in it, or use `-r`." },
  FILES_DQUOT: {
    summary: "The quota of the owner, or of the volume, is used up.",
    remedy: "Free space that it counts, or raise it: `coterie volume quota` sets that of a cell's volume.",
  },
  FILES_STALE: {
    summary: "The file was removed on the server while it was in use here.",
    remedy: "Open it again by its path.",
  },
  FILES_REMOTE: { summary: "The file lies on another server.", remedy: "Connect to that server." },
  FILES_BADHANDLE: {
    summary: "The server does not recognise the file handle.",
    remedy: "Connect again; if it stays, the server was replaced by another.",
  },
  FILES_NOT_SYNC: { summary: "The file changed in between.", remedy: "Read its attributes and try again." },
  FILES_BAD_COOKIE: {
    summary: "The directory changed so that reading it cannot go on.",
    remedy: "Read the directory again from the beginning.",
  },
  FILES_NOTSUPP: { summary: "The server does not support the operation.", remedy: "Do without it." },
  FILES_TOOSMALL: { summary: "The server found a buffer too small.", remedy: "Report it: this is a bug." },
  FILES_SERVERFAULT: { summary: "The server failed inside.", remedy: "Look at the server's log." },
  FILES_BADTYPE: {
    summary: "The server does not keep objects of this type.",
    remedy: "Use a regular file, a directory or a symbolic link.",
  },
  FILES_JUKEBOX: {
    summary: "The server needs longer to fetch the file than the client was willing to ask.",
    remedy: "Try again later.",
  },
  FILES_LOOP: {
    summary: "The path leads through more than 40 symbolic links.",
    remedy: "Look for links that lead in a circle with `coterie stat`.",
  },
  FILES_MOUNT: {
    summary: "The server does not export this directory to this client.",
    remedy: "Check the export's path and the addresses it is open to.",
  },
  FILES_BADF: {
    summary: "The file is closed, or was not opened for this.",
    remedy: "Open it with the flags that the operation needs: r, r+, w, w+, a, a+ and x.",
  },
  FILES_MFILE: {
    summary: "Too many files are open in this client.",
    remedy: "Close some, or raise the client's maxOpenFiles.",
  },
  FILES_UNKNOWN: {
    summary: "The server answered with a status that RFC 1813 does not have.",
    remedy: "Report the number in the message to the server's makers.",
  },
});

/** The codes of `FilesError`: FILES_… . */
export type FilesErrorCode = keyof typeof filesErrors;

/** A failed file operation. */
export class FilesError extends CoterieError {
  /** What it happened to, as the caller named it. */
  readonly path: string | undefined;
  /** The POSIX name, for example ENOENT. */
  readonly errno: string;
  /** The status on the wire, for example NFS3ERR_NOENT; undefined when the client found the failure itself. */
  readonly status: string | undefined;

  constructor(code: FilesErrorCode, operation: string, path?: string, status?: string, cause?: unknown) {
    const what = filesErrors[code].summary;
    super(code, `${operation}${path === undefined ? "" : ` ${path}`}: ${what}`, {
      cause,
      details: { operation, ...(path !== undefined && { path }), ...(status !== undefined && { status }) },
    });
    this.name = "FilesError";
    this.path = path;
    this.errno = `E${code.slice("FILES_".length)}`;
    this.status = status;
  }
}

const statusNames = new Map<number, string>(Object.entries(nfsstat3).map(([name, value]) => [value, name]));

/** The error of an NFS status that is not NFS3_OK. */
export function errorOfStatus(status: number, operation: string, path?: string): FilesError {
  const name = statusNames.get(status);
  const code = name === undefined ? "FILES_UNKNOWN" : name.replace("NFS3ERR_", "FILES_");
  if (code in filesErrors) return new FilesError(code as FilesErrorCode, operation, path, name);
  return new FilesError("FILES_UNKNOWN", operation, path, `${status}`);
}

/** True for a failure with this POSIX name, for example `hasErrno(error, "ENOENT")`. */
export function hasErrno(error: unknown, errno: string): boolean {
  return error instanceof FilesError && error.errno === errno;
}
