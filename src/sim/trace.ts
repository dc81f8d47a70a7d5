/**
 * Everything that happened at the world's edge, as text: one line an event, `time node what`. Two runs did the
 * same if their traces are the same; the digest covers every line, also those that are no longer kept.
 */
import { TextDigest } from "./host.ts";

/** Lines that are kept; the oldest half goes when there are more. */
export const DEFAULT_TRACE_LINES = 1_000_000;
/** Lines hashed at a time. */
const HASHED_LINES = 256;

export class Trace {
  readonly #maxLines: number;
  readonly #digest = new TextDigest();
  #lines: string[] = [];
  #hashed = 0;
  #forgotten = 0;

  constructor(maxLines: number = DEFAULT_TRACE_LINES) {
    this.#maxLines = Math.max(maxLines, HASHED_LINES);
  }

  add(nowNs: number, node: string, what: string): void {
    this.#lines.push(`${(nowNs / 1e6).toFixed(6)} ${node} ${what}`);
    if (this.#lines.length - this.#hashed >= HASHED_LINES) this.#hashNew();
    if (this.#lines.length > this.#maxLines) this.#forget();
  }

  /** How many events there were. */
  get length(): number {
    return this.#forgotten + this.#lines.length;
  }

  /** The kept lines, each ended by a newline. */
  text(): string {
    return this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`;
  }

  /** The last lines, for an error's message. */
  tail(count: number): string {
    return this.#lines.slice(-count).join("\n");
  }

  /** SHA-256 of all lines ever, in hexadecimal. */
  digest(): string {
    this.#hashNew();
    return this.#digest.hex();
  }

  #hashNew(): void {
    if (this.#hashed === this.#lines.length) return;
    this.#digest.update(`${this.#lines.slice(this.#hashed).join("\n")}\n`);
    this.#hashed = this.#lines.length;
  }

  #forget(): void {
    this.#hashNew();
    const half = this.#lines.length >> 1;
    this.#forgotten += half;
    this.#lines = this.#lines.slice(half);
    this.#hashed = this.#lines.length;
  }
}
