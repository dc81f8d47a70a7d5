/**
 * Structured logs over pino, one JSON object a line. pino is loaded at the first line that is written, and
 * lines wait in memory until it is there: a command that logs nothing does not pay for loading it.
 */
import type { Log } from "../world/index.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  /** Lines below it are dropped. Default "info". */
  readonly level?: LogLevel;
  /** A file to append to. Default: standard error. */
  readonly file?: string;
  /** Fields of every line, for example the node's name. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Lines that wait for pino to load; later ones are counted and dropped. */
const MAX_WAITING_LINES = 1000;
const RANK: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

type Sink = Pick<Log, LogLevel>;
interface Line {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

class LazyLog implements Log {
  readonly #options: LogOptions;
  readonly #least: number;
  #sink: Sink | undefined;
  #loading = false;
  #waiting: Line[] = [];
  #dropped = 0;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#least = RANK[options.level ?? "info"];
  }

  debug(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#write("debug", event, fields);
  }
  info(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#write("info", event, fields);
  }
  warn(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#write("warn", event, fields);
  }
  error(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#write("error", event, fields);
  }

  #write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void {
    if (RANK[level] < this.#least) return;
    if (this.#sink !== undefined) {
      this.#sink[level](event, fields);
      return;
    }
    if (this.#waiting.length < MAX_WAITING_LINES) this.#waiting.push({ level, event, fields });
    else this.#dropped++;
    if (!this.#loading) {
      this.#loading = true;
      void this.#load();
    }
  }

  async #load(): Promise<void> {
    const { pino } = await import("pino");
    const destination = pino.destination({
      dest: this.#options.file ?? 2,
      append: true,
      mkdir: true,
      sync: true,
    });
    const logger = pino(
      {
        level: this.#options.level ?? "info",
        base: this.#options.fields ?? {},
        timestamp: pino.stdTimeFunctions.isoTime,
      },
      destination,
    );
    const sink: Sink = {
      debug: (event, fields) => logger.debug(fields, event),
      info: (event, fields) => logger.info(fields, event),
      warn: (event, fields) => logger.warn(fields, event),
      error: (event, fields) => logger.error(fields, event),
    };
    for (const line of this.#waiting) sink[line.level](line.event, line.fields);
    if (this.#dropped > 0) sink.warn("log lines dropped", { count: this.#dropped });
    this.#waiting = [];
    this.#sink = sink;
  }
}

export function createLog(options: LogOptions = {}): Log {
  return new LazyLog(options);
}
