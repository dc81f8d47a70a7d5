/** The parser's reading head: looks at tokens, takes them, and says what it expected instead. */
import { IdlError } from "./errors.ts";
import type { Position } from "./source.ts";
import { type Comment, describeToken, isPunctuation, type Token } from "./token.ts";

export class TokenStream {
  private readonly tokens: readonly Token[];
  private next = 0;

  /** The last token must be of kind `end`. */
  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(ahead = 0): Token {
    const index = Math.min(this.next + ahead, this.tokens.length - 1);
    return this.tokens[index] as Token;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.next++;
    return token;
  }

  /** The position of the next token. */
  get at(): Position {
    return this.peek().at;
  }

  fail(expected: string): never {
    const found = describeToken(this.peek());
    throw new IdlError("IDL_SYNTAX", this.at, `expected ${expected}, found ${found}`, { expected, found });
  }

  isWord(word: string): boolean {
    return this.peek().kind === "name" && this.peek().text === word;
  }

  acceptWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.next++;
    return true;
  }

  is(punctuation: string): boolean {
    return isPunctuation(this.peek(), punctuation);
  }

  accept(punctuation: string): boolean {
    if (!this.is(punctuation)) return false;
    this.next++;
    return true;
  }

  /** Takes the punctuation; `where` tells in what, for the message. */
  expect(punctuation: string, where: string): void {
    if (!this.accept(punctuation)) this.fail(`'${punctuation}' ${where}`);
  }

  /** The documentation of what begins at `first`: the comment right before it, or right after its last token. */
  docOf(first: Token): string | undefined {
    const before = first.comments.at(-1);
    if (before !== undefined && first.at.line - before.endLine <= 1) return cleanComment(before);
    const trailing = (this.is(",") ? this.peek() : this.tokens[this.next - 1])?.trailing;
    return trailing === undefined ? undefined : cleanComment(trailing);
  }
}

/** A comment's words without the stars that frame it; undefined when there are none. */
function cleanComment(comment: Comment): string | undefined {
  const lines = comment.text.split("\n").map((line) => line.replace(/^\s*\**\s?/, "").trimEnd());
  const text = lines.join("\n").trim();
  return /\w/.test(text) ? text : undefined;
}
