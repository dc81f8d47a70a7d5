/**
 * Everything that happened at the world's edge, as text: one line an event, `time node what`. Two runs did the
 * same if their traces are the same; the digest covers every line, also those that are no longer kept.
 */
import { TextDigest } from "./host.ts";

/** Lines that are kept; the oldest half goes when there are more. */
export const DEFAULT_TRACE_LINES = 1_000_000;
/** Lines that are put together, and hashed, at a time: a long text is much lighter to keep than its lines. */
const CHUNK_LINES = 256;

export class Trace {
  readonly #maxChunks: number;
  readonly #digest = new TextDigest();
  /** Of `CHUNK_LINES` lines each, all of them hashed. */
  #chunks: string[] = [];
  #recent: string[] = [];
  #forgotten = 0;

  constructor(maxLines: number = DEFAULT_TRACE_LINES) {
    this.#maxChunks = Math.max(1, Math.ceil(maxLines / CHUNK_LINES));
  }

  add(nowNs: number, node: string, what: string): void {
    this.#recent.push(`${shownMs(nowNs)} ${node} ${what}`);
    if (this.#recent.length === CHUNK_LINES) this.#close();
  }

  /** How many events there were. */
  get length(): number {
    return this.#forgotten + this.#chunks.length * CHUNK_LINES + this.#recent.length;
  }

  /** The kept lines, each ended by a newline. */
  text(): string {
    return this.#chunks.join("") + joined(this.#recent);
  }

  /** The last lines, at most `CHUNK_LINES`, for an error's message. */
  tail(count: number): string {
    const lines = (this.#chunks.at(-1) ?? "").split("\n").slice(0, -1).concat(this.#recent);
    return lines.slice(-count).join("\n");
  }

  /** SHA-256 of all lines ever, in hexadecimal. */
  digest(): string {
    return this.#digest.hex(joined(this.#recent));
  }

  #close(): void {
    const chunk = joined(this.#recent);
    this.#digest.update(chunk);
    this.#chunks.push(chunk);
    this.#recent = [];
    if (this.#chunks.length <= this.#maxChunks) return;
    const half = Math.ceil(this.#chunks.length / 2);
    this.#forgotten += half * CHUNK_LINES;
    this.#chunks = this.#chunks.slice(half);
  }
}

function joined(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Milliseconds with all six digits of the nanoseconds: quicker than `toFixed`. */
function shownMs(ns: number): string {
  const ms = Math.floor(ns / 1e6);
  return `${ms}.${String(ns - ms * 1e6 + 1e6).slice(1)}`;
}
