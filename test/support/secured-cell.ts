/** A cell whose nodes prove themselves by certificates, in one simulation: whole nodes, each with its directory of small files in memory. */
import {
  CellAdmin,
  CellNode,
  cell_deed,
  cell_standing,
  certifyFounders,
  encodeNewcomer,
  formatToken,
  type Identity,
  identityFrom,
  join,
  type KnownNode,
  keyToJoinWith,
  MemberCredentials,
  makeToken,
  markOf,
  NodeSecurity,
  parseToken,
} from "../../src/cell/index.ts";
import type { KnownLevels } from "../../src/cell/member/admission.ts";
import type { Levels } from "../../src/cell/state/level.ts";
import { parseExportRule } from "../../src/files/index.ts";
import { type SimNode, Simulation } from "../../src/sim/index.ts";
import { isCoterieError } from "../../src/world/index.ts";
import { MemoryFiles } from "./memory-files.ts";

export const MESH_PORT = 4000;
export const SERVICE_PORT = 2049;
const CELL = new Uint8Array(16).fill(9);
const MADE = { created: "2026-01-01T00:00:00Z", madeBy: "1.0.0" };

export interface SecuredNode {
  readonly name: string;
  readonly machine: SimNode;
  readonly files: MemoryFiles;
  identity: Identity;
  /** Of its present life. */
  node: CellNode;
  security: NodeSecurity;
}

export class SecuredCell {
  readonly sim: Simulation;
  readonly nodes: SecuredNode[] = [];
  /** Of the founders' version; undefined: this one. */
  readonly #levels: Levels | undefined;
  /** Of the wall clocks of all machines, those to come too. */
  #clockMs = 0;

  constructor(seed: number, founders: number, levels?: Levels) {
    this.#levels = levels;
    this.sim = new Simulation({ seed });
    const names = Array.from({ length: founders }, (_, at) => `node-${at + 1}`);
    const made = names.map((name) => this.#make(name));
    const nodes = made.map(({ machine }) => knownNode(machine));
    made.forEach((each, at) => {
      const self = nodes[at] as KnownNode;
      each.identity = { cell: CELL, cellName: "home", self, isFounder: true, nodes, ...MADE };
    });
  }

  /** Certifies the founders and starts them; resolves when the cell has its first volume. */
  async found(): Promise<void> {
    const [first] = this.nodes as [SecuredNode];
    await certifyFounders(first.machine.world, CELL, this.nodes);
    await Promise.all(this.nodes.map((each) => this.start(each)));
    await this.until("founded", () => first.node.member.state.volumes.length > 0);
  }

  at(name: string): SecuredNode {
    const found = this.nodes.find((each) => each.name === name);
    if (found === undefined) throw new RangeError(`no node ${name}`);
    return found;
  }

  start(each: SecuredNode): Promise<void> {
    return each.machine.start(async (world) => {
      each.security = await NodeSecurity.open(world, each.files);
      each.node = await CellNode.start(world, {
        identity: each.identity,
        files: each.files,
        version: "1.0.0",
        pid: 1,
        carrier: each.security.carrier,
        security: each.security,
        exports: [parseExportRule("*(rw,no_root_squash)")],
        portmap: "off",
        ...(this.#levels !== undefined && { log: { levels: this.#levels } }),
      });
      each.security.attach(each.node.member);
    });
  }

  /** A machine joins over a node, with a token that another one made known, and is started. `levels`: those of its version. */
  async join(name: string, via: SecuredNode, levels?: KnownLevels): Promise<SecuredNode> {
    const each = this.#make(name);
    const { world } = each.machine;
    const token = makeToken(world, via.security.credentials.pin);
    const { publicKey } = world.crypto.ed25519(token.privateKey);
    const mark = markOf(world.crypto, publicKey);
    await via.node.member.log.propose({
      deed: cell_deed.CELL_ADD_TOKEN,
      token: { ...mark, expires_seconds: 2n ** 40n, uses_left: 1 },
    });
    const privateKey = await keyToJoinWith(world, each.files);
    const { certificate, authorities, welcome } = await join(world, {
      at: via.identity.self.mesh,
      token: parseToken(world, formatToken(world, token)),
      name,
      privateKey,
      about: encodeNewcomer(knownNode(each.machine), levels),
    });
    const identity = identityFrom(welcome, name, MADE);
    if (identity === undefined) throw new Error("the welcome does not name the node");
    await MemberCredentials.keep(
      world,
      each.files,
      { certificate: certificate.der, privateKey },
      authorities,
    );
    each.identity = identity;
    await this.start(each);
    return each;
  }

  /** Empties a node, asked for at another one, and takes it out of the cell. */
  async remove(name: string, via: SecuredNode): Promise<void> {
    const { log } = via.node.member;
    const standing = { node: name, standing: cell_standing.CELL_DRAINING };
    await log.propose({ deed: cell_deed.CELL_STAND, standing });
    for (;;) {
      try {
        await log.propose({ deed: cell_deed.CELL_DISMISS, dismissed: name });
        return;
      } catch (error) {
        if (!isCoterieError(error, "CELL_NODE_HOLDS")) throw error;
        await this.sim.sleep(100);
      }
    }
  }

  /** The administration of a node, asked on its own machine. */
  admin({ machine }: SecuredNode): CellAdmin {
    return new CellAdmin(machine.world, { host: "127.0.0.1", port: SERVICE_PORT });
  }

  async until(what: string, holds: () => boolean, withinMs = 60_000): Promise<void> {
    const endMs = this.sim.nowMs + withinMs;
    while (!holds()) {
      if (this.sim.nowMs > endMs) throw new Error(`not ${what} after ${withinMs} ms`);
      await this.sim.sleep(20);
    }
  }

  /** Lets this much time have passed by all wall clocks. */
  passTime(ms: number): void {
    this.#clockMs += ms;
    for (const { machine } of this.nodes) machine.clock.set({ offsetMs: this.#clockMs });
  }

  #make(name: string): SecuredNode {
    const machine = this.sim.node(name);
    machine.clock.set({ offsetMs: this.#clockMs });
    const files = new MemoryFiles(`/${name}`);
    const each = { name, machine, files } as SecuredNode;
    this.nodes.push(each);
    return each;
  }
}

function knownNode({ name, ip }: SimNode): KnownNode {
  const mesh = { host: ip, port: MESH_PORT };
  return { name, mesh, service: { host: ip, port: SERVICE_PORT }, domain: "" };
}
