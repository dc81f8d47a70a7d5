/**
 * The last steps that a node took for calls of volumes, in a ring: by them a call is followed through the nodes. Who records one allocates
 * nothing. A call's digest is known from where it comes to a volume; what happens in the same turn below is put down to it.
 */
import type { RpcCall } from "../../rpc/index.ts";
import type { Clock } from "../../world/index.ts";
import {
  STEPS_MAX,
  STEPS_MAX_TEXT,
  type step,
  step_kind,
  type step_request,
  type steps_wanted,
} from "../gen/cell-admin.gen.ts";

/** Steps that a node remembers. */
export const REMEMBERED_STEPS = 8192;
/** Bytes of UTF-8 of a string's unit, at most. */
const UTF8_BYTES = 3;

export class Steps {
  /** The call whose handler runs now, in the turn in which it came. */
  call: RpcCall | undefined;
  /** The request that a volume is given now, in that turn. */
  request: step_request | undefined;
  readonly #clock: Clock;
  readonly #size: number;
  readonly #atMs: Float64Array;
  readonly #kinds: Uint8Array;
  readonly #highs: Uint32Array;
  readonly #lows: Uint32Array;
  readonly #details: Float64Array;
  readonly #texts: string[];
  #count = 0;

  constructor(clock: Clock, size = REMEMBERED_STEPS) {
    this.#clock = clock;
    this.#size = size;
    this.#atMs = new Float64Array(size);
    this.#kinds = new Uint8Array(size);
    this.#highs = new Uint32Array(size);
    this.#lows = new Uint32Array(size);
    this.#details = new Float64Array(size);
    this.#texts = Array.from({ length: size }, () => "");
  }

  get nowMs(): number {
    return this.#clock.monotonicMs();
  }

  record(kind: step_kind, { high, low }: step_request, detail = 0, text = ""): void {
    const at = this.#count++ % this.#size;
    this.#atMs[at] = this.#clock.monotonicMs();
    this.#kinds[at] = kind;
    this.#highs[at] = high;
    this.#lows[at] = low;
    this.#details[at] = detail;
    this.#texts[at] = text;
  }

  /** The steps of these requests, and of all of this caller, oldest first; of more than can be told the newest. */
  find({ caller, requests }: steps_wanted): step[] {
    const wanted = new Set(requests.map(keyOf));
    if (caller !== "")
      for (const at of this.#places()) if (this.#isCallOf(at, caller)) wanted.add(this.#key(at));
    return this.#places()
      .filter((at) => wanted.has(this.#key(at)))
      .slice(-STEPS_MAX)
      .map((at) => this.#step(at));
  }

  #places(): number[] {
    const first = Math.max(0, this.#count - this.#size);
    return Array.from({ length: this.#count - first }, (_, at) => (first + at) % this.#size);
  }

  #isCallOf(at: number, caller: string): boolean {
    return this.#kinds[at] === step_kind.STEP_CALL && this.#texts[at] === caller;
  }

  #key(at: number): string {
    return keyOf({ high: this.#highs[at] as number, low: this.#lows[at] as number });
  }

  #step(at: number): step {
    return {
      kind: this.#kinds[at] as step_kind,
      request: { high: this.#highs[at] as number, low: this.#lows[at] as number },
      at_ms: this.#atMs[at] as number,
      detail: this.#details[at] as number,
      text: (this.#texts[at] as string).slice(0, Math.floor(STEPS_MAX_TEXT / UTF8_BYTES)),
    };
  }
}

/** 64 bits are more than a double holds. */
export function keyOf({ high, low }: step_request): string {
  return `${high}/${low}`;
}

/** Who calls, by its own account: the machine's name of AUTH_SYS. */
export function callerOf({ credential }: RpcCall): string {
  return credential.flavor === "sys" ? credential.machine : "";
}
