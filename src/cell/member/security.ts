/**
 * What makes a node one of its cell to the others: its certificate, renewed in time, the authority's key, which every node has, and the desk at which strangers with a
 * token join. What the cell believes is a setting of its state; whoever leads the cell's log takes a change of authorities from step to step.
 */
import type { TlsCarrierOptions } from "../../channel/index.ts";
import { CoterieError, isCoterieError, type World } from "../../world/index.ts";
import {
  Authority,
  AuthorityKeys,
  beginRotation,
  type CellTrust,
  formatTrust,
  JoinDesk,
  keyToJoinWith,
  MemberCredentials,
  NODE_KEY_FILE,
  nextStep,
  parseTrust,
  Renewer,
  type Rotation,
  type RotationView,
  revoke,
  rotationOf,
} from "../authority/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import { hex } from "../state/records.ts";
import { Admitting } from "./admitting.ts";
import { AUTHORITY_PORT, AuthorityPort } from "./authority-port.ts";
import type { Member } from "./member.ts";

/** A setting of the cell: whom it believes, once that changed. */
export const TRUST_SETTING = "trust";
/** How often the state is looked at for it. */
const FOLLOW_MS = 1000;

/** A certificate to be believed no more: its serial number, and when it would have ended, in milliseconds since 1970. */
export interface Revoked {
  readonly serial: string;
  readonly endsMs: number;
}

/** Certifies the nodes that found a cell, and gives each the authority's key. Errors: LOCAL_…. */
export async function certifyFounders(
  world: Pick<World, "crypto" | "clock" | "random">,
  cell: Uint8Array,
  founders: readonly { readonly name: string; readonly files: DirectoryFiles }[],
): Promise<Authority> {
  const [first, ...others] = founders;
  if (first === undefined) throw new RangeError("a cell without nodes");
  const authority = await Authority.make(world, first.files, hex(cell));
  for (const { name, files } of founders) {
    const privateKey = await keyToJoinWith(world, files);
    const { publicKey } = world.crypto.ed25519(privateKey);
    const { der } = await authority.certify("node", name, publicKey);
    await MemberCredentials.keep(world, files, { certificate: der, privateKey }, [authority.certificate]);
  }
  for (const { files } of others) await Authority.take(world, files, authority.pairs[0]);
  return authority;
}

/**
 * How a node proves itself and whom it believes, kept in its directory: certificates, revocations, the
 * authority's key and its changes.
 */
export class NodeSecurity {
  readonly credentials: MemberCredentials;
  /** The cell believes otherwise than before. */
  onTrust: () => void = () => {};
  readonly #world: World;
  readonly #keys: AuthorityKeys;
  #member: Member | undefined;
  #port: AuthorityPort | undefined;
  #desk: JoinDesk | undefined;
  #renewer: Renewer | undefined;
  #timer: { cancel(): void } | undefined;
  #looking: Promise<void> | undefined;
  #trust = "";
  /** Serial number of the certificate that the others were told of. */
  #told = "";

  private constructor(world: World, credentials: MemberCredentials, keys: AuthorityKeys) {
    this.#world = world;
    this.credentials = credentials;
    this.#keys = keys;
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
    return new NodeSecurity(world, credentials, await AuthorityKeys.open(world, files, credentials));
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
    const keys = this.#keys;
    credentials.isDismissed = (name) => member.isShutOut(name);
    const port = new AuthorityPort(
      this.#world,
      member.openPort(AUTHORITY_PORT),
      keys,
      (name) => member.state.node(name) !== undefined,
    );
    this.#port = port;
    const certifiers = {
      get certifier() {
        return keys.certifier;
      },
      hasKey: (name: string) => this.#hasKey(name),
    };
    this.#desk = new JoinDesk(this.#world, new Admitting(this.#world, member, credentials, certifiers));
    this.#renewer = new Renewer(this.#world, {
      credentials,
      get authority() {
        return keys.certifier;
      },
      nodes: () => member.state.nodes.filter(({ name }) => name !== member.self).map(({ mesh }) => mesh),
    });
    this.#follow();
  }

  close(): void {
    this.#timer?.cancel();
    this.#renewer?.close();
    this.#port?.close();
    this.#desk?.close();
  }

  /** SHA-256 of the certificate of the authority that certifies. */
  get print(): Uint8Array {
    return this.credentials.pin.fingerprint;
  }

  /** This node has the key that certifies. */
  get canCertify(): boolean {
    return this.#keys.certifier !== undefined;
  }

  /** The change of authorities that is under way. */
  get rotation(): Rotation | undefined {
    const { member, view } = this.#attached;
    return rotationOf(this.#world.crypto, this.#trustIn(member), view);
  }

  /**
   * Begins a change over to a new authority, whose key this node makes; the rest goes by itself, as far as all nodes are there. Gives the revision of the cell's
   * state. Errors: AUTHORITY_ABSENT, AUTHORITY_CHANGING, CELL_SETTING_CHANGED, LOG_…, those of the disk.
   */
  async rotate(): Promise<bigint> {
    const { member, view } = this.#attached;
    const { crypto } = this.#world;
    const trust = this.#trustIn(member);
    if (rotationOf(crypto, trust, view)?.stage === "renew") throw changing();
    const next = await this.#keys.prepareNext();
    if (next === undefined)
      throw new CoterieError("AUTHORITY_ABSENT", `${member.self} has no key of the authority`);
    const begun = beginRotation(crypto, trust, next, view);
    if (begun === undefined) throw changing();
    return this.#set(member, begun);
  }

  /** An operator's certificate is not believed any more. Errors: AUTHORITY_SERIAL where none was given, and those of `revoke`. */
  async revokeOperator(certificate: Revoked): Promise<bigint> {
    const { serial } = certificate;
    const isRevoked = this.#trustIn(this.#attached.member).revoked.has(serial);
    if (isRevoked || this.#keys.gaveOperator(serial) !== false) return this.revoke(certificate);
    throw new CoterieError("AUTHORITY_SERIAL", `no operator's certificate has the serial number ${serial}`, {
      details: { serial },
    });
  }

  /** Takes a certificate from the believed, whosesoever it is. Errors: AUTHORITY_LIMIT, CELL_SETTING_CHANGED, LOG_…. */
  async revoke(certificate: Revoked): Promise<bigint> {
    const { member } = this.#attached;
    const nowMs = this.#world.clock.wall().seconds * 1000;
    return this.#set(member, revoke(this.#trustIn(member), [certificate], nowMs));
  }

  get #attached(): { readonly member: Member; readonly view: RotationView } {
    const member = this.#member;
    if (member === undefined) throw new RangeError("not attached to a member");
    const nodes = member.state.nodes.map(({ name }) => name);
    return { member, view: { nodes, standingOf: (name) => this.#port?.of(name) } };
  }

  #follow(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    this.#timer = this.#world.timers.after(FOLLOW_MS, () => this.#follow());
  }

  /** Whom the cell believes by now; and, where this node leads, what comes next. */
  async #look(): Promise<void> {
    const member = this.#member;
    if (member?.state.id === undefined) return;
    try {
      await this.#adopt(setting(member)?.value ?? "");
      await this.#advance(member);
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#world.log.warn("the cell's trust was not taken over", { code: error.code, error: error.message });
    }
  }

  async #adopt(text: string): Promise<void> {
    const trust =
      text === this.#trust ? undefined : parseTrust(this.#world.crypto, this.credentials.cell, text);
    if (trust !== undefined) {
      await this.credentials.adopt(trust);
      this.#trust = text;
      this.onTrust();
    }
    await this.#keys.follow();
    this.#port?.helpAll();
    // At once where the node was away when it was due, or the authority that gave the present one certifies no more.
    if (this.#told === "" || this.credentials.renewalDueMs === 0) await this.#renewer?.look();
    const { serial } = this.credentials.certificate;
    if (trust === undefined && serial === this.#told) return;
    this.#told = serial;
    this.#port?.tellAll();
  }

  async #advance(member: Member): Promise<void> {
    if (!member.log.isLeader) return;
    const { view } = this.#attached;
    const next = nextStep(this.#world.crypto, this.#trustIn(member), view);
    if (next === undefined) return;
    this.#world.log.info("the cell's authority changes", { authorities: next.authorities.length });
    await this.#set(member, next);
  }

  #hasKey(name: string): boolean {
    const [certifying] = this.#keys.standing.believed;
    const kept = this.#port?.of(name)?.kept ?? [];
    return certifying !== undefined && kept.some((each) => this.#world.crypto.equal(each, certifying));
  }

  #trustIn(member: Member): CellTrust {
    const { value } = setting(member) ?? {};
    const { authorities, cell } = this.credentials;
    const known = value && parseTrust(this.#world.crypto, cell, value);
    return known || { authorities, revoked: new Map() };
  }

  #set(member: Member, trust: CellTrust): Promise<bigint> {
    const seen = setting(member)?.revision ?? 0n;
    const swap = { setting: { name: TRUST_SETTING, value: formatTrust(trust) }, seen };
    return member.log.propose({ deed: cell_deed.CELL_SWAP, swap });
  }
}

function setting({ state }: Member) {
  return state.settings.find(({ name }) => name === TRUST_SETTING);
}

function changing(): CoterieError {
  return new CoterieError("AUTHORITY_CHANGING", "another authority is to certify already");
}
