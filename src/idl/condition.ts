/**
 * Whole-number expressions of C: the conditions of `#if`, and sizes that `%#define` lines give. Evaluated with
 * unbounded integers; division by zero is an error.
 */
import { IdlError, type IdlErrorCode } from "./errors.ts";
import type { Position } from "./source.ts";
import { describeToken, type Token } from "./token.ts";

/** Deeper nesting of parentheses and signs is refused. */
export const MAX_EXPRESSION_DEPTH = 64;

/** The value of a name in an expression. */
export type NameValue = (token: Token) => bigint;

const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Evaluates all the tokens as one expression; `at` is where to complain when they end too early. */
export function evaluate(
  tokens: readonly Token[],
  at: Position,
  valueOfName: NameValue,
  code: IdlErrorCode,
): bigint {
  return new Expression(tokens, at, valueOfName, code).run();
}

class Expression {
  private readonly tokens: readonly Token[];
  private readonly at: Position;
  private readonly valueOfName: NameValue;
  private readonly code: IdlErrorCode;
  private next = 0;
  private depth = 0;

  constructor(tokens: readonly Token[], at: Position, valueOfName: NameValue, code: IdlErrorCode) {
    this.tokens = tokens;
    this.at = at;
    this.valueOfName = valueOfName;
    this.code = code;
  }

  run(): bigint {
    const value = this.conditional();
    const extra = this.tokens[this.next];
    if (extra !== undefined) this.fail(extra, "an operator or the line's end");
    return value;
  }

  private fail(token: Token | undefined, expected: string): never {
    const found = token === undefined ? "the line's end" : describeToken(token);
    throw new IdlError(this.code, token?.at ?? this.at, `expected ${expected}, found ${found}`, {
      expected,
      found,
    });
  }

  private accept(text: string): boolean {
    const token = this.tokens[this.next];
    if (token?.kind !== "punctuation" || token.text !== text) return false;
    this.next++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.fail(this.tokens[this.next], `'${text}'`);
  }

  private conditional(): bigint {
    const condition = this.binary(0);
    if (!this.accept("?")) return condition;
    const whenTrue = this.nested(() => this.conditional());
    this.expect(":");
    const whenFalse = this.nested(() => this.conditional());
    return condition !== 0n ? whenTrue : whenFalse;
  }

  private binary(level: number): bigint {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators.find((text) => this.accept(text));
      if (operator === undefined) return left;
      left = this.apply(operator, left, this.binary(level + 1));
    }
  }

  private unary(): bigint {
    return this.nested(() => {
      if (this.accept("-")) return -this.unary();
      if (this.accept("+")) return this.unary();
      if (this.accept("~")) return ~this.unary();
      if (this.accept("!")) return truth(this.unary() === 0n);
      if (!this.accept("(")) return this.leaf();
      const value = this.conditional();
      this.expect(")");
      return value;
    });
  }

  private leaf(): bigint {
    const token = this.tokens[this.next];
    this.next++;
    if (token?.kind === "number") return parseNumber(token);
    if (token?.kind === "char") return parseCharacter(token);
    if (token?.kind === "name") return this.valueOfName(token);
    return this.fail(token, "a number or a name");
  }

  private nested<T>(run: () => T): T {
    if (++this.depth > MAX_EXPRESSION_DEPTH) this.fail(this.tokens[this.next], "fewer nested parentheses");
    const value = run();
    this.depth--;
    return value;
  }

  private apply(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case "||":
        return truth(left !== 0n || right !== 0n);
      case "&&":
        return truth(left !== 0n && right !== 0n);
      case "|":
        return left | right;
      case "^":
        return left ^ right;
      case "&":
        return left & right;
      case "==":
        return truth(left === right);
      case "!=":
        return truth(left !== right);
      case "<":
        return truth(left < right);
      case ">":
        return truth(left > right);
      case "<=":
        return truth(left <= right);
      case ">=":
        return truth(left >= right);
      case "<<":
      case ">>":
        return this.shift(operator, left, right);
      case "+":
        return left + right;
      case "-":
        return left - right;
      case "*":
        return left * right;
      default:
        if (right === 0n) this.fail(this.tokens[this.next - 1], "a divisor other than zero");
        return operator === "/" ? left / right : left % right;
    }
  }

  private shift(operator: string, left: bigint, right: bigint): bigint {
    if (right < 0n || right > 63n) this.fail(this.tokens[this.next - 1], "a shift by 0 to 63 bits");
    return operator === "<<" ? left << right : left >> right;
  }
}

function truth(condition: boolean): bigint {
  return condition ? 1n : 0n;
}

/** Decimal, hexadecimal (`0x`) or octal (leading `0`), as in C, with C's suffixes for unsigned and long. */
export function parseNumber(token: Token): bigint {
  const digits = token.text.replace(/[uUlL]+$/, "");
  if (!/^0[0-9]/.test(digits)) return BigInt(digits);
  if (/[89]/.test(digits)) {
    throw new IdlError(
      "IDL_LEXICAL",
      token.at,
      `${digits} begins with 0 and is octal: expected digits of 0 to 7`,
    );
  }
  return BigInt(`0o${digits}`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** What a quoted text stands for, C's escapes resolved. */
export function unescapeText(text: string): string {
  return text.replace(/\\(x[0-9A-Fa-f]+|[0-7]{1,3}|.)/g, (_whole, code: string) => {
    if (code[0] === "x" && code.length > 1)
      return String.fromCharCode(Number.parseInt(code.slice(1), 16) & 0xff);
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return ESCAPES[code] ?? code;
  });
}

/** The code of a character constant such as `'a'` or `'\n'`. */
export function parseCharacter(token: Token): bigint {
  const text = unescapeText(token.text);
  const code = text.charCodeAt(0);
  if (text.length !== 1 || code > 0x7f) {
    throw new IdlError(
      "IDL_LEXICAL",
      token.at,
      `'${token.text}': expected one ASCII character between the quotes`,
    );
  }
  return BigInt(code);
}
