/**
 * Splits a `.x` file into lines of tokens. Lines matter until the preprocessor is done with them: `#` lines are
 * directives, and lines that begin with `%` are C text. Comments may span lines and count as white space, but are
 * kept beside the tokens, for documentation and markers.
 */
import { IdlError } from "./errors.ts";
import type { Position } from "./source.ts";
import { type Comment, type Line, RAW_DIRECTIVES, type Token, type TokenKind } from "./token.ts";

/** A longer file is refused: no interface definition comes near it. */
export const MAX_SOURCE_CHARACTERS = 4 * 1024 * 1024;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:0[xX][0-9A-Fa-f]+|[0-9]+)[uUlL]*/y;
/** What a number may not run into. */
const NUMBER_TAIL = /[A-Za-z0-9_.]+/y;
/** Longest first; those of several characters occur in `#if` conditions and macros alone. */
const PUNCTUATION = /\.\.\.|<<|>>|<=|>=|==|!=|&&|\|\||##|[{}()[\]<>*,;:=!~+\-/%&|^?#.]/y;
/** A quoted string or character on one line. */
const QUOTED = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/y;

export function lex(file: string, text: string): Line[] {
  if (text.length > MAX_SOURCE_CHARACTERS) {
    const at = { file, line: 1, column: 1 };
    throw new IdlError("IDL_FILE", at, `longer than ${MAX_SOURCE_CHARACTERS} characters`);
  }
  return new Lexer(file, text).run();
}

class Lexer {
  private readonly file: string;
  private readonly text: string;
  private offset = 0;
  private line = 1;
  private lineStart = 0;
  private tokens: Token[] = [];
  private comments: Comment[] = [];
  private last: Token | undefined;
  private spaced = false;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  run(): Line[] {
    const lines: Line[] = [];
    while (this.offset < this.text.length) {
      const line = this.readLine();
      if (line !== undefined) lines.push(line);
    }
    lines.push({ kind: "tokens", tokens: [this.token("end", "", this.position())] });
    return lines;
  }

  private position(): Position {
    return { file: this.file, line: this.line, column: this.offset - this.lineStart + 1 };
  }

  private readLine(): Line | undefined {
    if (this.text[this.offset] === "%") {
      const at = this.position();
      return { kind: "passthrough", at, text: this.restOfLine().slice(1) };
    }
    this.tokens = [];
    if (this.skipBlank()) return undefined;
    if (this.text[this.offset] === "#") return this.readDirective();
    this.readTokens();
    return this.tokens.length > 0 ? { kind: "tokens", tokens: this.tokens } : undefined;
  }

  private readDirective(): Line {
    const at = this.position();
    this.offset++;
    this.skipBlank();
    const name = this.match(NAME) ?? "";
    if (!RAW_DIRECTIVES.has(name)) {
      this.readTokens();
      return { kind: "directive", at, name, tokens: this.tokens, text: "" };
    }
    const text = this.restOfLine()
      .replace(/\/\*.*?\*\/|\/\/.*/g, " ")
      .trim();
    return { kind: "directive", at, name, tokens: [], text };
  }

  /** Tokens up to and including the line's end. */
  private readTokens(): void {
    while (!this.skipBlank()) this.readToken();
  }

  private readToken(): void {
    const at = this.position();
    const [kind, text] = this.matchToken();
    this.tokens.push(this.token(kind, text, at));
  }

  private matchToken(): [TokenKind, string] {
    const name = this.match(NAME);
    if (name !== undefined) return ["name", name];
    const number = this.match(NUMBER);
    if (number !== undefined) {
      const tail = this.match(NUMBER_TAIL);
      return tail === undefined ? ["number", number] : ["invalid", `${number}${tail} is no whole number`];
    }
    const quoted = this.match(QUOTED);
    if (quoted !== undefined) return [quoted[0] === '"' ? "string" : "char", quoted.slice(1, -1)];
    const punctuation = this.match(PUNCTUATION);
    if (punctuation !== undefined) return ["punctuation", punctuation];
    const character = String.fromCodePoint(this.text.codePointAt(this.offset) ?? 0);
    this.offset += character.length;
    const isQuote = character === '"' || character === "'";
    return [
      "invalid",
      `${character} ${isQuote ? "is not closed on its line" : "is no part of the language"}`,
    ];
  }

  private token(kind: TokenKind, text: string, at: Position): Token {
    const token: Token = { kind, text, at, spaced: this.spaced, comments: this.comments };
    this.last = token;
    this.comments = [];
    this.spaced = false;
    return token;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.offset += found.length;
    return found;
  }

  /** Skips blanks, comments and joined line ends; true if it consumed the line's end (or the file's). */
  private skipBlank(): boolean {
    for (;;) {
      const character = this.text[this.offset];
      if (character === undefined) return true;
      if (character === "\n") {
        this.newLine();
        return true;
      }
      if (!this.skipJoint() && !this.skipComment() && !/[ \t\r\f\v]/.test(character)) return false;
      if (this.text[this.offset] === character && /[ \t\r\f\v]/.test(character)) this.offset++;
      this.spaced = true;
    }
  }

  private newLine(): void {
    this.offset++;
    this.line++;
    this.lineStart = this.offset;
  }

  /** A `\` before the end of a line joins it with the next. */
  private skipJoint(): boolean {
    const joint = /\\\r?\n/y;
    joint.lastIndex = this.offset;
    const found = joint.exec(this.text)?.[0];
    if (found === undefined) return false;
    this.offset += found.length - 1;
    this.newLine();
    return true;
  }

  private skipComment(): boolean {
    if (this.text[this.offset] !== "/") return false;
    const second = this.text[this.offset + 1];
    if (second !== "*" && second !== "/") return false;
    const at = this.position();
    const end = second === "*" ? this.text.indexOf("*/", this.offset + 2) : this.endOfLine();
    if (end < 0) throw new IdlError("IDL_LEXICAL", at, "comment is not closed: expected '*/'");
    const text = this.text.slice(this.offset + 2, end);
    while (this.offset < end) {
      if (this.text[this.offset] === "\n") this.newLine();
      else this.offset++;
    }
    if (second === "*") this.offset += 2;
    this.keepComment({ text, endLine: this.line }, at.line);
    return true;
  }

  private keepComment(comment: Comment, startLine: number): void {
    if (this.last?.at.line !== startLine || this.last.at.file !== this.file) this.comments.push(comment);
    else this.last.trailing = comment;
  }

  private endOfLine(): number {
    const end = this.text.indexOf("\n", this.offset);
    return end < 0 ? this.text.length : end;
  }

  /** The rest of the line, joined lines included; consumes its end. */
  private restOfLine(): string {
    let text = "";
    for (;;) {
      const piece = this.text.slice(this.offset, this.endOfLine()).replace(/\r$/, "");
      this.offset = this.endOfLine();
      if (this.offset < this.text.length) this.newLine();
      if (!piece.endsWith("\\") || this.offset >= this.text.length) return text + piece;
      text += piece.slice(0, -1);
    }
  }
}
