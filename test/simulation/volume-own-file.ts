/** A file that only one client writes: what it committed is there, byte for byte, now and in each snapshot that was taken since. */
import { stable_how } from "../../src/files/nfs/gen/nfs3.gen.ts";
import type { Stage } from "../../src/sim/index.ts";
import { bytes, type VolumeClient } from "./volume-client.ts";
import { GONE, type KnownLayer, type LayerUser } from "./volume-layers.ts";
import { BLOCKS, type VolumeOperation } from "./volume-workload.ts";

const BLOCK_BYTES = 600;

export class OwnFile {
  readonly #stage: Stage<VolumeOperation>;
  readonly #number: number;
  readonly #name: string;
  readonly #client: VolumeClient;
  readonly #layers: LayerUser;
  readonly #next: () => number;
  #handle: Uint8Array | undefined;
  /** The blocks that are committed. */
  readonly #saved = new Map<number, Uint8Array>();
  /** What was committed when each snapshot was taken. */
  readonly #kept = new Map<KnownLayer, ReadonlyMap<number, Uint8Array>>();

  /** `number`: of the client. `next`: numbers what is written. */
  constructor(
    stage: Stage<VolumeOperation>,
    number: number,
    client: VolumeClient,
    layers: LayerUser,
    next: () => number,
  ) {
    this.#stage = stage;
    this.#number = number;
    this.#name = `own ${number}`;
    this.#client = client;
    this.#layers = layers;
    this.#next = next;
  }

  /** Writes blocks unstably, and commits them, until that was under the verifier that the writes had, or it gives up. */
  async save(operation: Extract<VolumeOperation, { kind: "save" }>): Promise<void> {
    const client = this.#client;
    const own = await this.#made();
    // A block that is written twice is written by two nodes.
    const wanted = operation.blocks.map((block) => ({
      block,
      data: bytes(`${this.#next()} `.repeat(BLOCK_BYTES).slice(0, BLOCK_BYTES)),
    }));
    for (let round = 0; ; round++) {
      const verifiers: string[] = [];
      for (const { block, data } of wanted) {
        // Nobody writes the same bytes by two nodes at a time for ever.
        client.node = round === 0 ? client.node + 1 : operation.node + round;
        verifiers.push(
          this.#verifierOf(await client.write(own, block * BLOCK_BYTES, data, stable_how.UNSTABLE)),
        );
      }
      client.node = operation.commitNode;
      const committed = this.#verifierOf(await client.commit(own));
      if (verifiers.every((verifier) => verifier === committed)) break;
      if (operation.isGivenUp) {
        await this.#giveUp(operation.blocks);
        return;
      }
    }
    for (const { block, data } of wanted) this.#saved.set(block, data);
  }

  /** Writes blocks unstably, and cuts the file by another node. */
  async cut(operation: Extract<VolumeOperation, { kind: "cut" }>): Promise<void> {
    const client = this.#client;
    const own = await this.#made();
    for (const block of operation.blocks) {
      client.node++;
      const data = bytes(`${this.#next()} `.repeat(BLOCK_BYTES).slice(0, BLOCK_BYTES));
      this.#verifierOf(await client.write(own, block * BLOCK_BYTES, data, stable_how.UNSTABLE));
    }
    client.node = operation.cutNode;
    const cut = await (operation.isByCreate ? client.createEmpty(this.#name) : client.cut(own));
    if (cut !== "OK") this.#stage.fail("own files stay", `a cut of a file of its own is ${cut}`);
    for (let block = 0; block < BLOCKS; block++) this.#saved.set(block, new Uint8Array(BLOCK_BYTES));
  }

  /** After a COMMIT that could not promise them, blocks are as they were before or as they were written, and stay so: nothing comes back. */
  async #giveUp(blocks: readonly number[]): Promise<void> {
    const data = await this.#client.read(await this.#made(), 0, BLOCKS * BLOCK_BYTES);
    if (typeof data === "string") this.#stage.fail("own files stay", `c${this.#number}: ${data}`);
    for (const block of blocks) this.#saved.set(block, blockOf(data as Uint8Array, block));
  }

  #verifierOf(answer: Uint8Array | string): string {
    if (typeof answer === "string") this.#stage.fail("own files stay", `a file of its own is ${answer}`);
    return hex(answer as Uint8Array);
  }

  async #made(): Promise<Uint8Array> {
    if (this.#handle !== undefined) return this.#handle;
    const made = await this.#client.create(this.#name);
    if (typeof made === "string") this.#stage.fail("exactly once", `the only CREATE of a name is ${made}`);
    this.#handle = made as Uint8Array;
    return this.#handle;
  }

  /** What is committed now; to be kept when a snapshot is taken that has it. */
  committed(): ReadonlyMap<number, Uint8Array> {
    return new Map(this.#saved);
  }

  keep(layer: KnownLayer, committed: ReadonlyMap<number, Uint8Array>): void {
    this.#kept.set(layer, committed);
  }

  async check(): Promise<void> {
    if (this.#handle === undefined) return;
    const data = await this.#client.read(this.#handle, 0, BLOCKS * BLOCK_BYTES);
    if (typeof data === "string") this.#stage.fail("own files stay", `c${this.#number}: ${data}`);
    this.#compare("committed bytes are there", `c${this.#number}`, data as Uint8Array, this.#saved);
  }

  /** What was committed before a snapshot is in it, byte for byte, as long as there is the snapshot. */
  async checkKept(): Promise<void> {
    for (const [layer, saved] of this.#kept) {
      if (saved.size === 0) continue;
      const data = await this.#layers.read(layer, this.#name, 0, BLOCKS * BLOCK_BYTES);
      if (data === GONE) continue;
      const where = `c${this.#number} in ${layer.name}`;
      if (typeof data === "string") this.#stage.fail("snapshots stay", `${where}: ${data}`);
      this.#compare("snapshots stay", where, data as Uint8Array, saved);
    }
  }

  #compare(property: string, where: string, data: Uint8Array, saved: ReadonlyMap<number, Uint8Array>): void {
    for (const [block, expected] of saved) {
      const found = blockOf(data, block);
      if (text(found) === text(expected)) continue;
      const what = `${where}, block ${block}: ${text(found).slice(0, 20)} and not ${text(expected).slice(0, 20)}`;
      this.#stage.fail(property, what);
    }
  }
}

/** What is beyond the end counts as zeros: a later write may make them of it. */
function blockOf(data: Uint8Array, block: number): Uint8Array {
  const found = new Uint8Array(BLOCK_BYTES);
  found.set(data.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES));
  return found;
}

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

function hex(verifier: Uint8Array): string {
  return Array.from(verifier, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
