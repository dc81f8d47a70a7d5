/** `LocalReader`: from the device where that can be, else as every program reads. */
import { attempt } from "./local-failure.ts";
import type { LocalFile, LocalPath, LocalReader } from "./local-files.ts";
import { UncachedFile } from "./uncached-file.ts";

export class LocalFileReader implements LocalReader {
  readonly isUncached: boolean;
  #file: UncachedFile | LocalFile;
  #path: LocalPath;

  constructor(file: UncachedFile | LocalFile, path: LocalPath) {
    this.isUncached = file instanceof UncachedFile;
    this.#file = file;
    this.#path = path;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const rest = buffer.subarray(done);
      const count = await attempt(this.#path, () => this.#file.read(rest, position + done));
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  close(): Promise<void> {
    return attempt(this.#path, () => this.#file.close());
  }
}
