/** The progress line of a transfer: one for each phase of a file, as each has a rate of its own. */
import type { TransferProgress } from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { type Progress, startProgress } from "../progress.ts";
import { showBytes } from "../style.ts";

export class TransferBar {
  readonly #context: CliContext;
  readonly #world: World;
  #bar: Progress | undefined;
  #label = "";

  constructor(context: CliContext, world: World) {
    this.#context = context;
    this.#world = world;
  }

  show({ phase, name, doneBytes, totalBytes }: TransferProgress): void {
    const label = phase === "sending" ? showBytes(name) : `${showBytes(name)} (${phase})`;
    if (label !== this.#label) this.hide();
    this.#label = label;
    this.#bar ??= startProgress(this.#context, this.#world, { label, total: totalBytes, unit: "bytes" });
    this.#bar.done = doneBytes;
  }

  hide(): void {
    this.#bar?.finish();
    this.#bar = undefined;
  }
}
