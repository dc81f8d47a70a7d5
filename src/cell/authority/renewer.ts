/**
 * Keeps a node's certificate fresh: looks every hour whether it is due, and asks one node after the other until it has a new one. The node that has
 * the authority gives itself one.
 */
import {
  type Address,
  CoterieError,
  isCoterieError,
  randomUnit,
  type Timer,
  type World,
} from "../../world/index.ts";
import { type Authority, wallMs } from "./authority.ts";
import type { MemberCredentials } from "./credentials.ts";
import { renew } from "./join.ts";

/** Between two looks, shortened at random by up to half, so that not all nodes ask at once. */
export const LOOK_MS = 3_600_000;

/** What a `Renewer` renews, and whom it asks. */
export interface RenewerOptions {
  readonly credentials: MemberCredentials;
  /** The cell's authority, where this node has it. */
  readonly authority?: Authority | undefined;
  /** Where nodes of the cell listen for others. */
  readonly nodes: () => readonly Address[];
}

/** Renews a node's certificate in time, and looks for changes of the authority. */
export class Renewer {
  /** A renewal that was due and failed; it is tried again at the next look. */
  onTrouble: (error: CoterieError) => void = () => {};
  readonly #world: World;
  readonly #options: RenewerOptions;
  readonly #stop = new AbortController();
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;

  constructor(world: World, options: RenewerOptions) {
    this.#world = world;
    this.#options = options;
    this.#arm();
  }

  /** Looks now; for when the cell's trust has changed. Resolves when it is done, with a new certificate or without. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  close(): void {
    this.#stop.abort(new CoterieError("JOIN_SILENT", "the node was stopped"));
    this.#timer?.cancel();
  }

  #arm(): void {
    const delayMs = LOOK_MS * (1 - randomUnit(this.#world.random) / 2);
    this.#timer = this.#world.timers.after(delayMs, () => {
      void this.look();
      this.#arm();
    });
  }

  async #look(): Promise<void> {
    const { credentials } = this.#options;
    if (this.#stop.signal.aborted || wallMs(this.#world) < credentials.renewalDueMs) return;
    try {
      await this.#renew();
      const { serial, notAfterMs } = credentials.certificate;
      this.#world.log.info("renewed the node's certificate", { serial, endsMs: notAfterMs });
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      if (this.#stop.signal.aborted) return;
      this.#world.log.warn("the node's certificate is due, and was not renewed", { code: error.code });
      this.onTrouble(error);
    }
  }

  async #renew(): Promise<void> {
    const { credentials, authority } = this.#options;
    if (authority === undefined) return this.#ask();
    const privateKey = this.#world.random.bytes(32);
    const { publicKey } = this.#world.crypto.ed25519(privateKey);
    const { der } = await authority.certify("node", credentials.certificate.name, publicKey);
    await credentials.renewed({ certificate: der, privateKey });
  }

  async #ask(): Promise<void> {
    const { credentials, nodes } = this.#options;
    let last = new CoterieError("JOIN_SILENT", "no other node of the cell is known");
    for (const at of nodes()) {
      try {
        const { admission, privateKey } = await renew(this.#world, at, credentials, this.#stop.signal);
        const identity = { certificate: admission.certificate.der, privateKey };
        await credentials.renewed(identity, admission.authorities);
        return;
      } catch (error) {
        if (!isCoterieError(error) || this.#stop.signal.aborted) throw error;
        last = error;
      }
    }
    throw last;
  }
}
