// What may import what: the layers of ARCHITECTURE.md as data, and the judgement of one import.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Bottom first. A layer may import those below it, and none beside it. */
const layers: readonly (readonly string[])[] = [
  ["world"],
  ["node", "sim"],
  ["time", "causality", "telemetry"],
  ["marshal"],
  ["idl"],
  ["channel"],
  ["rpc"],
  ["paxos"],
  ["group"],
  ["naming", "objects"],
  ["files", "memory", "commit", "lease"],
  ["cell"],
  ["cli", "console"],
];

/** The two worlds are built by whoever starts a program, so only these may name them. */
const worldBuilders = new Set(["cli"]);
/** The only files outside src/node that may import node:* or a native package. */
const doors = new Set(["cli/main.ts", "sim/host.ts"]);
export const native = /^(node:|lmdb$|pino$)/;

export interface Import {
  readonly file: string;
  readonly target: string;
}

/** Every TypeScript source under a folder, tests left out. */
export function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith(".ts") && !path.endsWith(".test.ts") ? [path] : [];
  });
}

export function importsOf(file: string, text: string): Import[] {
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g);
  return [...found].map((match) => ({ file, target: match[1] as string }));
}

function rank(layer: string): number {
  return layers.findIndex((row) => row.includes(layer));
}

/** What is wrong with an import, or undefined. `file` is relative to src. */
export function complaint({ file, target }: Import): string | undefined {
  const layer = file.split("/")[0] as string;
  if (rank(layer) < 0) return `${file}: ${layer} is no layer`;
  if (!target.startsWith(".")) {
    if (native.test(target) && layer !== "node" && !doors.has(file)) return `${file} imports ${target}`;
    return undefined;
  }
  const path = join(file, "..", target);
  if (path.startsWith("..")) return `${file} imports ${target}, outside src`;
  const other = path.split("/")[0] as string;
  if (other === layer) return undefined;
  if ((other === "node" || other === "sim") && !worldBuilders.has(layer))
    return `${file} names the world ${other}`;
  if (rank(other) >= rank(layer)) return `${file} points up or sideways to ${path}`;
  if (!path.endsWith("/index.ts")) return `${file} reaches past ${other}/index.ts to ${path}`;
  return undefined;
}
