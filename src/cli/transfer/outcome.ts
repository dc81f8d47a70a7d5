/** What is told of a file that has arrived, by either side. */
import type { TransferResult } from "../../channel/index.ts";
import type { Output } from "../output.ts";
import { formatBytes, formatCount, formatDuration, showBytes } from "../style.ts";

type Verb = "sent" | "received";

export function showOutcome(output: Output, verb: Verb, result: TransferResult, elapsedMs: number): void {
  const { name, ...rest } = result;
  const event = { event: verb, name: showBytes(name), ...rest, elapsedMs: Math.round(elapsedMs) };
  output.result(event, () => outcomeLine(verb, result, elapsedMs));
}

/** One line for people. */
export function outcomeLine(verb: Verb, result: TransferResult, elapsedMs: number): string {
  const { size, sentBytes, mendedBlocks, wasPresent } = result;
  const name = showBytes(result.name);
  const whole = formatBytes(size);
  if (wasPresent) return `${name} was there already, and is the same: ${whole}`;
  const took = formatDuration(elapsedMs);
  if (sentBytes === 0 && size > 0)
    return `${verb} ${name}: ${whole}, all of it there already, checked in ${took}`;
  const isResumed = sentBytes < size;
  const amount = isResumed ? `${formatBytes(sentBytes)} of ${whole}` : formatBytes(sentBytes);
  const rate = sentBytes > 0 && elapsedMs > 0 ? `, ${formatBytes((sentBytes * 1000) / elapsedMs)}/s` : "";
  const rest = isResumed ? "; the rest was there" : "";
  return `${verb} ${name}: ${amount} in ${took}${rate}${rest}${mendedWords(mendedBlocks)}`;
}

function mendedWords(blocks: number): string {
  if (blocks === 0) return "";
  return blocks === 1
    ? "; 1 damaged block was mended"
    : `; ${formatCount(blocks)} damaged blocks were mended`;
}
