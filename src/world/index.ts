export {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  type Crypto,
  type KeyAgreement,
  SHA256_BYTES,
  X25519_BYTES,
} from "./crypto.ts";
export { type Due, DueHeap } from "./due-heap.ts";
export {
  assert,
  CoterieError,
  defineErrors,
  type ErrorEntry,
  type ErrorTable,
  isCoterieError,
  worldErrors,
} from "./error.ts";
export { Fifo } from "./fifo.ts";
export { type Log, silentLog } from "./log.ts";
export {
  type Address,
  type ConnectOptions,
  type DatagramOptions,
  type DatagramSocket,
  formatAddress,
  type Listener,
  type ListenOptions,
  type Network,
  type Stream,
} from "./net.ts";
export { type CryptoPlatform, createCrypto } from "./platform-crypto.ts";
export { type Random, randomBelow, randomUnit } from "./random.ts";
export { SortedMap } from "./sorted-map.ts";
export { beneathSpans, checkSpans, joinSpans, MAX_SPANS, type Span, spansBytes } from "./spans.ts";
export {
  type Change,
  compareKeys,
  type Entry,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  type Range,
  type Storage,
  type Store,
  type StoreOptions,
  type StoreUsage,
} from "./store.ts";
export { type Clock, sleep, type Timer, type Timers, type WallTime } from "./time.ts";
export type { World } from "./world.ts";
