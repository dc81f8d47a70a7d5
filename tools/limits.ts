/**
 * docs/limits.md: the "Limits" sections of all layers' chapters on one page, so that each bound is written down once,
 * beside the code that keeps it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const LIMITS_FILE = resolve(import.meta.dirname, "../docs/limits.md");

const ROOT = resolve(import.meta.dirname, "..");

const HEAD = `# Limits

Everything that could grow has a bound. This page gathers the bounds of all layers from their chapters: the name of the
option or constant, its default, and what happens there. (Written by \`npm run generate\`; the chapters are the source.)
`;

/** The layers in the order of ARCHITECTURE.md, from what people touch downwards. */
const ORDER = [
  "cli",
  "cell",
  "files",
  "naming",
  "rpc",
  "paxos",
  "channel",
  "idl",
  "marshal",
  "telemetry",
  "world",
  "node",
  "sim",
];

export interface Chapter {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

export function chapters(): Chapter[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("README.md"))
    .map((path) => ({ path: `src/${path}`, text: readFileSync(join(ROOT, "src", path), "utf8") }))
    .sort((a, b) => place(a.path) - place(b.path) || (a.path < b.path ? -1 : 1));
}

function place(path: string): number {
  const at = ORDER.indexOf(path.split("/")[1] as string);
  return at < 0 ? ORDER.length : at;
}

/** The body of the chapter's "Limits" section, or undefined. */
export function limitsSection(text: string): string | undefined {
  const match = /^## Limits\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(text);
  return match?.[1]?.trim();
}

export function limitsText(from: readonly Chapter[] = chapters()): string {
  const sections = from.flatMap(({ path, text }) => {
    const section = limitsSection(text);
    if (section === undefined) return [];
    const folder = dirname(path).replace("src/", "coterie/");
    return [`## [${folder}](../${path})\n\n${moveLinks(section, dirname(path))}\n`];
  });
  return [HEAD, ...sections].join("\n");
}

/** Links of a chapter as they are from docs/. */
function moveLinks(section: string, folder: string): string {
  return section.replaceAll(/\]\((?!https?:|#)([^)]+)\)/g, (_, target: string) => {
    return `](${relative("docs", join(folder, target))})`;
  });
}
