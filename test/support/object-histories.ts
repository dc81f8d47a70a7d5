/** Histories of clients that use a correct register, queue or list at once. A write writes a value of its own. */
import type {
  CasRegisterInput,
  KeyValueInput,
  ListInput,
  ListOutput,
  Prng,
  QueueInput,
  RecordedOperation,
} from "../../src/sim/index.ts";
import { concurrentHistory } from "./concurrent-history.ts";

export interface HistorySize {
  readonly random: Prng;
  readonly clients: number;
  readonly operations: number;
  /** How often an operation's answer is never seen. Default 0. */
  readonly unanswered?: number;
}

export type MapOperation = RecordedOperation<KeyValueInput<number>, number | boolean | undefined>;
export type QueueOperation = RecordedOperation<QueueInput<number>, number | undefined>;

/** Of so many registers, which are the keys of a map; `writes` is the share of writes. */
export function registersHistory(
  { random, ...size }: HistorySize,
  { keys, writes }: { readonly keys: number; readonly writes: number },
): MapOperation[] {
  const values = new Map<string, number>();
  let last = 0;
  return concurrentHistory<KeyValueInput<number>, number | boolean | undefined>({
    ...size,
    random,
    draw: () => {
      const key = `r${random.below(keys)}`;
      return random.chance(writes) ? { op: "put", key, value: ++last } : { op: "get", key };
    },
    apply: (input) => (input.op === "put" ? void values.set(input.key, input.value) : values.get(input.key)),
  });
}

/** Of one register of five values, with compare-and-swap: these are written again and again. */
export function casHistory({
  random,
  ...size
}: HistorySize): RecordedOperation<CasRegisterInput<number>, number | boolean | undefined>[] {
  let value = 0;
  return concurrentHistory<CasRegisterInput<number>, number | boolean | undefined>({
    ...size,
    random,
    draw: () => {
      const kind = random.below(3);
      if (kind === 0) return { op: "read" };
      if (kind === 1) return { op: "write", value: random.below(5) };
      return { op: "cas", from: random.below(5), to: random.below(5) };
    },
    apply: (input) => {
      if (input.op === "read") return value;
      const writes = input.op === "write" || input.from === value;
      if (writes) value = input.op === "write" ? input.value : input.to;
      return writes;
    },
  });
}

/** `enqueues` is their share. */
export function queueHistory(
  { random, ...size }: HistorySize,
  { enqueues }: { readonly enqueues: number },
): QueueOperation[] {
  const items: number[] = [];
  let last = 0;
  return concurrentHistory<QueueInput<number>, number | undefined>({
    ...size,
    random,
    draw: () => (random.chance(enqueues) ? { op: "enqueue", value: ++last } : { op: "dequeue" }),
    apply: (input) => (input.op === "enqueue" ? void items.push(input.value) : items.shift()),
  });
}

/** `appends` is their share. */
export function listHistory(
  { random, ...size }: HistorySize,
  { appends }: { readonly appends: number },
): RecordedOperation<ListInput<number>, ListOutput<number>>[] {
  const items: number[] = [];
  let last = 0;
  return concurrentHistory<ListInput<number>, ListOutput<number>>({
    ...size,
    random,
    draw: () => (random.chance(appends) ? { op: "append", value: ++last } : { op: "read" }),
    apply: (input) => (input.op === "append" ? void items.push(input.value) : [...items]),
  });
}
