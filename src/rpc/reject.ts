/** How a handler answers other than with its result (RFC 5531 section 9). */
import type { AuthStat } from "./wire.ts";

/** Returned by a handler, of whichever copy of the package: the call is dropped without a reply, and a retry of it runs again. */
export const NO_REPLY: unique symbol = Symbol.for("coterie.NO_REPLY");

/**
 * Thrown by a handler (or its promise): the call is answered with AUTH_ERROR and the status, or with SYSTEM_ERR.
 * Anything else thrown is answered with SYSTEM_ERR too, and logged as an error.
 */
export class RpcReject extends Error {
  /** `undefined`: SYSTEM_ERR. */
  readonly authStat: AuthStat | undefined;

  private constructor(message: string, authStat: AuthStat | undefined) {
    super(message);
    this.name = "RpcReject";
    this.authStat = authStat;
  }

  static auth(authStat: AuthStat): RpcReject {
    return new RpcReject(`AUTH_ERROR ${authStat}`, authStat);
  }

  static systemError(reason: string): RpcReject {
    return new RpcReject(reason, undefined);
  }
}
