/**
 * What cpp does for rpcgen: includes, macros, conditionals. One pass, from lines of tokens to one list of tokens.
 *
 * rpcgen runs cpp once for each of its outputs and defines one symbol each time: RPC_HDR for the header, RPC_XDR,
 * RPC_SVC, RPC_CLNT and RPC_TBL for the others. Here one output holds everything, so one run must stand for all of
 * them, and that is the header's: the header alone declares every type, constant and procedure, while what files
 * keep for the others is C code in `%` lines. So RPC_HDR is 1 and the others are undefined. No macro of a C
 * compiler or system (`linux`, `unix`, `__STDC__`, …) is defined: definitions must not depend on the machine.
 *
 * `%` lines are not part of the interface, but two kinds of them are remembered, for names that would otherwise be
 * undefined: `%#define NAME value`, as C would know it, and `%#include "foo.h"`, because such a header is often
 * rpcgen's own output from `foo.x`.
 */
import { evaluate } from "./condition.ts";
import { IdlError } from "./errors.ts";
import { lex } from "./lexer.ts";
import { expand, type Macro, openParentheses, parseMacro } from "./macros.ts";
import { folderOf, joinPath, type Position, type ReadFile } from "./source.ts";
import { type DirectiveLine, describeToken, isPunctuation, type Line, type Token } from "./token.ts";

/** Deeper includes are taken for a file that includes itself. */
export const MAX_INCLUDE_DEPTH = 64;
/** More tokens than this, all includes together, are refused. */
export const MAX_TOKENS = 1_000_000;

/** How included files are found and read, and which macros are defined. */
export interface PreprocessOptions {
  readonly readFile: ReadFile;
  /** Folders for `#include <…>`, and for `#include "…"` after the including file's own. */
  readonly includeFolders?: readonly string[];
  /** Macros to define beforehand, name to text, as by rpcgen's -D. */
  readonly defines?: Readonly<Record<string, string>>;
}

export interface Preprocessed {
  /** The last is of kind `end`. */
  readonly tokens: readonly Token[];
  /** Macros of the C side, from `%#define` lines: name to its tokens. */
  readonly cMacros: ReadonlyMap<string, readonly Token[]>;
  /** Headers that the C side includes, from `%#include` lines, as `.x` files that exist beside them. */
  readonly companions: readonly string[];
}

/** The symbols that are defined without being asked for. */
const PREDEFINED: Readonly<Record<string, string>> = { RPC_HDR: "1" };

export function preprocess(path: string, options: PreprocessOptions): Preprocessed {
  return new Preprocessor(options).run(path);
}

/** One `#if … #endif` that is open. */
interface Group {
  readonly at: Position;
  /** True while its lines count. */
  active: boolean;
  /** True once one of its branches counted. */
  taken: boolean;
  sawElse: boolean;
}

class Preprocessor {
  private readonly options: PreprocessOptions;
  private readonly macros = new Map<string, Macro>();
  private readonly cMacros = new Map<string, readonly Token[]>();
  private readonly companions = new Set<string>();
  private readonly output: Token[] = [];
  /** Lines of a macro's arguments that are not closed yet, and the parentheses to close. */
  private held: Token[] = [];
  private open = 0;
  private depth = 0;

  constructor(options: PreprocessOptions) {
    this.options = options;
    for (const [name, value] of Object.entries({ ...PREDEFINED, ...options.defines })) {
      const [line] = lex("command line", `${name} ${value}`);
      const tokens = line?.kind === "tokens" ? line.tokens : [];
      this.macros.set(name, parseMacro(tokens, { file: "command line", line: 1, column: 1 }));
    }
  }

  run(path: string): Preprocessed {
    const text = this.options.readFile(path);
    const start = { file: path, line: 1, column: 1 };
    if (text === undefined) throw new IdlError("IDL_FILE", start, "cannot be read");
    this.file(path, text, start);
    return { tokens: this.output, cMacros: this.cMacros, companions: [...this.companions] };
  }

  private file(path: string, text: string, from: Position): void {
    if (++this.depth > MAX_INCLUDE_DEPTH) {
      throw new IdlError("IDL_PREPROCESSOR", from, `includes nest over ${MAX_INCLUDE_DEPTH} deep`);
    }
    const groups: Group[] = [];
    for (const line of lex(path, text)) this.line(line, groups);
    const open = groups.at(-1);
    if (open !== undefined)
      throw new IdlError("IDL_PREPROCESSOR", open.at, "expected #endif before the file's end");
    this.depth--;
  }

  private line(line: Line, groups: Group[]): void {
    if (line.kind === "directive" && this.held.length > 0) this.release();
    if (line.kind === "directive" && this.conditional(line, groups)) return;
    const ends = line.kind === "tokens" && line.tokens[0]?.kind === "end";
    if (!ends && groups.some((group) => !group.active)) return;
    if (line.kind === "tokens") this.emit(line.tokens);
    else if (line.kind === "directive") this.directive(line);
    else this.passthrough(line.text, line.at);
  }

  /** Directives and the file's end close what is held: `expand` then tells what is missing. */
  private emit(tokens: readonly Token[]): void {
    const ends = tokens[0]?.kind === "end";
    this.open = openParentheses(tokens, this.macros, this.open);
    if (this.open > 0 || this.held.length > 0) {
      for (const token of tokens) this.held.push(token);
      if (this.open === 0 || ends) this.release();
      return;
    }
    // An included file's end is no token of the whole.
    if (!ends || this.depth === 1) this.expandAll(tokens);
  }

  private release(): void {
    const { held } = this;
    this.held = [];
    this.open = 0;
    this.expandAll(held);
  }

  private expandAll(tokens: readonly Token[]): void {
    for (const token of expand(tokens, this.macros)) {
      if (token.kind === "invalid") throw new IdlError("IDL_LEXICAL", token.at, token.text);
      this.output.push(token);
    }
    if (this.output.length > MAX_TOKENS) {
      throw new IdlError(
        "IDL_PREPROCESSOR",
        tokens[0]?.at ?? noWhere,
        `more than ${MAX_TOKENS} tokens in all`,
      );
    }
  }

  /** Handles what opens, turns and closes groups; false if the directive is another. */
  private conditional(line: DirectiveLine, groups: Group[]): boolean {
    const skipped = groups.some((group) => !group.active);
    switch (line.name) {
      case "if":
      case "ifdef":
      case "ifndef": {
        const holds = !skipped && this.holds(line);
        groups.push({ at: line.at, active: holds, taken: holds || skipped, sawElse: false });
        return true;
      }
      case "elif":
      case "else":
        this.branch(line, groups.at(-1));
        return true;
      case "endif":
        if (groups.pop() === undefined) throw new IdlError("IDL_PREPROCESSOR", line.at, "#endif without #if");
        return true;
      default:
        return false;
    }
  }

  private branch(line: DirectiveLine, group: Group | undefined): void {
    if (group === undefined) throw new IdlError("IDL_PREPROCESSOR", line.at, `#${line.name} without #if`);
    if (group.sawElse)
      throw new IdlError("IDL_PREPROCESSOR", line.at, `#${line.name} after #else: expected #endif`);
    group.sawElse = line.name === "else";
    group.active = !group.taken && (group.sawElse || this.holds(line));
    group.taken ||= group.active;
  }

  private holds(line: DirectiveLine): boolean {
    if (line.name === "ifdef") return this.macros.has(this.nameOf(line));
    if (line.name === "ifndef") return !this.macros.has(this.nameOf(line));
    const tokens = expand(this.resolveDefined(line.tokens), this.macros);
    // As in C, a name that is no macro counts as 0.
    return evaluate(tokens, line.at, () => 0n, "IDL_PREPROCESSOR") !== 0n;
  }

  /** Replaces `defined NAME` and `defined(NAME)` by 1 or 0, before macros are expanded. */
  private resolveDefined(tokens: readonly Token[]): Token[] {
    const output: Token[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index] as Token;
      if (token.kind !== "name" || token.text !== "defined") {
        output.push(token);
        continue;
      }
      const wrapped = isPunctuation(tokens[index + 1], "(");
      const name = tokens[index + (wrapped ? 2 : 1)];
      if (name?.kind !== "name" || (wrapped && !isPunctuation(tokens[index + 3], ")"))) {
        throw new IdlError("IDL_PREPROCESSOR", token.at, "expected a macro's name after 'defined'");
      }
      output.push({ ...token, kind: "number", text: this.macros.has(name.text) ? "1" : "0" });
      index += wrapped ? 3 : 1;
    }
    return output;
  }

  private nameOf(line: DirectiveLine): string {
    const name = line.tokens[0];
    if (name?.kind === "name") return name.text;
    const found = name === undefined ? "the line's end" : describeToken(name);
    throw new IdlError("IDL_PREPROCESSOR", name?.at ?? line.at, `expected a macro's name, found ${found}`);
  }

  private directive(line: DirectiveLine): void {
    switch (line.name) {
      case "define": {
        const macro = parseMacro(line.tokens, line.at);
        this.macros.set(macro.name, macro);
        return;
      }
      case "undef":
        this.macros.delete(this.nameOf(line));
        return;
      case "include":
        this.include(line);
        return;
      case "error":
        throw new IdlError("IDL_PREPROCESSOR", line.at, `#error ${line.text}`);
      case "":
      case "pragma":
      case "ident":
      case "sccs":
      case "warning":
      case "line":
        return;
      default:
        throw new IdlError("IDL_PREPROCESSOR", line.at, `expected a directive of cpp, found '#${line.name}'`);
    }
  }

  private include(line: DirectiveLine): void {
    const match = /^(?:"([^"]+)"|<([^>]+)>)$/.exec(line.text);
    const name = match?.[1] ?? match?.[2];
    if (name === undefined) {
      throw new IdlError("IDL_PREPROCESSOR", line.at, 'expected #include "FILE" or #include <FILE>');
    }
    const found = this.find(name, match?.[1] === undefined ? undefined : folderOf(line.at.file));
    if (found === undefined) throw new IdlError("IDL_FILE", line.at, `included file ${name} is not found`);
    this.file(found.path, found.text, line.at);
  }

  private find(name: string, ownFolder: string | undefined): { path: string; text: string } | undefined {
    const own = ownFolder === undefined ? [] : [ownFolder];
    for (const folder of [...own, ...(this.options.includeFolders ?? [])]) {
      const path = joinPath(folder, name);
      const text = this.options.readFile(path);
      if (text !== undefined) return { path, text };
    }
    return undefined;
  }

  private passthrough(text: string, at: Position): void {
    const define = /^\s*#\s*define\s+(.*)$/s.exec(text)?.[1];
    if (define !== undefined) this.rememberCMacro(define, at);
    const header = /^\s*#\s*include\s*["<]([^">]+)\.h[">]/.exec(text)?.[1];
    if (header === undefined) return;
    const folder = folderOf(at.file);
    // A header of a system folder, such as <rpcsvc/nis.h>, has its `.x` file beside ours when ours is there too.
    const candidates = [header, header.slice(header.lastIndexOf("/") + 1)];
    const found = candidates.map((name) => this.find(`${name}.x`, folder)).find((file) => file !== undefined);
    if (found !== undefined) this.companions.add(found.path);
  }

  private rememberCMacro(definition: string, at: Position): void {
    const [line] = lex(at.file, definition);
    const tokens = (line?.kind === "tokens" ? line.tokens : []).map((token) => ({ ...token, at }));
    const [name, open] = tokens;
    if (name?.kind !== "name" || (isPunctuation(open, "(") && !open?.spaced)) return;
    this.cMacros.set(name.text, tokens.slice(1));
  }
}

const noWhere: Position = { file: "", line: 1, column: 1 };
