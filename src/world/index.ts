export {
  type Certificate,
  type Claims,
  decodeCertificate,
  isMemberName,
  issueCertificate,
  keyId,
  MAX_CERTIFICATE_BYTES,
  MAX_MEMBER_NAME_BYTES,
  type Role,
  SERIAL_BYTES,
  serialOf,
} from "./certificate/certificate.ts";
export {
  type Distrust,
  decodeAuthority,
  fingerprintOf,
  issuerOf,
  type Trust,
  verifyMember,
} from "./certificate/verify.ts";
export {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  type Crypto,
  ED25519_BYTES,
  ED25519_SIGNATURE_BYTES,
  type KeyAgreement,
  SHA256_BYTES,
  type SigningKey,
  X25519_BYTES,
} from "./crypto.ts";
export { type Due, DueHeap } from "./due-heap.ts";
export { DURATION_NOTATION, durationMs } from "./duration.ts";
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
export {
  base64url,
  fromBase64,
  fromHex,
  hex,
  type PemBlock,
  pem,
  pemBlocks,
  privateKeyOfPem,
  privateKeyPem,
} from "./key-formats.ts";
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
export {
  type Credentials,
  distrustError,
  type Identity,
  type Judgement,
  judgeMember,
  judgePinned,
  MAX_SECURE_HANDSHAKES,
  type Pin,
  type ProvenPeer,
  refusalOf,
  SECURE_HANDSHAKE_MS,
  SECURE_PROTOCOL,
  type SecureConnectOptions,
  type SecureListenOptions,
  secureError,
  shownChain,
  verdictByte,
} from "./secure.ts";
export { type SecureErrorCode, secureErrors } from "./secure-errors.ts";
export { SortedMap } from "./sorted-map.ts";
export {
  beneathSpans,
  checkSpans,
  joinChanges,
  joinSpans,
  MAX_SPANS,
  type Span,
  spansBytes,
} from "./spans.ts";
export {
  type Change,
  checkKey,
  compareKeys,
  type Entry,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  MAX_VIEWS,
  type Range,
  type Storage,
  type Store,
  type StoreOptions,
  type StoreUsage,
  type StoreView,
  viewLimitBytes,
} from "./store.ts";
export { type Clock, sleep, type Timer, type Timers, type WallTime } from "./time.ts";
export type { World } from "./world.ts";
