/** A file of this machine as the source of a transfer. */
import type { SourceState, TransferReader, TransferSource } from "../../channel/index.ts";
import type { LocalFile, LocalFiles } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { nameOf } from "../files/part-file.ts";
import { showBytes } from "../style.ts";

const PERMISSIONS = 0o777;

export class LocalSource implements TransferSource {
  readonly name: Uint8Array;
  readonly #local: LocalFiles;
  readonly #path: Uint8Array;

  constructor(local: LocalFiles, path: Uint8Array) {
    this.#local = local;
    this.#path = path;
    this.name = nameOf(path);
  }

  /** @throws CoterieError LOCAL_NOT_FOUND; TRANSFER_TYPE for what is no ordinary file. */
  async state(): Promise<SourceState> {
    const stat = await this.#local.stat(this.#path, { follow: true });
    const shown = showBytes(this.#path);
    if (stat === undefined) throw new CoterieError("LOCAL_NOT_FOUND", `${shown} does not exist`);
    if (stat.type !== "file") {
      const what = stat.type === "directory" ? "a directory" : "no ordinary file";
      throw new CoterieError("TRANSFER_TYPE", `${shown} is ${what}`);
    }
    const { size, modified, device, inode } = stat;
    return { size, mode: stat.mode & PERMISSIONS, modified, identity: `${device}:${inode}` };
  }

  async open(): Promise<TransferReader> {
    return wholeReads(await this.#local.open(this.#path, "read"));
  }

  reopen(): Promise<TransferReader> {
    return this.#local.openUncached(this.#path);
  }
}

/** The system may give less at a time than was asked for. */
function wholeReads(file: LocalFile): TransferReader {
  return {
    async read(buffer, position) {
      let done = 0;
      while (done < buffer.length) {
        const count = await file.read(buffer.subarray(done), position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    close: () => file.close(),
  };
}
