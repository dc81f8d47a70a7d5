/**
 * A simulated site for tests of the NFS server: a node that serves a volume, and a node whose compiled clients call
 * it through real RPC messages.
 */

import { MOUNT_V1_Client, MOUNT_V2_Client, MOUNT_V3_Client } from "../../src/files/nfs/gen/mount.gen.ts";
import { NFS_V2_Client } from "../../src/files/nfs/gen/nfs2.gen.ts";
import {
  type CREATE3res,
  type diropargs3,
  type MKDIR3res,
  NFS_V3_Client,
  type post_op_fh3,
  type sattr3,
  time_how,
} from "../../src/files/nfs/gen/nfs3.gen.ts";
import { Handles } from "../../src/files/nfs/handles.ts";
import { createNfsServices, type NfsOptions } from "../../src/files/nfs/index.ts";
import { openVolume, type Volume, type VolumeOptions } from "../../src/files/volume/index.ts";
import { type Credential, RpcClient, type RpcClientOptions, RpcServer } from "../../src/rpc/index.ts";
import { type SimNode, Simulation, type SimulationOptions } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";

export const PORT = 2049;

export interface SiteOptions extends Partial<SimulationOptions> {
  readonly nfs?: NfsOptions;
  readonly volume?: VolumeOptions;
}

export function sys(uid: number, gid = uid, gids: readonly number[] = []): Credential {
  return { flavor: "sys", stamp: 1, machine: "test", uid, gid, gids };
}

export class Site {
  readonly simulation: Simulation;
  readonly server: SimNode;
  readonly client: SimNode;
  readonly options: SiteOptions;
  /** The volume of the server's present life. */
  volume: Volume | undefined;
  private rootHandle: Uint8Array | undefined;

  constructor(options: SiteOptions = {}) {
    this.options = options;
    this.simulation = new Simulation({ seed: 1, ...options });
    this.server = this.simulation.node("server");
    this.client = this.simulation.node("client");
  }

  async serve(world: World): Promise<void> {
    const volume = await openVolume(world, "volume", this.options.volume);
    const server = new RpcServer(world);
    const nfs: NfsOptions = { exports: [{ from: "*", access: "rw", squash: "none" }], ...this.options.nfs };
    for (const service of createNfsServices(world, volume, nfs)) server.add(service);
    await server.listen({ host: "0.0.0.0", port: PORT });
    this.volume = volume;
    this.rootHandle = new Handles(volume.id).toBytes(volume.root);
  }

  /** The same in every life. */
  get root(): Uint8Array {
    if (this.rootHandle === undefined) throw new Error("the site has never served");
    return this.rootHandle;
  }

  get openVolume(): Volume {
    if (this.volume === undefined) throw new Error("the site does not serve");
    return this.volume;
  }

  rpc(credential: Credential = sys(0), options: Partial<RpcClientOptions> = {}): RpcClient {
    return new RpcClient(this.client.world, { host: this.server.ip, port: PORT, credential, ...options });
  }

  nfs3(credential?: Credential, options?: Partial<RpcClientOptions>): NFS_V3_Client {
    return new NFS_V3_Client(this.rpc(credential, options));
  }

  nfs2(credential?: Credential, options?: Partial<RpcClientOptions>): NFS_V2_Client {
    return new NFS_V2_Client(this.rpc(credential, options));
  }

  mount(credential?: Credential) {
    const rpc = this.rpc(credential);
    return { v1: new MOUNT_V1_Client(rpc), v2: new MOUNT_V2_Client(rpc), v3: new MOUNT_V3_Client(rpc) };
  }

  /** From now on the server's disk refuses so many of its syncs, 0 to 1. */
  failDisk(ioError: number): void {
    const { disk } = this.server;
    disk.options = { ...disk.options, ioError };
  }

  /** The server dies as by kill -9, and starts again on what its disk kept. */
  async restart(): Promise<void> {
    this.server.crash();
    this.volume = undefined;
    await this.server.restart();
  }
}

/** Runs `body` against a serving site, in virtual time. */
export async function withSite(
  options: SiteOptions,
  body: (site: Site) => Promise<void>,
  limitMs = 3_600_000,
): Promise<void> {
  const site = new Site(options);
  const main = async () => {
    await site.server.start((world) => site.serve(world));
    await body(site);
  };
  await site.simulation.run(main, { limitMs });
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);

/** `sattr3` that changes what is given and leaves the rest. */
export function sattr(
  changes: {
    mode?: number;
    uid?: number;
    gid?: number;
    size?: number;
    atime?: sattr3["atime"];
    mtime?: sattr3["mtime"];
  } = {},
): sattr3 {
  const { mode, uid, gid, size } = changes;
  return {
    mode: mode === undefined ? { set_it: false } : { set_it: true, mode },
    uid: uid === undefined ? { set_it: false } : { set_it: true, uid },
    gid: gid === undefined ? { set_it: false } : { set_it: true, gid },
    size: size === undefined ? { set_it: false } : { set_it: true, size: BigInt(size) },
    atime: changes.atime ?? { set_it: time_how.DONT_CHANGE },
    mtime: changes.mtime ?? { set_it: time_how.DONT_CHANGE },
  };
}

export function at(dir: Uint8Array, name: string | Uint8Array): diropargs3 {
  return { dir, name: typeof name === "string" ? bytes(name) : name };
}

/** The handle of a reply that made something. */
export function made(reply: CREATE3res | MKDIR3res): Uint8Array {
  if (reply.status !== 0) throw new Error(`status ${reply.status}`);
  return handleOf(reply.resok.obj);
}

export function handleOf(object: post_op_fh3): Uint8Array {
  if (!object.handle_follows) throw new Error("no handle");
  return object.handle.slice();
}
