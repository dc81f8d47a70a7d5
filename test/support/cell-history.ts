/** The history program as a process, and what holds each of its epochs against the model. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireLinearizable } from "../../src/sim/index.ts";
import type { HistoryLine, HistoryWords } from "./cell-history-program.ts";
import { cellModel } from "./cell-model.ts";

const PROGRAM = join(import.meta.dirname, "cell-history-program.ts");
const KEPT_TROUBLE = 4000;

export interface CellHistoryOptions extends HistoryWords {
  /** What to put before a command, to run it where the clients are. */
  readonly command?: (words: readonly string[]) => readonly string[];
}

/** Epochs are checked as they end. */
export class CellHistory {
  /** Rejects when an epoch is not linearizable, and when the process ends by itself. */
  readonly failed: Promise<never>;
  epochs = 0;
  operations = 0;
  longestMs = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #trouble = "";
  #isToldToStop = false;
  #fail: (error: unknown) => void = () => {};

  constructor({ command = (words) => words, ...words }: CellHistoryOptions) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    const plain = [
      process.execPath,
      "--import",
      import.meta.resolve("tsx"),
      PROGRAM,
      JSON.stringify(words satisfies HistoryWords),
    ];
    const [file, ...rest] = command(plain);
    this.#child = spawn(file as string, rest, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#trouble = (this.#trouble + data.toString()).slice(-KEPT_TROUBLE);
    });
    this.#child.on("message", (line: HistoryLine) => this.#heard(line));
    this.#ended = once(this.#child, "close").then(([code, signal]) => {
      if (!this.#isToldToStop || code !== 0)
        this.#fail(new Error(`the clients ended by themselves (${signal ?? code}): ${this.#trouble}`));
    });
  }

  /** Every call that was made is answered, and every epoch checked. */
  async finish(): Promise<void> {
    this.#isToldToStop = true;
    this.#child.send("stop");
    await Promise.race([this.#ended, this.failed]);
  }

  async close(): Promise<void> {
    this.#isToldToStop = true;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #heard({ epoch, history, longestMs }: HistoryLine): void {
    this.epochs++;
    this.operations += history.length;
    this.longestMs = Math.max(this.longestMs, longestMs);
    try {
      requireLinearizable(cellModel, history);
    } catch (error) {
      const file = join(tmpdir(), `coterie-cell-history-${process.pid}-${epoch}.json`);
      writeFileSync(file, JSON.stringify(history));
      this.#fail(new Error(`epoch ${epoch}, kept in ${file}: ${(error as Error).message}`, { cause: error }));
    }
  }
}
