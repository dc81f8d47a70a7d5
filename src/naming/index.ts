export { NamingError, type NamingErrorCode, namingErrors } from "./errors.ts";
export { programName, programNumber } from "./program-names.ts";
export { PROBE_MS, ping, REFRESH_MS, Registration, type RegistrationOptions } from "./registration.ts";
export {
  locate,
  type Mapping,
  noRpcbind,
  type Registered,
  RPCBIND_PORT,
  RPCBIND_TIMEOUT_MS,
  RpcbindClient,
} from "./rpcbind-client.ts";
export { RpcbindServer, type RpcbindServerOptions, rpcbindContracts } from "./rpcbind-server.ts";
export { MAX_REGISTRATIONS } from "./rpcbind-table.ts";
export {
  formatUniversalAddress,
  type Netid,
  netidOf,
  parseUniversalAddress,
} from "./universal-address.ts";
