/**
 * Scrubs: all that the replicas hold is read now and then, so that damage is found while there are still enough others to mend it from. An entry of the log
 * says as of when; each replica takes a view of its store as it applies it, reads that at its pace, and tells the others what it found.
 * Whoever differs from a majority of the others ends, and is made anew by those who keep replicas.
 */
import { isCoterieError, type Log, type StoreView } from "../../world/index.ts";
import type { Exchange } from "./exchange.ts";
import type { volume_scrubbed } from "./gen/volume-port.gen.ts";
import type { VolumeMachine } from "./machine.ts";
import { isLost, nothingScanned, type Scanned, type ScanParts, scan } from "./scrub-scan.ts";
import { type Found, verdictOf } from "./scrub-verdict.ts";

/** What a replica tells of its last scrub since it was opened. */
export interface ScrubStatus {
  /** "none": there was none, or it was broken off. "read": too few others have told, or agree. */
  readonly state: "none" | "reading" | "read" | "equal" | "unsound";
  /** The entry as of which; 0 for "none" before the first. */
  readonly index: number;
  /** That were read so far. */
  readonly records: number;
  readonly damaged: number;
}

export interface ScrubHost {
  readonly self: string;
  readonly machine: VolumeMachine;
  readonly exchange: Exchange;
  readonly world: ScanParts["world"];
  readonly bytesPerSecond: number;
  voters(): readonly string[];
  /** This replica does not hold what a majority of the others does. */
  giveWay(found: Found): void;
  readonly log: Log;
}

export class Scrub {
  readonly #host: ScrubHost;
  readonly #told = new Map<string, Found>();
  #state: ScrubStatus["state"] = "none";
  #index = 0;
  #scanned: Scanned = nothingScanned();
  #isStopped = false;

  constructor(host: ScrubHost) {
    this.#host = host;
    host.machine.onScrub = (index, view) => void this.#begin(index, view);
    host.exchange.onScrubbed = (from, scrubbed) => this.#heard(from, scrubbed);
  }

  get status(): ScrubStatus {
    const { records, damaged } = this.#scanned;
    return { state: this.#state, index: this.#index, records, damaged };
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A later scrub takes the place of one that is under way. */
  async #begin(index: number, view: StoreView): Promise<void> {
    const { machine, world, bytesPerSecond, log } = this.#host;
    const { state } = machine;
    const scanned = nothingScanned();
    this.#index = index;
    this.#state = "reading";
    this.#scanned = scanned;
    const isOver = () => this.#isStopped || this.#index !== index;
    const isIntact: ScanParts["isIntact"] = (entry) => state.isIntact(entry);
    try {
      const whole = await scan(view, { world, isIntact, bytesPerSecond, isOver }, scanned);
      if (whole !== undefined && !isOver()) this.#read();
    } catch (error) {
      if (!isCoterieError(error) || !isLost(error)) throw error;
      if (this.#index === index) this.#state = "none";
      log.warn("replica.not-scrubbed", { code: error.code });
    } finally {
      view.close();
    }
  }

  #read(): void {
    const { exchange, log } = this.#host;
    this.#state = "read";
    const { damaged } = this.#scanned;
    if (damaged > 0) log.warn("replica.scrub-found-damage", { index: this.#index, damaged });
    exchange.tellScrubbed({ ...this.#found(), is_answer: false });
    this.#judge();
  }

  #found(): Found & { digest: number[] } {
    const { records, damaged, digest } = this.#scanned;
    return { index: this.#index, records, damaged, digest: [...digest] };
  }

  #heard(from: string, scrubbed: volume_scrubbed): void {
    const { exchange, voters } = this.#host;
    if (!voters().includes(from)) return;
    const former = this.#told.get(from);
    if (former !== undefined && former.index > scrubbed.index) return;
    this.#told.set(from, scrubbed);
    const hasRead = this.#state !== "none" && this.#state !== "reading";
    if (!hasRead || scrubbed.index !== this.#index) return;
    if (!scrubbed.is_answer) exchange.tellScrubbed({ ...this.#found(), is_answer: true }, from);
    this.#judge();
  }

  #judge(): void {
    if (this.#state !== "read") return;
    const { self, voters, giveWay } = this.#host;
    const found = this.#found();
    for (const name of this.#told.keys()) if (!voters().includes(name)) this.#told.delete(name);
    const verdict = verdictOf(found, self, voters(), this.#told);
    if (verdict === "open") return;
    this.#state = verdict;
    if (verdict === "unsound") giveWay(found);
  }
}
