/**
 * A corpus and its file, which has every failure as soon as it is found. Several commands may keep failures in one file at a
 * time, so each change is made to what the file has now, while its folder is claimed; the file itself is replaced whole.
 */
import type { LocalFiles } from "../../node/index.ts";
import {
  type Corpus,
  type CorpusEntry,
  EMPTY_CORPUS,
  entriesOf,
  withEntry,
  withoutEntry,
} from "../../sim/index.ts";
import { CoterieError, sleep, type Timers } from "../../world/index.ts";
import { readCorpus, writeCorpus } from "./files.ts";

/** Between two attempts to claim the folder, and how many: others hold it for as long as a small file takes. */
const CLAIM_PAUSE_MS = 10;
const MAX_CLAIMS = 1000;

export class KeptCorpus {
  #corpus: Corpus = EMPTY_CORPUS;
  #written: Promise<void> = Promise.resolve();
  readonly #local: LocalFiles;
  readonly #timers: Timers;
  readonly #path: string | undefined;

  /** Without a path there is no file: nothing is known, and nothing kept. */
  constructor(local: LocalFiles, timers: Timers, path: string | undefined) {
    this.#local = local;
    this.#timers = timers;
    this.#path = path;
  }

  /** @throws CoterieError SIM_CORPUS, LOCAL_… */
  async read(): Promise<void> {
    if (this.#path !== undefined) this.#corpus = await readCorpus(this.#local, this.#path);
  }

  /** As it was read. */
  entriesOf(scenario: string): readonly CorpusEntry[] {
    return entriesOf(this.#corpus, scenario);
  }

  /** Resolves when the file has it. */
  add(entry: CorpusEntry): Promise<void> {
    return this.#change((corpus) => withEntry(corpus, entry));
  }

  remove(entry: CorpusEntry): Promise<void> {
    return this.#change((corpus) => withoutEntry(corpus, entry));
  }

  /** Resolves when the file has everything. */
  written(): Promise<void> {
    return this.#written;
  }

  #change(change: (corpus: Corpus) => Corpus): Promise<void> {
    const path = this.#path;
    if (path !== undefined) this.#written = this.#written.then(() => this.#rewrite(path, change));
    return this.#written;
  }

  async #rewrite(path: string, change: (corpus: Corpus) => Corpus): Promise<void> {
    const claim = await this.#claim(path);
    try {
      const before = await readCorpus(this.#local, path);
      const after = change(before);
      if (after !== before) await writeCorpus(this.#local, path, after);
    } finally {
      claim.release();
    }
  }

  async #claim(path: string): Promise<{ release(): void }> {
    const folder = this.#local.absolute(path).replace(/[^/]*$/, "");
    for (let tries = 0; tries < MAX_CLAIMS; tries++) {
      const claim = await this.#local.claimDirectory(folder);
      if (claim !== undefined) return claim;
      await sleep(this.#timers, CLAIM_PAUSE_MS);
    }
    throw new CoterieError("CLI_CORPUS_BUSY", `another process does not let go of ${folder}`, {
      details: { path: folder },
    });
  }
}
