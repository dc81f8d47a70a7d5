/**
 * A directory of this machine into which files are received: which offers are taken, and by whom one at a time. What becomes of one that is
 * taken is `local-target.ts`.
 */
import type { TransferOffer, TransferReader, TransferStore, TransferTarget } from "../../channel/index.ts";
import type { LocalFiles, LocalStat } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { partName } from "../files/part-file.ts";
import { showBytes } from "../style.ts";
import { anotherFile, PartTarget, PresentTarget } from "./local-target.ts";

/** Parts of transfers and of copies into one directory are told apart by it. */
const PART_LABEL = new TextEncoder().encode("transfer:");

export interface LocalStoreOptions {
  readonly local: LocalFiles;
  readonly directory: string;
  /** Replace files of the same name. */
  readonly force: boolean;
  /** Called once, when what was written could only be read back as every program reads, which may be from memory. */
  readonly onCached: () => void;
}

/** Who has a file under way. */
export interface Holder {
  /** Ends it, if it is no longer alive; resolves when it has let go. False: it is alive. */
  giveUp(): Promise<boolean>;
}

export class LocalStore {
  readonly #options: LocalStoreOptions;
  /** By the names of their parts. */
  readonly #holders = new Map<string, Holder>();
  #wasCached = false;

  constructor(options: LocalStoreOptions) {
    this.#options = options;
  }

  /** The store as one sender's session sees it. */
  forSession(holder: Holder): TransferStore {
    return { open: (offer) => this.#open(offer, holder) };
  }

  async #open(offer: TransferOffer, holder: Holder): Promise<TransferTarget> {
    const { local, directory } = this.#options;
    const path = local.join(directory, offer.name);
    const partName = this.#partName(offer.name);
    const part = local.join(directory, partName);
    const key = new TextDecoder().decode(partName);
    await this.#claim(key, holder, offer.name);
    try {
      const files = { local, directory, path, part };
      const release = () => this.#release(key, holder);
      const readBack = (of: Uint8Array) => this.#readBack(of);
      const present = await this.#present(offer, path);
      if (present !== undefined) return new PresentTarget(files, present, readBack, release);
      await this.#requireSpace(offer, part);
      return await PartTarget.open(files, this.#options.force, readBack, release);
    } catch (error) {
      this.#release(key, holder);
      throw error;
    }
  }

  #partName(name: Uint8Array): Uint8Array {
    const labelled = new Uint8Array(PART_LABEL.length + name.length);
    labelled.set(PART_LABEL);
    labelled.set(name, PART_LABEL.length);
    return partName(labelled, () => this.#options.local.digest());
  }

  /** A sender that died is not known to be dead at once; the one that takes its file up is there already. */
  async #claim(key: string, holder: Holder, name: Uint8Array): Promise<void> {
    const other = this.#holders.get(key);
    if (other !== undefined && !(await other.giveUp())) throw busy(name);
    if (this.#holders.has(key)) throw busy(name);
    this.#holders.set(key, holder);
  }

  #release(key: string, holder: Holder): void {
    if (this.#holders.get(key) === holder) this.#holders.delete(key);
  }

  /** The file that has the name already and is to be compared. */
  async #present(offer: TransferOffer, path: Uint8Array): Promise<LocalStat | undefined> {
    const stat = await this.#options.local.stat(path);
    if (stat === undefined) return undefined;
    if (stat.type !== "file") {
      throw new CoterieError("TRANSFER_IN_THE_WAY", `${showBytes(offer.name)} is there, and no file`);
    }
    if (this.#options.force) return undefined;
    if (stat.size === offer.size) return stat;
    throw anotherFile(offer.name);
  }

  async #requireSpace(offer: TransferOffer, part: Uint8Array): Promise<void> {
    const { local, directory } = this.#options;
    const present = (await local.stat(part))?.size ?? 0;
    const { freeBytes } = await local.space(directory);
    if (offer.size - present <= freeBytes) return;
    const says = `${directory} has ${freeBytes} bytes left, and ${showBytes(offer.name)} needs ${offer.size - present}`;
    throw new CoterieError("LOCAL_FULL", says, { details: { path: directory } });
  }

  async #readBack(path: Uint8Array): Promise<TransferReader> {
    const reader = await this.#options.local.openUncached(path);
    if (!reader.isUncached && !this.#wasCached) {
      this.#wasCached = true;
      this.#options.onCached();
    }
    return reader;
  }
}

function busy(name: Uint8Array): CoterieError {
  return new CoterieError("TRANSFER_BUSY", `${showBytes(name)} is being received from another sender`);
}
