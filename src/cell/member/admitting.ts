/** What a node's desk needs of its cell: who may join is decided by the cell's log, and any node that has the authority's key certifies. */
import { XdrWriter } from "../../marshal/index.ts";
import { type Address, isCoterieError, type World } from "../../world/index.ts";
import {
  type Authority,
  type JoinHost,
  JoinRefusal,
  type MemberCredentials,
  type NewNode,
} from "../authority/index.ts";
import { cell_deed, encode_cell_founding } from "../gen/cell-admin.gen.ts";
import { levelOf } from "../state/level.ts";
import { decodeNewcomer } from "./admission.ts";
import { newNode } from "./identity.ts";
import type { Member } from "./member.ts";

/** What a desk is told of the authority. */
export interface Certifiers {
  /** Where this node has the key that certifies. */
  readonly certifier: Authority | undefined;
  /** Whether another node has it, as it says. */
  hasKey(name: string): boolean;
}

export class Admitting implements JoinHost {
  readonly trust: MemberCredentials;
  readonly #world: World;
  readonly #member: Member;
  readonly #certifiers: Certifiers;

  constructor(world: World, member: Member, credentials: MemberCredentials, certifiers: Certifiers) {
    this.#world = world;
    this.#member = member;
    this.trust = credentials;
    this.#certifiers = certifiers;
  }

  get authority(): Authority | undefined {
    return this.#certifiers.certifier;
  }

  holder(): Address | undefined {
    const { state, self } = this.#member;
    return state.nodes.find(({ name }) => name !== self && this.#certifiers.hasKey(name))?.mesh;
  }

  knows(digest: Uint8Array): boolean {
    const nowSeconds = BigInt(this.#world.clock.wall().seconds);
    return this.#member.state.tokens.some(
      (token) =>
        token.expires_seconds > nowSeconds &&
        token.uses_left > 0 &&
        this.#world.crypto.equal(token.digest, digest),
    );
  }

  async welcome(name: string): Promise<Uint8Array | undefined> {
    return this.#member.state.node(name) === undefined ? undefined : this.#welcome();
  }

  async admit(
    { name, about }: NewNode,
    digest: Uint8Array,
    isRepeated: boolean,
  ): Promise<Uint8Array | JoinRefusal> {
    const { state, log } = this.#member;
    const told = decodeNewcomer(about);
    if (told === undefined || told.node.name !== name) return JoinRefusal.JOIN_REFUSED_NAME;
    // A node that could not read the cell's log would end at once, and stay in the cell as one that is down.
    const level = levelOf(state);
    if (told.levels.current < level) return JoinRefusal.JOIN_REFUSED_TOO_OLD;
    if (told.levels.oldest > level) return JoinRefusal.JOIN_REFUSED_TOO_NEW;
    if (isRepeated && state.node(name) !== undefined) return this.#welcome();
    const now_seconds = BigInt(this.#world.clock.wall().seconds);
    const admission = { node: newNode(told.node), token: digest.slice(0, 8), now_seconds };
    try {
      await log.propose({ deed: cell_deed.CELL_ADMIT, admission });
      return this.#welcome();
    } catch (error) {
      if (isCoterieError(error, "CELL_TOKEN")) return JoinRefusal.JOIN_REFUSED_TOKEN;
      if (isCoterieError(error, "CELL_NODE_KNOWN") || isCoterieError(error, "CELL_NAME"))
        return JoinRefusal.JOIN_REFUSED_NAME;
      throw error;
    }
  }

  /** What a node is told that joins: the cell and its nodes. */
  #welcome(): Uint8Array {
    const { cell, state } = this.#member;
    const w = new XdrWriter(1024);
    const nodes = state.nodes.map((node) => ({ ...node }));
    encode_cell_founding(w, { id: cell, name: state.name, made_seconds: 0n, nodes });
    return w.detach(0);
  }
}
