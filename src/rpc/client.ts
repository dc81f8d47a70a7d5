/**
 * An ONC RPC client (RFC 5531) of one server: many calls in flight over one connection or socket, matched to their
 * replies by xid.
 */
import type { Caller, CallOptions, Contract, Procedure } from "../marshal/index.ts";
import type { World } from "../world/index.ts";
import { ClientCore } from "./client-core.ts";
import type { RpcClientOptions, RpcClientStats } from "./types.ts";

/**
 * A client of one server, over TCP or UDP. It connects at the first call, connects again when the connection
 * breaks, and sends unanswered calls again under their xid until their deadline. Calls reject with
 * `RpcError`.
 */
export class RpcClient implements Caller {
  private readonly core: ClientCore;

  /** Nothing is connected before the first call. */
  constructor(world: World, options: RpcClientOptions) {
    this.core = new ClientCore(world, options);
  }

  /**
   * Calls a procedure. `args` must not change until the call is settled.
   * Rejects with `RpcError` (codes `RPC_…`), with the signal's reason, or with `XdrError` when `args` is no value of
   * the procedure's type.
   */
  call<Args, Result>(
    contract: Contract,
    procedure: Procedure<Args, Result>,
    args: Args,
    options?: CallOptions,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.core.start(
        contract,
        procedure as unknown as Procedure<unknown, unknown>,
        args,
        resolve as (result: unknown) => void,
        reject,
        options,
      );
    });
  }

  stats(): RpcClientStats {
    return this.core.stats();
  }

  /** Drops the connection. What is unanswered is sent again, the same bytes, on a new one: to the route's current server, if there is a route. */
  move(): void {
    this.core.move();
  }

  /** Fails what is unanswered with RPC_CLOSED and closes the connection. */
  close(): Promise<void> {
    return this.core.close();
  }
}
