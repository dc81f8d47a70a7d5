/** What the server lets this client's user do: ACCESS of RFC 1813 section 3.3.4. */
import { nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { errorOfStatus } from "./errors.ts";
import { type FilePath, pathText } from "./names.ts";
import type { Session } from "./session.ts";

/** Bits for `access`: what the caller may do, as RFC 1813 section 3.3.4 counts them. */
export const AccessBits = { read: 1, lookup: 2, modify: 4, extend: 8, delete: 16, execute: 32 } as const;

/** The bits of `wanted` that are granted. */
export async function grantedAccess(
  session: Session,
  handle: Uint8Array,
  wanted: number,
  path: FilePath,
): Promise<number> {
  const { resok } = await session.ask(
    () => session.nfs.NFSPROC3_ACCESS({ object: handle, access: wanted }),
    "access",
    path,
  );
  return resok.access & wanted;
}

/** @throws FilesError FILES_ACCES unless all of `wanted` is granted to who opens the file. */
export async function requireAccess(
  session: Session,
  handle: Uint8Array,
  wanted: number,
  path: FilePath,
): Promise<void> {
  if ((await grantedAccess(session, handle, wanted, path)) !== wanted)
    throw errorOfStatus(nfsstat3.NFS3ERR_ACCES, "open", pathText(path));
}
