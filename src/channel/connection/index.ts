export { Connection, MIN_PAYLOAD_BYTES } from "./connection.ts";
export type { ConnectionCore, ConnectionEvents, ConnectionLimits } from "./types.ts";
