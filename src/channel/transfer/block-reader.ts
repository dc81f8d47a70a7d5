/** Reads and digests a file's blocks, the next one on its way while one is digested. */
import type { Crypto } from "../../world/index.ts";
import type { Blocks } from "./blocks.ts";
import type { TransferReader } from "./files.ts";

export class BlockDigester {
  readonly #crypto: Pick<Crypto, "sha256">;
  readonly #blocks: Blocks;
  readonly #buffers: readonly [Uint8Array, Uint8Array];

  constructor(blocks: Blocks, crypto: Pick<Crypto, "sha256">) {
    this.#crypto = crypto;
    this.#blocks = blocks;
    const length = Math.min(blocks.blockBytes, blocks.sizeBytes);
    this.#buffers = [new Uint8Array(length), new Uint8Array(length)];
  }

  /** SHA-256 of each block, of what there is of it: a file that is too short gives digests that agree with no other. */
  async digest(reader: TransferReader, first: number, count: number): Promise<Uint8Array[]> {
    const digests: Uint8Array[] = [];
    let reading = this.#read(reader, first);
    for (let index = first; index < first + count; index++) {
      const data = await reading;
      if (index + 1 < first + count) reading = this.#read(reader, index + 1);
      digests.push(this.#crypto.sha256(data));
    }
    return digests;
  }

  async #read(reader: TransferReader, index: number): Promise<Uint8Array> {
    const room = (this.#buffers[index & 1] as Uint8Array).subarray(0, this.#blocks.length(index));
    const count = await reader.read(room, this.#blocks.start(index));
    return room.subarray(0, count);
  }
}
