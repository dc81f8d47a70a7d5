/** Members of a cell in a simulated world, whose replicas are logs over a machine that counts: everything but the file system. */

import type { HostedReplica, ReplicaHost } from "../../src/cell/member/hosted.ts";
import type { Identity, KnownNode } from "../../src/cell/member/identity.ts";
import { Member } from "../../src/cell/member/member.ts";
import { type CellVolume, hex } from "../../src/cell/state/records.ts";
import { type Mesh, openMesh } from "../../src/channel/index.ts";
import { openLog } from "../../src/paxos/index.ts";
import { type SimNode, Simulation } from "../../src/sim/index.ts";
import { CoterieError, type World } from "../../src/world/index.ts";

const MESH_PORT = 4000;
const SERVICE_PORT = 2049;
export const CELL = new Uint8Array(16).fill(7);

class Counter {
  sum = 0;
  apply(_: number, entry: Uint8Array): number {
    this.sum += entry[0] as number;
    return this.sum;
  }
  snapshot(): Uint8Array[] {
    return [Uint8Array.of(this.sum)];
  }
  restore(pieces: Iterable<Uint8Array>): void {
    this.sum = [...pieces][0]?.[0] ?? 0;
  }
}

export interface CountingReplica extends HostedReplica {
  /** Adds one, at all replicas; gives the sum. */
  add(): Promise<number>;
}

/** The node's `removed` notes what was taken from the disk, its `held` says what is there. */
function countingHost(world: World, mesh: Mesh, node: RigNode): ReplicaHost {
  return {
    async open(volume: CellVolume, founders): Promise<CountingReplica> {
      if (node.isFull) throw new CoterieError("STORE_FULL", "no room");
      const name = `volume-${hex(volume.id)}`;
      const store = await world.storage.open(name);
      const machine = new Counter();
      const port = mesh.open(name);
      const options = { name: "log", store, port, machine, ...(founders !== undefined && { founders }) };
      const log = await openLog(world, options).catch(async (error) => {
        await store.close();
        throw error;
      });
      let quotaBytes = 0;
      const add = async () => (await log.append(Uint8Array.of(1))).reply;
      return {
        add,
        format: async () => void (await add()),
        async limit(bytes) {
          quotaBytes = bytes;
        },
        reconfigure: (voters) => log.reconfigure(voters),
        scrub: async () => log.status().applied,
        status: () => ({
          log: log.status(),
          isFormatted: machine.sum > 0,
          quotaBytes,
          queuedBytes: 0,
          usedBytes: machine.sum,
          scrub: { state: "none", index: 0, records: 0, damaged: 0 },
        }),
        closed: log.closed,
        async close() {
          await log.close();
          await store.close();
        },
      };
    },
    held: async () => node.held,
    async remove(id) {
      node.removed.push(hex(id));
    },
  };
}

export interface RigNode {
  readonly name: string;
  readonly sim: SimNode;
  /** The one of the node's present life. */
  member: Member;
  readonly removed: string[];
  /** Volumes that have something on the disk, as the node is told at its start. */
  held: Uint8Array[];
  /** No replica can be opened there. */
  isFull: boolean;
  readonly identity: Identity;
}

export class CellRig {
  readonly sim: Simulation;
  readonly nodes: RigNode[] = [];

  constructor(seed: number, founders: number, joiners = 0) {
    this.sim = new Simulation({ seed });
    const names = Array.from({ length: founders + joiners }, (_, at) => `n${at + 1}`);
    const sims = names.map((name) => this.sim.node(name));
    const known = sims.map(
      ({ name, ip }): KnownNode => ({
        name,
        mesh: { host: ip, port: MESH_PORT },
        service: { host: ip, port: SERVICE_PORT },
        domain: "",
      }),
    );
    sims.forEach((sim, at) => {
      const self = known[at] as KnownNode;
      const isFounder = at < founders;
      const nodes = isFounder ? known.slice(0, founders) : [...known.slice(0, founders), self];
      const about = { created: "2026-01-01T00:00:00Z", madeBy: "1.0.0" };
      const identity = { cell: CELL, cellName: "home", self, isFounder, nodes, ...about };
      this.nodes.push({
        name: self.name,
        sim,
        member: undefined as unknown as Member,
        removed: [],
        held: [],
        isFull: false,
        identity,
      });
    });
  }

  get founders(): RigNode[] {
    return this.nodes.filter(({ identity }) => identity.isFounder);
  }

  node(name: string): RigNode {
    const found = this.nodes.find((each) => each.name === name);
    if (found === undefined) throw new RangeError(`no node ${name}`);
    return found;
  }

  start(node: RigNode): Promise<void> {
    return node.sim.start(async (world) => {
      const { identity } = node;
      const carrier = { kind: "tcp", isTrustedNetwork: true } as const;
      const mesh = await openMesh(world, { name: node.name, bind: identity.self.mesh, carrier });
      const store = await world.storage.open("cell");
      const { mesh: at, service } = identity.self;
      const host = countingHost(world, mesh, node);
      const about = () => ({
        release: "1.0.0",
        pid: 1,
        started_ms: 0n,
        now_ms: 0n,
        total_bytes: 2n ** 40n,
        free_bytes: 2n ** 39n,
        connections: 0,
        calls: 0n,
        problems: [],
      });
      node.member = await Member.start(world, {
        identity,
        mesh,
        store,
        host,
        at: { mesh: at, service },
        about,
      });
    });
  }

  /** Waits, in simulated time, until `isSo`. */
  async until(what: string, isSo: () => boolean, maxMs = 60_000): Promise<void> {
    const end = this.sim.nowMs + maxMs;
    while (!isSo()) {
      if (this.sim.nowMs > end) throw new Error(`not within ${maxMs} ms: ${what}`);
      await this.sim.sleep(50);
    }
  }

  /** Everybody of these agrees that the volume is where it should be, and holds it. */
  isPlaced(name: string, at: readonly string[], members: readonly RigNode[] = this.nodes): boolean {
    return members.every(({ member }) => {
      const volume = member.state.volumeNamed(name);
      if (volume === undefined || volume.wanted.length > 0) return false;
      const isThere =
        volume.replicas.length === at.length && at.every((each) => volume.replicas.includes(each));
      return (
        isThere && (!at.includes(member.self) || member.replicaOf(volume.id)?.status().isFormatted === true)
      );
    });
  }

  /** A replica of the root volume, at this node. */
  root(node: RigNode): CountingReplica {
    const volume = node.member.state.volumeNamed("root");
    const replica = volume && node.member.replicaOf(volume.id);
    if (replica === undefined) throw new Error(`${node.name} has no replica of the root volume`);
    return replica as CountingReplica;
  }
}
