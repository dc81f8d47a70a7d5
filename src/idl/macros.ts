/**
 * Object-like and function-like macros, expanded token by token. A macro is not expanded inside its own
 * expansion, as in C. `#` makes a string of an argument, `##` one word of two, both of what is written and not of
 * what it expands to.
 */
import { IdlError } from "./errors.ts";
import { lex } from "./lexer.ts";
import type { Position } from "./source.ts";
import { describeToken, isPunctuation, type Token } from "./token.ts";

export interface Macro {
  readonly name: string;
  /** Undefined for an object-like macro. */
  readonly parameters: readonly string[] | undefined;
  readonly body: readonly Token[];
}

/** Looking at more tokens than this, besides those that are written there, is a runaway expansion. */
export const MAX_EXPANDED_TOKENS = 65_536;

/** Parses what follows `#define`. */
export function parseMacro(tokens: readonly Token[], at: Position): Macro {
  const name = tokens[0];
  if (name?.kind !== "name" || name.text === "defined") fail(name, at, "a macro's name");
  const open = tokens[1];
  if (open === undefined || open.spaced || !isPunctuation(open, "(")) {
    return checked({ name: name.text, parameters: undefined, body: tokens.slice(1) });
  }
  const parameters: string[] = [];
  let next = 2;
  while (!isPunctuation(tokens[next], ")")) {
    if (parameters.length > 0 && !isPunctuation(tokens[next++], ","))
      fail(tokens[next - 1], at, "',' or ')'");
    const parameter = tokens[next++];
    if (parameter?.kind !== "name") fail(parameter, at, "a parameter's name");
    parameters.push(parameter.text);
  }
  return checked({ name: name.text, parameters, body: tokens.slice(next + 1) });
}

/** Refuses operators without their operands. */
function checked(macro: Macro): Macro {
  const { body, parameters } = macro;
  for (const [index, token] of body.entries()) {
    const next = body[index + 1];
    if (isPunctuation(token, "##") && (index === 0 || next === undefined)) {
      fail(token, token.at, "a word before and after '##'");
    }
    const isStringOf = parameters !== undefined && isPunctuation(token, "#");
    if (isStringOf && !(next?.kind === "name" && parameters.includes(next.text))) {
      fail(next, token.at, "a parameter's name after '#'");
    }
  }
  return macro;
}

function fail(token: Token | undefined, at: Position, expected: string): never {
  const found = token === undefined ? "the line's end" : describeToken(token);
  throw new IdlError("IDL_PREPROCESSOR", token?.at ?? at, `expected ${expected}, found ${found}`, {
    expected,
    found,
  });
}

type Macros = ReadonlyMap<string, Macro>;

/** Expands the macros in `tokens`; what comes out stands where the macro's name stood. */
export function expand(tokens: readonly Token[], macros: Macros): Token[] {
  return new Expansion(macros, tokens.length).run(tokens, new Set());
}

/**
 * How many parentheses of a macro's arguments are open after these tokens, which follow others that left `open` of
 * them: until there are none, the next line belongs to the same expansion.
 */
export function openParentheses(tokens: readonly Token[], macros: Macros, open: number): number {
  let depth = open;
  for (const [index, token] of tokens.entries()) {
    if (depth > 0) depth += isPunctuation(token, "(") ? 1 : isPunctuation(token, ")") ? -1 : 0;
    else if (isPunctuation(token, "(") && isCallable(tokens[index - 1], macros)) depth = 1;
  }
  return depth;
}

function isCallable(token: Token | undefined, macros: Macros): boolean {
  return token?.kind === "name" && macros.get(token.text)?.parameters !== undefined;
}

class Expansion {
  private readonly macros: Macros;
  private tokensLeft: number;

  constructor(macros: Macros, written: number) {
    this.macros = macros;
    this.tokensLeft = MAX_EXPANDED_TOKENS + written;
  }

  run(tokens: readonly Token[], active: ReadonlySet<string>): Token[] {
    const output: Token[] = [];
    for (let index = 0; index < tokens.length; ) {
      const token = tokens[index++] as Token;
      if (--this.tokensLeft < 0) {
        const message = `macros expand to over ${MAX_EXPANDED_TOKENS} tokens`;
        throw new IdlError("IDL_PREPROCESSOR", token.at, message);
      }
      const macro =
        token.kind === "name" && !active.has(token.text) ? this.macros.get(token.text) : undefined;
      if (macro === undefined || (macro.parameters !== undefined && !isPunctuation(tokens[index], "("))) {
        output.push(token);
        continue;
      }
      let args: readonly Argument[] = [];
      if (macro.parameters !== undefined) {
        const call = readArguments(tokens, index, token);
        index = call.next;
        args = call.args.map((written) => ({ written, expanded: this.run(written, active) }));
        checkCount(macro, macro.parameters, call.args, token);
      }
      const body = substitute(macro, args);
      const placed = placeAt(body, token, tokens[index - 1] as Token);
      for (const expanded of this.run(placed, new Set([...active, macro.name]))) output.push(expanded);
    }
    return output;
  }
}

/** The tokens as if they had been written where the macro was used, with the comments before and after it. */
function placeAt(body: readonly Token[], use: Token, last: Token): Token[] {
  return body.map((token, index) => {
    const { kind, text, spaced } = token;
    const placed: Token = { kind, text, spaced, at: use.at, comments: index === 0 ? use.comments : [] };
    if (index === body.length - 1 && last.trailing !== undefined) placed.trailing = last.trailing;
    return placed;
  });
}

function readArguments(
  tokens: readonly Token[],
  open: number,
  use: Token,
): { args: Token[][]; next: number } {
  const args: Token[][] = [[]];
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (isPunctuation(token, "(") && depth++ === 0) continue;
    if (isPunctuation(token, ")") && --depth === 0) return { args, next: index + 1 };
    if (isPunctuation(token, ",") && depth === 1) args.push([]);
    else args.at(-1)?.push(token);
  }
  throw new IdlError("IDL_PREPROCESSOR", use.at, `macro ${use.text}: expected ')' after its arguments`);
}

function checkCount(macro: Macro, parameters: readonly string[], args: readonly Token[][], use: Token): void {
  const given = parameters.length === 0 && args.length === 1 && args[0]?.length === 0 ? 0 : args.length;
  if (given === parameters.length) return;
  const message = `macro ${macro.name}: expected ${parameters.length} arguments, found ${given}`;
  throw new IdlError("IDL_PREPROCESSOR", use.at, message);
}

/** Tokens of an argument: as operands of `#` and `##`, and everywhere else. */
interface Argument {
  readonly written: readonly Token[];
  readonly expanded: readonly Token[];
}

/** The macro's body with the arguments in their places, and the operators applied from the left. */
function substitute({ body, parameters = [] }: Macro, args: readonly Argument[]): Token[] {
  const argumentOf = (token: Token | undefined): Argument | undefined =>
    token?.kind === "name" ? args[parameters.indexOf(token.text)] : undefined;
  const output: Token[] = [];
  let left: readonly Token[] = [];
  for (let index = 0; index < body.length; index++) {
    let token = body[index] as Token;
    const isRight = isPunctuation(token, "##");
    if (isRight) token = body[++index] as Token;
    const text = isPunctuation(token, "#") ? argumentOf(body[index + 1]) : undefined;
    if (text !== undefined) index++;
    const argument = argumentOf(token);
    const isOperand = isRight || isPunctuation(body[index + 1], "##");
    const right =
      text !== undefined
        ? [stringOf(token, text.written)]
        : ((isOperand ? argument?.written : argument?.expanded) ?? [token]);
    if (!isRight) for (const done of left) output.push(done);
    left = isRight ? joined(left, right) : right;
  }
  return [...output, ...left];
}

/** `##`: the last token of the left and the first of the right become one; nothing joined with a token is the token. */
function joined(left: readonly Token[], right: readonly Token[]): readonly Token[] {
  const [last, first] = [left.at(-1), right[0]];
  if (last === undefined || first === undefined) return last === undefined ? right : left;
  const [line] = lex(last.at.file, spelling(last) + spelling(first));
  const [word, more] = line?.kind === "tokens" ? line.tokens : [];
  if (word === undefined || more !== undefined || word.kind === "invalid" || word.kind === "end") {
    fail(first, first.at, `what makes one word with ${describeToken(last)}`);
  }
  return [...left.slice(0, -1), { ...word, spaced: last.spaced }, ...right.slice(1)];
}

/** `#`: the argument as it is written. */
function stringOf(operator: Token, written: readonly Token[]): Token {
  const text = written.map((token, index) => {
    const isQuoted = token.kind === "string" || token.kind === "char";
    const inner = isQuoted ? spelling(token).replace(/["\\]/g, "\\$&") : token.text;
    const isApart = token.spaced || token.at.line !== written[index - 1]?.at.line;
    return index > 0 && isApart ? ` ${inner}` : inner;
  });
  return { ...operator, kind: "string", text: text.join("") };
}

function spelling({ kind, text }: Token): string {
  return kind === "string" ? `"${text}"` : kind === "char" ? `'${text}'` : text;
}
