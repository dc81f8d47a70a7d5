/**
 * A user of a volume's snapshots and clones. What concerns the volume as a whole is asked of one replica after the other, by one call with one
 * identity, until one answers; files in snapshots and clones are reached by NFS as all others are.
 */
import { type Answer, type Desk, LayerCalls, type VolumeCall } from "../../src/files/replicated/index.ts";
import { isCoterieError, sleep, type World } from "../../src/world/index.ts";
import { bytes, type VolumeClient } from "./volume-client.ts";

const PATIENCE_MS = 400;
const RETRY_MS = 150;

export type LayerKind = "snapshots" | "clones";

export interface KnownLayer {
  readonly kind: LayerKind;
  readonly name: string;
}

/** The snapshot or clone is not there. */
export const GONE = "GONE";

export class LayerUser {
  readonly #world: World;
  readonly #client: VolumeClient;
  readonly #desks: () => readonly (Desk | undefined)[];
  readonly #calls: LayerCalls;

  constructor(world: World, client: VolumeClient, desks: () => readonly (Desk | undefined)[]) {
    this.#world = world;
    this.#client = client;
    this.#desks = desks;
    this.#calls = new LayerCalls(world, { submit: (call) => this.#submit(call) });
  }

  /** The same call, until it is answered. */
  async #submit(call: VolumeCall): Promise<Answer> {
    for (let at = this.#client.node; ; at++) {
      const desks = this.#desks();
      const answer = await this.#asked(desks[at % desks.length], call);
      if (answer instanceof Uint8Array) return answer;
      await sleep(this.#world.timers, RETRY_MS);
    }
  }

  /** A node that dies never answers. */
  #asked(desk: Desk | undefined, call: VolumeCall): Promise<Answer> {
    const late = sleep(this.#world.timers, PATIENCE_MS).then((): Answer => "unknown");
    const answer = desk?.submit(call).catch((): Answer => "unknown");
    return answer === undefined ? Promise.resolve("later") : Promise.race([answer, late]);
  }

  takeSnapshot(name: string): Promise<string> {
    return said(this.#calls.takeSnapshot(name));
  }

  makeClone(name: string, snapshot: string): Promise<string> {
    return said(this.#calls.makeClone(name, snapshot));
  }

  drop({ kind, name }: KnownLayer): Promise<string> {
    return said(kind === "clones" ? this.#calls.dropClone(name) : this.#calls.dropSnapshot(name));
  }

  /** What a file of the layer holds; or NOENT, GONE. */
  async read(layer: KnownLayer, file: string, offset = 0, count = 4096): Promise<Uint8Array | string> {
    const handle = await this.#find(layer, file);
    if (typeof handle === "string") return handle;
    const data = await this.#client.read(handle, offset, count);
    return data === "STALE" ? GONE : data;
  }

  /** OK, NOENT, GONE. */
  async write(layer: KnownLayer, file: string, value: string): Promise<string> {
    const handle = await this.#find(layer, file);
    if (typeof handle === "string") return handle;
    const written = await this.#client.write(handle, 0, bytes(value));
    return written === "STALE" ? GONE : typeof written === "string" ? written : "OK";
  }

  async #find({ kind, name }: KnownLayer, file: string): Promise<Uint8Array | string> {
    const hidden = await this.#client.lookup(`.${kind}`);
    if (typeof hidden === "string") throw new Error(`.${kind} is ${hidden}`);
    const root = await this.#client.lookup(name, hidden);
    if (typeof root === "string") return GONE;
    const found = await this.#client.lookup(file, root);
    return found === "STALE" ? GONE : found;
  }
}

async function said(deed: Promise<void>): Promise<string> {
  try {
    await deed;
    return "OK";
  } catch (error) {
    if (isCoterieError(error)) return error.code;
    throw error;
  }
}
