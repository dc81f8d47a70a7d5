/**
 * The contract of `World`, as tests that every implementation runs: `describeX(subject)` declares them. A
 * subject gives each test two worlds that reach each other: two simulated nodes, or one real machine twice.
 */
import { compareKeys, type Store, type StoreOptions, type World } from "../index.ts";

export interface ContractCase {
  /** The side that listens, and that has a disk. */
  readonly world: World;
  /** The side that connects. */
  readonly peer: World;
  /** Where `peer` reaches `world`. */
  readonly host: string;
  sleep(delayMs: number): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** Runs one test in worlds of its own. Simulated ones take the seed. */
  run(test: (context: ContractCase) => Promise<void>, seed?: number): Promise<void>;
}

/** A promise and its ends. */
export class Gate<T = void> {
  readonly promise: Promise<T>;
  resolve: (value: T) => void = () => {};
  reject: (reason: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(data: Uint8Array | undefined): string | undefined {
  return data === undefined ? undefined : new TextDecoder().decode(data);
}

/** `length` bytes that tell their own position, so that a slip by one shows. */
export function pattern(length: number, from = 0): Uint8Array {
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const at = from + i;
    data[i] = (at ^ (at >>> 8) ^ (at >>> 16)) & 0xff;
  }
  return data;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The code that a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "resolved";
}

/** The code that a call throws. */
export function codeThrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name;
  }
  return "returned";
}

/** A store with the given content, durable. */
export async function storeWith(
  world: World,
  content: Readonly<Record<string, string>>,
  options?: StoreOptions,
): Promise<Store> {
  const store = await world.storage.open("contract", options);
  store.apply(Object.entries(content).map(([key, value]) => ({ key: bytes(key), value: bytes(value) })));
  await store.sync();
  return store;
}

/** True if both hold the same bytes; quicker and quieter than comparing megabytes with `toEqual`. */
export function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && compareKeys(a, b) === 0;
}
