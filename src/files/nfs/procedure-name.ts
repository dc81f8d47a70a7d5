/** What a procedure of NFS is called, for those who show it: `MKDIR`, of version 2 or 3. */
import { NFS_V2_contract } from "./gen/nfs2.gen.ts";
import { NFS_V3_contract } from "./gen/nfs3.gen.ts";

const NAMES: ReadonlyMap<string, string> = new Map(
  [NFS_V2_contract, NFS_V3_contract].flatMap(({ version, procedures }) =>
    procedures.map(({ name, number }) => [`${version}/${number}`, name.replace(/^NFSPROC3?_/, "")] as const),
  ),
);

/** One that there is not is told by its number. */
export function nfsProcedureName(version: number, procedure: number): string {
  return NAMES.get(`${version}/${procedure}`) ?? String(procedure);
}
