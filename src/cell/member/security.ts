/**
 * What makes a node one of its cell to the others: its certificate, renewed in time, and the desk at which strangers with a token join. The node that
 * founded the cell has the authority's key, and says so in the cell's state, for the others to send strangers there.
 */
import type { TlsCarrierOptions } from "../../channel/index.ts";
import { XdrWriter } from "../../marshal/index.ts";
import { type Address, CoterieError, isCoterieError, type World } from "../../world/index.ts";
import {
  Authority,
  JoinDesk,
  JoinRefusal,
  keyToJoinWith,
  MemberCredentials,
  type NewNode,
  NODE_KEY_FILE,
  parseTrust,
  Renewer,
} from "../authority/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { cell_deed, encode_cell_founding } from "../gen/cell-admin.gen.ts";
import { hex } from "../state/records.ts";
import { decodeNode } from "./admission.ts";
import { type Member, newNode } from "./member.ts";

/** Settings of the cell: whom it believes, once that changed, and the name of the node that has the authority's key. */
export const TRUST_SETTING = "trust";
export const HOLDER_SETTING = "authority.holder";
/** How often the state is looked at for them. */
const FOLLOW_MS = 1000;

/** Certifies the nodes that found a cell; the first is the one that keeps the authority. Errors: LOCAL_…. */
export async function certifyFounders(
  world: Pick<World, "crypto" | "clock" | "random">,
  cell: Uint8Array,
  founders: readonly { readonly name: string; readonly files: DirectoryFiles }[],
): Promise<Authority> {
  const [first] = founders;
  if (first === undefined) throw new RangeError("a cell without nodes");
  const authority = await Authority.make(world, first.files, hex(cell));
  for (const { name, files } of founders) {
    const privateKey = await keyToJoinWith(world, files);
    const { publicKey } = world.crypto.ed25519(privateKey);
    const { der } = await authority.certify("node", name, publicKey);
    await MemberCredentials.keep(world, files, { certificate: der, privateKey }, [authority.certificate]);
  }
  return authority;
}

export class NodeSecurity {
  readonly credentials: MemberCredentials;
  readonly #world: World;
  readonly #authority: Authority | undefined;
  #member: Member | undefined;
  #desk: JoinDesk | undefined;
  #renewer: Renewer | undefined;
  #timer: { cancel(): void } | undefined;
  #looking: Promise<void> | undefined;
  #trust = "";

  private constructor(world: World, credentials: MemberCredentials, authority: Authority | undefined) {
    this.#world = world;
    this.credentials = credentials;
    this.#authority = authority;
  }

  /** Errors: AUTHORITY_DAMAGED, CELL_DIRECTORY_DAMAGED where the node has no certificate. */
  static async open(world: World, files: DirectoryFiles): Promise<NodeSecurity> {
    const credentials = await MemberCredentials.open(world, files);
    if (credentials === undefined) {
      const path = `${files.path}/${NODE_KEY_FILE}`;
      throw new CoterieError("CELL_DIRECTORY_DAMAGED", `${path} has no certificate of the node`, {
        details: { path },
      });
    }
    return new NodeSecurity(world, credentials, await Authority.open(world, files));
  }

  /** Strangers are heard once there is a member to decide about them. */
  get carrier(): TlsCarrierOptions {
    return {
      kind: "tls",
      credentials: this.credentials,
      onStranger: (stream) => {
        if (this.#desk === undefined) stream.destroy();
        else this.#desk.take(stream);
      },
    };
  }

  /** Takes up its work for a member that was started with this carrier. */
  attach(member: Member): void {
    this.#member = member;
    const { credentials } = this;
    credentials.isDismissed = (name) => member.isShutOut(name);
    this.#desk = new JoinDesk(this.#world, {
      trust: credentials,
      authority: this.#authority,
      holder: () => this.#holder(member),
      knows: (digest) => this.#knows(member, digest),
      admit: (node, digest, isRepeated) => this.#admit(member, node, digest, isRepeated),
      welcome: async (name) => (member.state.node(name) === undefined ? undefined : welcomeTo(member)),
    });
    this.#renewer = new Renewer(this.#world, {
      credentials,
      authority: this.#authority,
      nodes: () => this.#others(member),
    });
    this.#follow();
  }

  close(): void {
    this.#timer?.cancel();
    this.#renewer?.close();
    this.#desk?.close();
  }

  #follow(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    this.#timer = this.#world.timers.after(FOLLOW_MS, () => this.#follow());
  }

  /** Whom the cell believes by now; and, at the holder, that it is the one. */
  async #look(): Promise<void> {
    const member = this.#member;
    if (member?.state.id === undefined) return;
    try {
      await this.#adopt(setting(member, TRUST_SETTING) ?? "");
      if (this.#authority === undefined || setting(member, HOLDER_SETTING) === member.self) return;
      const told = { name: HOLDER_SETTING, value: member.self };
      await member.log.propose({ deed: cell_deed.CELL_SET, setting: told });
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#world.log.warn("the cell's trust was not taken over", { code: error.code, error: error.message });
    }
  }

  async #adopt(text: string): Promise<void> {
    if (text === this.#trust) return;
    const trust = parseTrust(this.#world.crypto, this.credentials.cell, text);
    if (trust === undefined) return;
    await this.credentials.adopt(trust);
    this.#trust = text;
    await this.#renewer?.look();
  }

  #holder({ state, self }: Member): Address | undefined {
    const name = state.settings.find((each) => each.name === HOLDER_SETTING)?.value;
    return name === undefined || name === self ? undefined : state.node(name)?.mesh;
  }

  #others({ state, self }: Member): Address[] {
    return state.nodes.filter(({ name }) => name !== self).map(({ mesh }) => mesh);
  }

  #knows({ state }: Member, digest: Uint8Array): boolean {
    const nowSeconds = BigInt(this.#world.clock.wall().seconds);
    return state.tokens.some(
      (token) =>
        token.expires_seconds > nowSeconds &&
        token.uses_left > 0 &&
        this.#world.crypto.equal(token.digest, digest),
    );
  }

  async #admit(
    member: Member,
    { name, about }: NewNode,
    digest: Uint8Array,
    isRepeated: boolean,
  ): Promise<Uint8Array | JoinRefusal> {
    if (isRepeated && member.state.node(name) !== undefined) return welcomeTo(member);
    const told = decodeNode(about);
    if (told === undefined || told.name !== name) return JoinRefusal.JOIN_REFUSED_NAME;
    const now_seconds = BigInt(this.#world.clock.wall().seconds);
    const admission = { node: newNode(told), token: digest.slice(0, 8), now_seconds };
    try {
      await member.log.propose({ deed: cell_deed.CELL_ADMIT, admission });
      return welcomeTo(member);
    } catch (error) {
      if (isCoterieError(error, "CELL_TOKEN")) return JoinRefusal.JOIN_REFUSED_TOKEN;
      if (isCoterieError(error, "CELL_NODE_KNOWN") || isCoterieError(error, "CELL_NAME"))
        return JoinRefusal.JOIN_REFUSED_NAME;
      throw error;
    }
  }
}

function setting({ state }: Member, name: string): string | undefined {
  return state.settings.find((each) => each.name === name)?.value;
}

/** What a node is told that joins: the cell and its nodes. */
function welcomeTo({ cell, state }: Member): Uint8Array {
  const w = new XdrWriter(1024);
  const nodes = state.nodes.map((node) => ({ ...node }));
  encode_cell_founding(w, { id: cell, name: state.name, made_seconds: 0n, nodes });
  return w.detach(0);
}
