/**
 * Structured logs over pino, one JSON object a line. pino is loaded at the first line that is written, and
 * lines wait in memory until it is there: a command that logs nothing does not pay for loading it.
 */
import type { Log } from "../world/index.ts";

/** How much a line of the log matters, the least first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where `createLog` writes, and which lines. */
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

const STANDARD_ERROR = 2;

type Pino = typeof import("pino").pino;
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
    const { destination, refused } = openDestination(pino, this.#options.file);
    // A disk that refuses a line costs the line: a log never ends the program that it tells of.
    destination.on("error", () => {});
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
    if (refused !== undefined) {
      sink.warn("log file not opened", { file: this.#options.file, error: String(refused) });
    }
    for (const line of this.#waiting) sink[line.level](line.event, line.fields);
    if (this.#dropped > 0) sink.warn("log lines dropped", { count: this.#dropped });
    this.#waiting = [];
    this.#sink = sink;
  }
}

/** The file, or standard error when there is none or it cannot be opened. */
function openDestination(pino: Pino, file: string | undefined) {
  const open = (dest: string | number) => pino.destination({ dest, append: true, mkdir: true, sync: true });
  if (file === undefined) return { destination: open(STANDARD_ERROR), refused: undefined };
  try {
    return { destination: open(file), refused: undefined };
  } catch (refused) {
    return { destination: open(STANDARD_ERROR), refused };
  }
}

/** A log of JSON lines, written by pino, which is loaded when the first line is. */
export function createLog(options: LogOptions = {}): Log {
  return new LazyLog(options);
}
