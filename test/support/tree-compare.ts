/** Lists a local tree so that two can be compared: every name's bytes, type, mode, time, target and content. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface TreeOptions {
  /** Compare modification times, to the microsecond: what the system's utimes(2) calls of Node keep. */
  readonly times?: boolean;
}

/** One line for each entry, sorted; equal lists are equal trees. The root's own attributes are the first line. */
export function listTree(root: string | Buffer, options: TreeOptions = {}): string[] {
  const lines: string[] = [];
  const visit = (path: Buffer, shown: string) => {
    const stat = lstatSync(path, { bigint: true });
    const time = options.times === false ? "" : ` ${(stat.mtimeNs / 1000n).toString()}`;
    const kind = `${shown} ${stat.mode.toString(8)}`;
    if (stat.isSymbolicLink()) {
      lines.push(`${shown} -> ${readlinkSync(path, { encoding: "buffer" }).toString("latin1")}`);
    } else if (stat.isDirectory()) {
      lines.push(`${kind}${time}`);
      for (const name of readdirSync(path, { encoding: "buffer" })) {
        visit(Buffer.concat([path, Buffer.from("/"), name]), `${shown}/${name.toString("latin1")}`);
      }
    } else if (stat.isFile()) {
      lines.push(`${kind}${time} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`);
    } else lines.push(`${kind} special`);
  };
  visit(Buffer.from(root), ".");
  return lines.sort();
}
