export { RpcClient } from "./client.ts";
export { RpcError, type RpcErrorCode, rpcErrors } from "./errors.ts";
export { NO_REPLY, RpcReject } from "./reject.ts";
export { RpcServer } from "./server.ts";
export {
  type CallConnection,
  type Credential,
  defaultServerLimits,
  type Route,
  type RpcCall,
  type RpcClientOptions,
  type RpcClientStats,
  type RpcListenOptions,
  type RpcServerLimits,
  type RpcServerOptions,
  type RpcServerStats,
  type Transport,
} from "./types.ts";
export { AuthStat } from "./wire.ts";
