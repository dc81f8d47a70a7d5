/**
 * What a benchmark may be asked for on its command line. Options are declared once, with what each is for and what it is without being
 * given; from that come typed values, the help, and a clear word about what is wrong. What the benchmark measures, with examples, is
 * the comment at the head of its file: `--help` prints it, so that there is one text and not two.
 *
 * `--quick`, `--json` and `--help` are everybody's.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

/** How one option is read, and told of. `value` throws an Error that says what is expected. */
export interface Option<Value> {
  readonly help: string;
  /** Whether it stands alone, without a value. */
  readonly isFlag: boolean;
  /** As it is written, without being given. */
  usual(isQuick: boolean): string | undefined;
  value(text: string | undefined): Value;
}

export type Options = Readonly<Record<string, Option<unknown>>>;
type Values<Declared extends Options> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Option<infer Value> ? Value : never;
};
export type Parsed<Declared extends Options> = Values<Declared> & {
  readonly quick: boolean;
  readonly json: boolean;
};

/** `quick` stands for `usual` where `--quick` is given. */
interface Usual<Value> {
  readonly usual: Value;
  readonly quick?: Value;
}

export function flag(help: string): Option<boolean> {
  return { help, isFlag: true, usual: () => undefined, value: (text) => text !== undefined };
}

/** A whole number from 1 on. */
export function count(help: string, usual: Usual<number>): Option<number> {
  return valued(help, usual, String, wholeNumber);
}

/** A number above 0, seconds mostly. */
export function amount(help: string, usual: Usual<number>): Option<number> {
  return valued(help, usual, String, (text) => {
    const value = Number(text);
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new Error("expected a number above 0");
    return value;
  });
}

/** Whole numbers from 1 on, with commas between them. */
export function counts(help: string, usual: Usual<readonly number[]>): Option<readonly number[]> {
  return valued(
    help,
    usual,
    (list) => list.join(","),
    (text) => text.split(",").map(wholeNumber),
  );
}

/** Some of these words, with commas between them; without being given, `usual`, or all. */
export function choice<Word extends string>(
  help: string,
  words: readonly Word[],
  usual: readonly Word[] = words,
): Option<readonly Word[]> {
  const read = (text: string) =>
    text.split(",").map((each) => {
      const word = words.find((known) => known === each);
      if (word === undefined) throw new Error(`expected some of ${words.join(",")}`);
      return word;
    });
  // All of them are told as what it is without being given.
  const told = usual === words ? help : `${help}: some of ${words.join(",")}`;
  return valued(told, { usual }, (list) => list.join(","), read);
}

/** Any words, with commas between them; `undefined` without being given. */
export function words(help: string): Option<readonly string[] | undefined> {
  return { help, isFlag: false, usual: () => undefined, value: (text) => text?.split(",") };
}

export function text(help: string, usual: string): Option<string>;
export function text(help: string): Option<string | undefined>;
export function text(help: string, usual?: string): Option<string | undefined> {
  return { help, isFlag: false, usual: () => usual, value: (given) => given };
}

function valued<Value>(
  help: string,
  { usual, quick = usual }: Usual<Value>,
  written: (value: Value) => string,
  read: (text: string) => Value,
): Option<Value> {
  return {
    help,
    isFlag: false,
    usual: (isQuick) => written(isQuick ? quick : usual),
    value: (text) => read(text as string),
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error("expected a whole number from 1 on");
  return value;
}

const COMMON = {
  quick: flag("fewer and shorter rounds: whether it runs, not what it is worth"),
  json: flag("the results as JSON, and nothing else on standard output"),
  help: flag("this text"),
};

/** The values of what was given. What is wrong is told in a line that begins as people typed the command; status 2. */
export function options<Declared extends Options>(declared: Declared): Parsed<Declared> {
  const script = process.argv[1] as string;
  const all: Options = { ...declared, ...COMMON };
  const name = basename(script, ".ts");
  try {
    const values = parsed(all, process.argv.slice(2));
    if (values.help === true) {
      console.log(helpOf(all, readFileSync(script, "utf8")));
      process.exit(0);
    }
    return values as Parsed<Declared>;
  } catch (error) {
    console.error(`npm run bench -- ${name}: ${(error as Error).message}; --help tells what there is`);
    process.exit(2);
  }
}

/** @throws Error that says which option is wrong, and what is expected. */
export function parsed(all: Options, args: readonly string[]): Record<string, unknown> {
  const types = Object.entries(all).map(
    ([name, { isFlag }]) => [name, { type: isFlag ? "boolean" : "string" }] as const,
  );
  const given = raw(Object.fromEntries(types), args);
  const isQuick = given.quick === true;
  const entries = Object.entries(all).map(([name, option]) => {
    const text = given[name] === undefined ? option.usual(isQuick) : String(given[name]);
    try {
      return [name, option.value(text)] as const;
    } catch (error) {
      throw new Error(`--${name} ${text}: ${(error as Error).message}`);
    }
  });
  return Object.fromEntries(entries);
}

function raw(
  types: Record<string, { readonly type: "boolean" | "string" }>,
  args: readonly string[],
): Record<string, string | boolean | undefined> {
  try {
    return parseArgs({ options: types, args: [...args] }).values as Record<string, string | boolean>;
  } catch (error) {
    // Its first sentence; the rest is advice about positional arguments, which there are none of.
    throw new Error((error as Error).message.replace(/\. .*/s, "").replace(/\.$/, ""));
  }
}

/** What the comment at the head of `source` says, and the options. */
export function helpOf(all: Options, source: string): string {
  const written = Object.entries(all).map(([name, option]) => ({
    left: option.isFlag ? `--${name}` : `--${name} …`,
    option,
  }));
  const width = Math.max(...written.map(({ left }) => left.length));
  const lines = written.map(({ left, option }) => {
    const [usual, quick] = [option.usual(false), option.usual(true)];
    const without = usual === undefined ? "" : ` (${usual}${quick === usual ? "" : `; quick: ${quick}`})`;
    return `  ${left.padEnd(width)}  ${option.help}${without}`;
  });
  return [headComment(source), "", "Options:", ...lines].join("\n");
}

/** The text of the first comment. */
export function headComment(source: string): string {
  const [, inside = ""] = /\/\*\*([\s\S]*?)\*\//.exec(source) ?? [];
  const lines = inside.split("\n").map((line) => line.replace(/^ *\* ?/, "").trimEnd());
  return lines.join("\n").trim();
}
