/**
 * The one shape of every command's results. For people: lines and tables on standard output. Under `--json`:
 * one JSON value on a line for each result, so that a list is newline-delimited JSON and a single answer is one
 * object. Notes and progress go to standard error and are no part of the result.
 */
import type { Terminal } from "../node/index.ts";
import { type Column, createStyle, formatTable, type Style, showText } from "./style.ts";

export interface Output {
  /** True under `--json`. */
  readonly json: boolean;
  /** For standard output. */
  readonly style: Style;
  /** One result: `value` as a line of JSON, or the lines that `human` makes of it. */
  result(value: unknown, human: (style: Style) => string): void;
  /** A whole list: a line of JSON for each item, or a table with a row for each. */
  list<T>(
    items: readonly T[],
    columns: readonly Column[],
    row: (item: T, style: Style) => readonly string[],
  ): void;
  /**
   * A remark on standard error, for people alone: nothing under `--json`. Of one or more lines; what else in it could drive a
   * terminal is shown as an escape, as remarks quote what other machines said.
   */
  note(text: string): void;
}

/** JSON for what JSON lacks: whole numbers over 2^53 as decimal text, bytes in base64. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "bigint") return item.toString();
    return item instanceof Uint8Array ? base64(item) : item;
  });
}

/** A multiple of three, so that the parts join; small enough to be the arguments of one call. */
const BASE64_PART_BYTES = 6144;

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += BASE64_PART_BYTES) {
    const part = bytes.subarray(at, at + BASE64_PART_BYTES);
    parts.push(btoa(String.fromCharCode.apply(undefined, part as unknown as number[])));
  }
  return parts.join("");
}

function withNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

export function createOutput(terminal: Terminal, json: boolean): Output {
  const style = createStyle(terminal.out.colour);
  return {
    json,
    style,
    result(value, human) {
      terminal.out.write(json ? `${toJson(value)}\n` : withNewline(human(style)));
    },
    list(items, columns, row) {
      if (json) for (const item of items) terminal.out.write(`${toJson(item)}\n`);
      else if (items.length > 0) {
        const titles = columns.map((column) => ({ ...column, title: style.dim(column.title) }));
        terminal.out.write(
          formatTable(
            titles,
            items.map((item) => row(item, style)),
          ),
        );
      }
    },
    note(text) {
      if (!json) terminal.err.write(withNewline(text.split("\n").map(showText).join("\n")));
    },
  };
}
