/**
 * A line that is drawn over while something long goes on: how much is done, at what rate, for how long still.
 * Drawn on terminals alone and never under `--json`, so scripts and logs see nothing of it.
 */
import type { Terminal } from "../node/index.ts";
import type { Clock, Timer, Timers } from "../world/index.ts";
import { columnsOf, endOf } from "./columns.ts";
import type { Output } from "./output.ts";
import { formatBytes, formatCount, formatDuration } from "./style.ts";

export interface ProgressOptions {
  /** What goes on, for example the file's name. May be changed while it does. */
  readonly label: string;
  /** How much there is; undefined when nobody knows yet. */
  readonly total?: number;
  /** How much was done before: the rate does not count it. Default 0. */
  readonly done?: number;
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
/** Of a bar where there is room, and where there is less. */
const BAR_COLUMNS = [24, 16, 8];
/** Of a terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;
/** Columns that a label has, if it needs them, before the figures take them. */
const LABEL_COLUMNS = 16;
const CLEAR_LINE = "\r\u001b[K";

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/**
 * What the line shows, in fewer than `width` columns, so that no terminal breaks it. Where there is little room, what is least of
 * use goes first: the bar, the time left, the amounts, the rate; of the label the end stays, where paths differ.
 */
export function formatProgress(
  progress: { readonly label: string; readonly total: number | undefined; readonly done: number },
  unit: "bytes" | "items",
  ratePerSecond: number,
  width: number,
): string {
  const room = (width > 0 ? width : USUAL_COLUMNS) - 1;
  const label = Math.min(columnsOf(progress.label), LABEL_COLUMNS);
  const choices = figuresOf(progress, unit, ratePerSecond);
  const figures = choices.find((each) => each.length + GAP.length + label <= room) ?? choices.at(-1) ?? "";
  // A part of a number would be another number.
  if (figures.length > room) return "";
  const shown = endOf(progress.label, room - GAP.length - figures.length);
  return shown === "" ? figures : `${shown}${GAP}${figures}`;
}

const GAP = "  ";

/** The figures, with all that is of use first, then with less and less. Each of their characters takes a column. */
function figuresOf(
  { done, total }: { readonly total: number | undefined; readonly done: number },
  unit: "bytes" | "items",
  ratePerSecond: number,
): readonly string[] {
  const amount = unit === "bytes" ? formatBytes : formatCount;
  const rate = `${amount(ratePerSecond)}/s`;
  if (total === undefined) return [[amount(done), rate], [amount(done)]].map((parts) => parts.join(GAP));
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const percent = `${Math.floor(share * 100)}%`;
  const amounts = `${amount(done)} of ${amount(total)}`;
  const left =
    ratePerSecond > 0 && done < total
      ? [`${formatDuration(Math.ceil((total - done) / ratePerSecond) * 1000)} left`]
      : [];
  return [
    ...BAR_COLUMNS.map((columns) => [
      `${bar(share, columns)} ${percent.padStart(4)}`,
      amounts,
      rate,
      ...left,
    ]),
    [percent, amounts, rate, ...left],
    [percent, amounts, rate],
    [percent, rate],
    [percent],
  ].map((parts) => parts.join(GAP));
}

function bar(share: number, columns: number): string {
  const filled = Math.round(share * columns);
  return `${"█".repeat(filled)}${"░".repeat(columns - filled)}`;
}

class DrawnProgress implements Progress {
  label: string;
  total: number | undefined;
  done: number;
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
    this.done = options.done ?? 0;
    this.#terminal = terminal;
    this.#world = world;
    this.#unit = options.unit;
    this.#samples.push({ atMs: world.clock.monotonicMs(), done: this.done });
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

/** A remark where a line of progress may be, which is drawn again below. */
export function noteAbove(
  { output, terminal }: { readonly terminal: Terminal; readonly output: Pick<Output, "json" | "note"> },
  text: string,
): void {
  if (terminal.err.isTerminal && !output.json) terminal.err.write(CLEAR_LINE);
  output.note(text);
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
  return { label: options.label, total: options.total, done: options.done ?? 0, finish() {} };
}
