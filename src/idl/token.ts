/** The words of the language, as the lexer finds them and the preprocessor hands them on. */
import type { Position } from "./source.ts";

export interface Comment {
  /** Without its delimiters. */
  readonly text: string;
  /** Line on which it ends. */
  readonly endLine: number;
}

export type TokenKind = "name" | "number" | "string" | "char" | "punctuation" | "invalid" | "end";

export interface Token {
  /** `invalid`: no word of the language, `text` says why; an error only when it is used. `end`: the file's end. */
  readonly kind: TokenKind;
  /** As written; of strings and characters, without quotes. */
  readonly text: string;
  readonly at: Position;
  /** True if white space stands before it: tells `#define F (x)` from `#define F(x)`. */
  readonly spaced: boolean;
  /** Comments between the last token and this one, except those on the last token's line. */
  readonly comments: readonly Comment[];
  /** The comment after it on its line. */
  trailing?: Comment;
}

/** A line after joining `\` ends: ordinary tokens, a directive, or C text that rpcgen copies to its output. */
export type Line =
  | { readonly kind: "tokens"; readonly tokens: readonly Token[] }
  | DirectiveLine
  | { readonly kind: "passthrough"; readonly at: Position; readonly text: string };

export interface DirectiveLine {
  readonly kind: "directive";
  readonly at: Position;
  /** The word after `#`; empty for a lone `#`. */
  readonly name: string;
  /** What follows as tokens, or, for the directives in `RAW_DIRECTIVES`, as text. */
  readonly tokens: readonly Token[];
  readonly text: string;
}

/** Directives whose rest is text and not tokens. */
export const RAW_DIRECTIVES: ReadonlySet<string> = new Set([
  "include",
  "error",
  "warning",
  "pragma",
  "ident",
  "sccs",
  "line",
]);

/** A token as an error message names it. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end of the file";
    case "string":
      return `"${token.text}"`;
    default:
      return `'${token.text}'`;
  }
}

export function isPunctuation(token: Token | undefined, text: string): boolean {
  return token?.kind === "punctuation" && token.text === text;
}
