/**
 * Object-like and function-like macros, expanded token by token. A macro is not expanded inside its own
 * expansion, as in C. The operators `#` and `##` are refused: no interface definition needs them.
 */
import { IdlError } from "./errors.ts";
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
  if (tokens.some((token) => isPunctuation(token, "##") || isPunctuation(token, "#"))) {
    throw new IdlError("IDL_PREPROCESSOR", at, "macro operators '#' and '##' are not supported");
  }
  const open = tokens[1];
  if (open === undefined || open.spaced || !isPunctuation(open, "(")) {
    return { name: name.text, parameters: undefined, body: tokens.slice(1) };
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
  return { name: name.text, parameters, body: tokens.slice(next + 1) };
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
      let body = macro.body;
      if (macro.parameters !== undefined) {
        const call = readArguments(tokens, index, token);
        index = call.next;
        const args = call.args.map((argument) => this.run(argument, active));
        body = substitute(macro, macro.parameters, args, token);
      }
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

function substitute(
  macro: Macro,
  parameters: readonly string[],
  args: readonly Token[][],
  use: Token,
): Token[] {
  const given = parameters.length === 0 && args.length === 1 && args[0]?.length === 0 ? 0 : args.length;
  if (given !== parameters.length) {
    const expected = `${parameters.length} arguments`;
    throw new IdlError(
      "IDL_PREPROCESSOR",
      use.at,
      `macro ${macro.name}: expected ${expected}, found ${given}`,
    );
  }
  return macro.body.flatMap((token) => {
    const parameter = token.kind === "name" ? parameters.indexOf(token.text) : -1;
    return parameter < 0 ? [token] : (args[parameter] ?? []);
  });
}
