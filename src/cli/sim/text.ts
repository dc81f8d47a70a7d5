/** How failures of runs are told to people, and the line that repeats one. */
import type { Failure, FaultWeights } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { type Style, showText } from "../style.ts";

export interface ReplayLine {
  readonly file: string;
  /** Where the file has several. */
  readonly scenario?: string | undefined;
  readonly seed?: string;
  readonly plan?: string;
  /** The plan that the corpus has of the seed, rather than the one that the seed becomes. */
  readonly known?: boolean;
  /** With `known`: the corpus, where it is not the one beside the file. */
  readonly corpus?: string | undefined;
  /** What fails only when it is run twice. */
  readonly twice?: boolean;
  readonly weights?: FaultWeights | undefined;
}

/** A command line to be pasted into a shell. */
export function replayLine(
  context: Pick<CliContext, "commandName">,
  { file, scenario, seed, plan, known, corpus, twice, weights }: ReplayLine,
): string {
  const words = [context.commandName, "sim", "replay", quoted(file)];
  if (scenario !== undefined) words.push("--scenario", quoted(scenario));
  if (seed !== undefined) words.push("--seed", quoted(seed));
  if (known === true) words.push("--known");
  if (known === true && corpus !== undefined) words.push("--corpus", quoted(corpus));
  if (twice === true) words.push("--twice");
  if (plan !== undefined) words.push("--plan", quoted(plan));
  if (weights !== undefined) {
    words.push(
      "--weights",
      Object.entries(weights)
        .map(([kind, weight]) => `${kind}=${weight}`)
        .join(","),
    );
  }
  return words.join(" ");
}

/** For a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The message's first line, after the code that explains it; a violation is named by the scenario. */
export function firstLine({ code, message }: Failure): string {
  const line = showText(message.split("\n", 1)[0] ?? "");
  return code === undefined || code === "SIM_VIOLATED" ? line : `${code}: ${line}`;
}

/** All of the message, and where the scenario's own code threw. */
export function fullText({ message, stack }: Failure, style: Style): string {
  const where = stack === undefined ? "" : `\n${style.dim(lines(stack.replace(/^[^\n]*\n/, "")))}`;
  return lines(message) + where;
}

function lines(text: string): string {
  return text.split("\n").map(showText).join("\n");
}
