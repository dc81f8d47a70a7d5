/** A directory's small files in memory, for tests of the cell in a simulated world. */
import type { DirectoryFiles } from "../../src/cell/index.ts";

export class MemoryFiles implements DirectoryFiles {
  readonly path: string;
  readonly files = new Map<string, Uint8Array>();

  constructor(path = "/node", files: Readonly<Record<string, string>> = {}) {
    this.path = path;
    for (const [name, text] of Object.entries(files)) this.files.set(name, new TextEncoder().encode(text));
  }

  text(name: string): string | undefined {
    const data = this.files.get(name);
    return data === undefined ? undefined : new TextDecoder().decode(data);
  }

  async names(): Promise<readonly string[]> {
    return [...this.files.keys()].sort();
  }

  async read(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const data = this.files.get(name);
    if (data !== undefined && data.length > maxBytes)
      throw new RangeError(`${name} is over ${maxBytes} bytes`);
    return data;
  }

  async replace(name: string, data: Uint8Array): Promise<void> {
    this.files.set(name, data);
  }

  async remove(name: string): Promise<void> {
    this.files.delete(name);
  }
}
