export { Connection } from "./connection.ts";
export { MAX_PAYLOAD_BYTES, MIN_PAYLOAD_BYTES } from "./limits.ts";
export type { ConnectionCore, ConnectionEvents, ConnectionLimits } from "./types.ts";
