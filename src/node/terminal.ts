/**
 * The terminal of a command: where it writes, how wide that is, and whether it may use colour. What a pipe or a
 * file gets is plain text; only a terminal gets colour and lines that are drawn over.
 */
import type { WriteStream } from "node:tty";

/** Standard output or standard error. */
export interface TerminalWriter {
  readonly isTerminal: boolean;
  /** Columns; 80 when it is no terminal. */
  readonly width: number;
  /** Colour is for terminals alone, and not under NO_COLOR or TERM=dumb (https://no-color.org). */
  readonly colour: boolean;
  /** Writes text as it is; a line's end is the caller's. Nothing happens once the reader is gone. */
  write(text: string): void;
  /** Resolves when the system has taken the bytes: wait for it, or a slow reader fills the memory. */
  writeBytes(bytes: Uint8Array): Promise<void>;
  /**
   * Called once when nothing can be written any more: "reader" when the reader went away, as after `coterie ls |
   * head`; else the system's word for it, as for a full disk under `> file`.
   */
  onGone: (why: string) => void;
}

/** What a command sees of the terminal. It asks no questions: commands work the same in scripts. */
export interface Terminal {
  readonly out: TerminalWriter;
  readonly err: TerminalWriter;
  /** Standard input, to its end. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when everything written has left. */
  flush(): Promise<void>;
}

const DEFAULT_WIDTH = 80;

class StreamWriter implements TerminalWriter {
  readonly isTerminal: boolean;
  readonly colour: boolean;
  onGone: (why: string) => void = () => {};
  #stream: WriteStream;
  #gone = false;

  constructor(stream: WriteStream, colourAllowed: boolean) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.colour = this.isTerminal && colourAllowed;
    stream.on("error", (error: NodeJS.ErrnoException) => this.#failed(error));
  }

  get width(): number {
    return this.isTerminal ? (this.#stream.columns ?? DEFAULT_WIDTH) : DEFAULT_WIDTH;
  }

  write(text: string): void {
    if (!this.#gone) this.#stream.write(text);
  }

  writeBytes(bytes: Uint8Array): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => this.#stream.write(bytes, () => resolve()));
  }

  flush(): Promise<void> {
    return this.writeBytes(new Uint8Array(0));
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#gone) return;
    this.#gone = true;
    this.onGone(error.code === "EPIPE" || error.code === "ECONNRESET" ? "reader" : error.message);
  }
}

/** The process's own terminal. `colourAllowed` is what the environment says. */
export function createTerminal(options: { colourAllowed: boolean }): Terminal {
  const out = new StreamWriter(process.stdout, options.colourAllowed);
  const err = new StreamWriter(process.stderr, options.colourAllowed);
  return {
    out,
    err,
    get input() {
      return process.stdin;
    },
    async flush() {
      await Promise.all([out.flush(), err.flush()]);
    },
  };
}
