/** An ONC RPC server (RFC 5531): several programs and versions on one port, over TCP and UDP. */
import type { Service } from "../marshal/index.ts";
import type { Address, World } from "../world/index.ts";
import { ServerCore } from "./server-core.ts";
import type { RpcCall, RpcListenOptions, RpcServerOptions, RpcServerStats } from "./types.ts";

/**
 * Serves ONC RPC programs (RFC 5531) over TCP and UDP: `add` services, then `listen`. Every resource is
 * bounded by `RpcServerLimits`.
 */
export class RpcServer {
  private readonly core: ServerCore;

  /** @param options bounds that differ from `defaultServerLimits`. */
  constructor(world: World, options: RpcServerOptions = {}) {
    this.core = new ServerCore(world, options);
  }

  /**
   * Serves a program in one of its versions, from now on.
   * @throws TypeError when that is served already.
   */
  add(service: Service<RpcCall>): void {
    this.core.add(service);
  }

  /**
   * Opens one port for TCP, UDP or both, and returns its address. It may be called several times.
   * @throws CoterieError NET_ADDRESS_IN_USE and the like; RPC_PORT_PAIR when port 0 found no port for both.
   */
  listen(options: RpcListenOptions): Promise<Address> {
    return this.core.listen(options);
  }

  /** What was counted so far. */
  stats(): RpcServerStats {
    return this.core.stats();
  }

  /** Takes no more calls, answers those in flight for at most `closeMs`, and is gone. */
  close(): Promise<void> {
    return this.core.close();
  }
}
