/**
 * The progress line of transfers: one for each phase of a file, as each has a rate of its own. Of several files at a time it
 * is that of one, as long as that one gets on.
 */
import type { TransferProgress } from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { type Progress, startProgress } from "../progress.ts";
import { showBytes } from "../style.ts";

/** A file that got no further for so long leaves the line to another. */
const STALL_MS = 1000;

export class TransferBar {
  readonly #context: CliContext;
  readonly #world: World;
  #bar: Progress | undefined;
  #file = "";
  #label = "";
  #shownMs = 0;

  constructor(context: CliContext, world: World) {
    this.#context = context;
    this.#world = world;
  }

  show({ phase, name, doneBytes, totalBytes }: TransferProgress): void {
    const nowMs = this.#world.clock.monotonicMs();
    const file = showBytes(name);
    if (this.#bar !== undefined && file !== this.#file && nowMs - this.#shownMs < STALL_MS) return;
    const label = phase === "sending" ? file : `${file} (${phase})`;
    if (label !== this.#label) this.hide();
    this.#file = file;
    this.#label = label;
    this.#shownMs = nowMs;
    const options = { label, total: totalBytes, done: doneBytes, unit: "bytes" } as const;
    this.#bar ??= startProgress(this.#context, this.#world, options);
    this.#bar.done = doneBytes;
  }

  hide(): void {
    this.#bar?.finish();
    this.#bar = undefined;
  }
}
