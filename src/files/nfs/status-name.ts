/** What a status of NFS is called, for those who show it: `OK`, `NOENT`, `JUKEBOX`, of either version. */
import { stat } from "./gen/nfs2.gen.ts";
import { nfsstat3 } from "./gen/nfs3.gen.ts";

const NAMES: ReadonlyMap<number, string> = new Map(
  [...Object.entries(stat), ...Object.entries(nfsstat3)].map(([name, code]) => [
    code,
    name.replace(/^NFS3?(ERR)?_/, ""),
  ]),
);

/** One that no version has is told by its number. */
export function nfsStatusName(code: number): string {
  return NAMES.get(code) ?? String(code);
}
