/** Memory for values that are put together for one commit and forgotten after it, so that they are no garbage. */
export class Scratch {
  readonly #maxBytes: number;
  #bytes = new Uint8Array(0);
  #at = 0;

  /** It keeps up to `maxBytes`; what does not fit gets arrays of its own. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Room for so many bytes, which hold anything; the caller's until `reset`. */
  take(bytes: number): Uint8Array {
    if (this.#at + bytes > this.#maxBytes) return new Uint8Array(bytes);
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#maxBytes);
    const from = this.#at;
    this.#at += bytes;
    return this.#bytes.subarray(from, this.#at);
  }

  reset(): void {
    this.#at = 0;
  }
}
