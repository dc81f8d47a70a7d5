/** The services of a volume: NFS v2 and v3, MOUNT v1, v2 and v3. An `RpcServer` takes them all on one port. */
import type { Service } from "../../marshal/index.ts";
import type { RpcCall } from "../../rpc/index.ts";
import type { World } from "../../world/index.ts";
import type { Volume } from "../volume/types.ts";
import { Clients } from "./clients.ts";
import type { Core } from "./core.ts";
import { defaultExports, type ExportRule, Exports } from "./exports.ts";
import { Handles } from "./handles.ts";
import { createMountServices, directoriesOf } from "./mount/server.ts";
import { MAX_KEPT_REPLIES, Replies } from "./replies.ts";
import { createNfs2Service } from "./v2/server.ts";
import { createNfs3Service } from "./v3/service.ts";

/** Who may use a volume that is served, and how many replies are kept. */
export interface NfsOptions {
  /** Who may use the volume, the first rule that holds an address deciding. Default: `defaultExports`. */
  readonly exports?: readonly ExportRule[];
  /** Calls remembered across crashes so that their retries do not run again. Default 16,384. */
  readonly maxKeptReplies?: number;
}

/**
 * @param volume open; whoever opened it closes it, after the server.
 * @throws NfsError NFS_EXPORT_RULE for a rule that cannot be read.
 */
export function createNfsServices(
  world: World,
  volume: Volume,
  options: NfsOptions = {},
): Service<RpcCall>[] {
  const exports = new Exports(options.exports ?? defaultExports);
  const core: Core = {
    volume,
    clock: world.clock,
    log: world.log,
    handles: new Handles(volume.id),
    clients: new Clients(exports),
    replies: new Replies(volume, options.maxKeptReplies ?? MAX_KEPT_REPLIES),
  };
  return [
    createNfs3Service(core),
    createNfs2Service(core),
    ...createMountServices(directoriesOf(core), exports.rules),
  ];
}
