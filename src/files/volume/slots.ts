/**
 * Memory for content. Whole chunks come and go by the thousand a second, and memory outside of the JavaScript heap
 * makes the garbage collector run the sooner the more of it is thrown away. So chunks lie in slots of one size, cut
 * from slabs that are never given back, and whoever uses a slot says when he no longer does: the unstable writes, the
 * cache and the store may use the same one at a time. Content of less than half a chunk has an array of its own,
 * which it would waste a slot to hold.
 */
const SLAB_BYTES = 4 * 1024 * 1024;
/** Slots begin at multiples of this, the processor's line of cache. */
const ALIGNMENT_BYTES = 64;

export class Slot {
  readonly bytes: Uint8Array;
  /** Where it goes when nobody uses it; undefined for an array of its own. */
  private readonly pool: SlotPool | undefined;
  private users = 1;
  /** All of it after a head, once somebody asked for that. */
  private body: Uint8Array | undefined;

  constructor(bytes: Uint8Array, pool: SlotPool | undefined) {
    this.bytes = bytes;
    this.pool = pool;
  }

  /** The first `length` bytes. Arrays cost more than what is done with them, so that of all bytes is the same one each time. */
  first(length: number): Uint8Array {
    return length === this.bytes.length ? this.bytes : this.bytes.subarray(0, length);
  }

  /** Those of them after `headBytes`, which are as many each time. */
  afterHead(headBytes: number, length: number): Uint8Array {
    if (length !== this.bytes.length) return this.bytes.subarray(headBytes, length);
    this.body ??= this.bytes.subarray(headBytes);
    return this.body;
  }

  /** One more uses it; returns it. */
  retain(): this {
    this.users++;
    return this;
  }

  /** Only one uses it, who may write to it. */
  get isSole(): boolean {
    return this.users === 1;
  }

  /** One uses it no more: after the last one its bytes are another's. */
  release(): void {
    if (--this.users === 0) this.pool?.put(this);
    else if (this.users < 0) throw new Error("invariant broken: a slot was released too often");
  }

  /** To be called by the pool alone: the one who takes it uses it. */
  reuse(): this {
    this.users = 1;
    return this;
  }
}

export class SlotPool {
  private readonly slotBytes: number;
  private readonly strideBytes: number;
  private readonly free: Slot[] = [];
  private slots = 0;

  /** Slots of `slotBytes` each. */
  constructor(slotBytes: number) {
    this.slotBytes = slotBytes;
    this.strideBytes = Math.ceil(slotBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  /** Bytes of all slabs. */
  get bytes(): number {
    return this.slots * this.strideBytes;
  }

  /** Slots that somebody uses. */
  get used(): number {
    return this.slots - this.free.length;
  }

  /** Room for `bytes`, at most a slot's, used by the caller. What it holds is anything. */
  take(bytes: number): Slot {
    if (bytes * 2 <= this.slotBytes) return new Slot(new Uint8Array(bytes), undefined);
    if (this.free.length === 0) this.grow();
    return (this.free.pop() as Slot).reuse();
  }

  put(slot: Slot): void {
    this.free.push(slot);
  }

  private grow(): void {
    const { slotBytes, strideBytes } = this;
    const count = Math.max(1, Math.floor(SLAB_BYTES / strideBytes));
    const slab = new ArrayBuffer(count * strideBytes);
    for (let i = count - 1; i >= 0; i--) {
      this.free.push(new Slot(new Uint8Array(slab, i * strideBytes, slotBytes), this));
    }
    this.slots += count;
  }
}

export function releaseAll(slots: readonly Slot[]): void {
  for (const slot of slots) slot.release();
}
