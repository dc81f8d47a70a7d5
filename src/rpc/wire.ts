/** The numbers of RFC 5531 sections 8.2 and 9. `x/rpc.x` says the same; a test compares them. */

export const RPC_VERSION = 2;

/** msg_type */
export const CALL = 0;
export const REPLY = 1;

/** reply_stat */
export const MSG_ACCEPTED = 0;
export const MSG_DENIED = 1;

/** accept_stat */
export const SUCCESS = 0;
export const PROG_UNAVAIL = 1;
export const PROG_MISMATCH = 2;
export const PROC_UNAVAIL = 3;
export const GARBAGE_ARGS = 4;
export const SYSTEM_ERR = 5;

/** reject_stat */
export const RPC_MISMATCH = 0;
export const AUTH_ERROR = 1;

/** auth_stat: why a credential was refused. */
export const AuthStat = {
  AUTH_OK: 0,
  AUTH_BADCRED: 1,
  AUTH_REJECTEDCRED: 2,
  AUTH_BADVERF: 3,
  AUTH_REJECTEDVERF: 4,
  AUTH_TOOWEAK: 5,
  AUTH_INVALIDRESP: 6,
  AUTH_FAILED: 7,
} as const;
export type AuthStat = (typeof AuthStat)[keyof typeof AuthStat];

/** auth_flavor */
export const AUTH_NONE = 0;
export const AUTH_SYS = 1;

/** Most bytes in the body of a credential or verifier. */
export const MAX_AUTH_BYTES = 400;
/** Most bytes of a machine's name in AUTH_SYS, and most groups. */
export const MAX_MACHINE_BYTES = 255;
export const MAX_GIDS = 16;

/** The largest UDP payload over IPv4. */
export const MAX_DATAGRAM_BYTES = 65_507;
