/**
 * A line that is drawn over while something long goes on: how much is done, at what rate, for how long still.
 * Drawn on terminals alone and never under `--json`, so scripts and logs see nothing of it.
 */
import type { Terminal } from "../node/index.ts";
import type { Clock, Timer, Timers } from "../world/index.ts";
import { formatBytes, formatCount, formatDuration } from "./style.ts";

export interface ProgressOptions {
  /** What goes on, for example the file's name. May be changed while it does. */
  readonly label: string;
  /** How much there is; undefined when nobody knows yet. */
  readonly total?: number;
  readonly unit: "bytes" | "items";
}

export interface Progress {
  label: string;
  total: number | undefined;
  /** How much is done, of what `total` counts. Cheap: the line is drawn by a timer. */
  done: number;
  /** Removes the line. Harmless a second time. */
  finish(): void;
}

const DRAW_INTERVAL_MS = 100;
/** The rate is that of about so long: short enough to show a stall, long enough to be read. */
const RATE_WINDOW_MS = 3000;
const BAR_COLUMNS = 24;
const CLEAR_LINE = "\r\u001b[K";

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/** What the line shows, for `width` columns. */
export function formatProgress(
  progress: { readonly label: string; readonly total: number | undefined; readonly done: number },
  unit: "bytes" | "items",
  ratePerSecond: number,
  width: number,
): string {
  const amount = unit === "bytes" ? formatBytes : formatCount;
  const { done, total } = progress;
  const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  const parts = [share === undefined ? "" : `${bar(share)} ${String(Math.floor(share * 100)).padStart(3)}%`];
  parts.push(total === undefined ? amount(done) : `${amount(done)} of ${amount(total)}`);
  parts.push(`${amount(ratePerSecond)}/s`);
  if (total !== undefined && ratePerSecond > 0 && done < total) {
    parts.push(`${formatDuration(Math.ceil((total - done) / ratePerSecond) * 1000)} left`);
  }
  const figures = parts.filter((part) => part !== "").join("  ");
  const room = Math.max(0, width - 1 - figures.length - 2);
  return `${shorten(progress.label, room)}  ${figures}`.slice(0, width - 1);
}

function bar(share: number): string {
  const filled = Math.round(share * BAR_COLUMNS);
  return `${"█".repeat(filled)}${"░".repeat(BAR_COLUMNS - filled)}`;
}

/** Keeps the end, where paths differ. */
function shorten(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  return columns < 2 ? "" : `…${characters.slice(characters.length - columns + 1).join("")}`;
}

class DrawnProgress implements Progress {
  label: string;
  total: number | undefined;
  done = 0;
  #terminal: Terminal;
  #world: { readonly clock: Clock; readonly timers: Timers };
  #unit: "bytes" | "items";
  #samples: Sample[] = [];
  #timer: Timer | undefined;

  constructor(
    terminal: Terminal,
    world: { readonly clock: Clock; readonly timers: Timers },
    options: ProgressOptions,
  ) {
    this.label = options.label;
    this.total = options.total;
    this.#terminal = terminal;
    this.#world = world;
    this.#unit = options.unit;
    this.#samples.push({ atMs: world.clock.monotonicMs(), done: 0 });
    this.#again();
  }

  finish(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#terminal.err.write(CLEAR_LINE);
  }

  #again(): void {
    this.#timer = this.#world.timers.after(DRAW_INTERVAL_MS, () => {
      this.#draw();
      this.#again();
    });
  }

  #draw(): void {
    const { err } = this.#terminal;
    err.write(`${CLEAR_LINE}${formatProgress(this, this.#unit, this.#rate(), err.width)}`);
  }

  #rate(): number {
    const now = { atMs: this.#world.clock.monotonicMs(), done: this.done };
    this.#samples.push(now);
    while (this.#samples.length > 2 && now.atMs - (this.#samples[1]?.atMs ?? 0) > RATE_WINDOW_MS) {
      this.#samples.shift();
    }
    const first = this.#samples[0] ?? now;
    return now.atMs > first.atMs
      ? Math.max(0, ((now.done - first.done) * 1000) / (now.atMs - first.atMs))
      : 0;
  }
}

/** Begins a progress line; `json` is `context.output.json`. */
export function startProgress(
  context: { readonly terminal: Terminal; readonly output: { readonly json: boolean } },
  world: { readonly clock: Clock; readonly timers: Timers },
  options: ProgressOptions,
): Progress {
  if (context.terminal.err.isTerminal && !context.output.json) {
    return new DrawnProgress(context.terminal, world, options);
  }
  return { label: options.label, total: options.total, done: 0, finish() {} };
}
