/** Tutorials as programs: their fenced blocks, and what a `text` block says of what was written. */

export interface Block {
  /** The block's language. */
  readonly kind: string;
  /** What stands behind it: a file's name. */
  readonly name: string;
  readonly text: string;
}

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    kind: match[1] as string,
    name: match[2] ?? "",
    text: match[3] as string,
  }));
}

/** `…` within a line stands for some of it, alone on a line for any lines. */
export function pattern(text: string): RegExp {
  const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/^…\n/gm, "[\\s\\S]*").replaceAll("…", ".*")}$`);
}

/** What makes `npx coterie` in a script this checkout's. `command`: the words that start it. */
export function shellPreamble(command: readonly string[]): string {
  const words = command.map((word) => `'${word}'`).join(" ");
  return `set -e\nnpx() { [ "$1" = coterie ] || exit 99; shift; ${words} "$@"; }\n`;
}
