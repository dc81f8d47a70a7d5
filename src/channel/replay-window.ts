/**
 * Which packet numbers were received: those above the window never, those in it as its bits say, those below it are
 * taken for received (RFC 4303 section 3.4.3). The bits lie in a ring that is never shifted (RFC 6479): a new highest number
 * clears the words that it reaches anew.
 */

/** Numbers that the window holds, at the least: packets that arrive later than that many newer ones are lost. */
export const REPLAY_WINDOW_PACKETS = 2048;

/** One word more than the window, so that the newest word may be partly filled. */
const WORDS = REPLAY_WINDOW_PACKETS / 32 + 1;

export class ReplayWindow {
  /** The highest number received, 0 before the first. */
  highest = 0;
  /** Made when it is first needed: most channels of a busy endpoint are idle ones. */
  #words: Uint32Array | undefined;

  /** Whether `number` may be a new one. Ask before the packet is opened, which costs much more. */
  isNew(number: number): boolean {
    if (number > this.highest) return true;
    if (number <= this.highest - REPLAY_WINDOW_PACKETS || number < 1 || this.#words === undefined)
      return false;
    return ((this.#words[wordOf(number)] as number) & bitOf(number)) === 0;
  }

  /** Notes a number that was new, and whose packet was authentic. */
  add(number: number): void {
    this.#words ??= new Uint32Array(WORDS);
    if (number > this.highest) {
      this.#clear(this.#words, number);
      this.highest = number;
    }
    const word = wordOf(number);
    this.#words[word] = (this.#words[word] as number) | bitOf(number);
  }

  /** Empties the words after that of the highest number, up to that of `number`. */
  #clear(words: Uint32Array, number: number): void {
    const first = Math.floor(this.highest / 32) + 1;
    const last = Math.floor(number / 32);
    if (last - first >= WORDS) words.fill(0);
    else for (let word = first; word <= last; word++) words[word % WORDS] = 0;
  }
}

function wordOf(number: number): number {
  return Math.floor(number / 32) % WORDS;
}

function bitOf(number: number): number {
  return 1 << (number % 32);
}
