/**
 * How a failure looks: one line that says the code, what happened to what, and what to do. Never a stack, unless
 * COTERIE_DEBUG asks for it. Under `--json` the same as an object.
 */
import { CoterieError, type ErrorEntry } from "../world/index.ts";
import { toJson } from "./output.ts";
import { createStyle, showText } from "./style.ts";

export interface ReportOptions {
  readonly json: boolean;
  readonly colour: boolean;
  /** With the stack, and those of its causes. */
  readonly debug: boolean;
}

/** What cannot be told from outside what it is becomes CLI_INTERNAL. */
export function asCoterieError(error: unknown): CoterieError {
  if (error instanceof CoterieError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CoterieError("CLI_INTERNAL", message, { cause: error });
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `${String(error)}\n`;
  const cause = error.cause === undefined ? "" : `caused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}\n${cause}`;
}

function endsSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The catalogue's remedy, with the command's own name where it speaks of a command. */
function remedyOf(failure: CoterieError, entry: ErrorEntry | undefined): string {
  const { command } = failure.details;
  return entry?.remedy.replace("COMMAND", typeof command === "string" ? command : "COMMAND") ?? "";
}

/** The report, ending in a newline. `entry` is what the catalogue says of the failure's code. */
export function formatFailure(
  failure: CoterieError,
  entry: ErrorEntry | undefined,
  options: ReportOptions,
): string {
  const remedyText = remedyOf(failure, entry);
  const stack = options.debug ? stackOf(failure) : "";
  if (options.json) {
    const { code, message, details } = failure;
    return `${toJson({ error: { code, message, ...(remedyText !== "" && { remedy: remedyText }), details } })}\n${stack}`;
  }
  const style = createStyle(options.colour);
  const what = endsSentence(showText(failure.message).replaceAll("\\x0a", " "));
  const more = style.dim(`(coterie explain ${failure.code})`);
  return `${style.red(style.bold(`error ${failure.code}:`))} ${[what, remedyText, more].filter((part) => part !== "").join(" ")}\n${stack}`;
}
