/**
 * Who a node is, and whom it believes, as its secure streams ask it at each handshake. Kept in one file, so that a node can be reached before it knows the
 * cell's state; what is revoked is known from the state alone.
 */
import {
  type Certificate,
  type Credentials,
  decodeAuthority,
  decodeCertificate,
  fingerprintOf,
  type Identity,
  issuerOf,
  type Pin,
  type World,
} from "../../world/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { damaged, readKeyFile, writeKeyFile } from "./key-file.ts";
import { type CellTrust, isSame } from "./trust.ts";

/** The file of a node's key, its certificate, and the authorities that it believes. */
export const NODE_KEY_FILE = "node.pem";

type KeyWorld = Pick<World, "crypto" | "random">;

/** The private key that a node joins with: kept before it is used, so that who asks again after a crash asks with the same. */
export async function keyToJoinWith(
  world: KeyWorld,
  files: DirectoryFiles,
  file = NODE_KEY_FILE,
): Promise<Uint8Array> {
  const [entry] = (await readKeyFile(world.crypto, files, file)) ?? [];
  if (entry !== undefined) return entry.privateKey;
  const privateKey = world.random.bytes(32);
  await writeKeyFile(files, file, [{ privateKey, certificates: [] }]);
  return privateKey;
}

/** A node's or operator's key and certificate, and whom it believes, as secure streams ask for them. */
export class MemberCredentials implements Credentials {
  readonly cell: string;
  /** Asked at each handshake: whether the cell has dismissed the node of this name. Set by who knows the cell's state. */
  isDismissed: (name: string) => boolean = () => false;
  readonly #world: Pick<World, "crypto">;
  readonly #files: DirectoryFiles;
  readonly #file: string;
  #identity: Identity;
  #certificate: Certificate;
  #trust: CellTrust;
  #renewalDueMs = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    world: Pick<World, "crypto">,
    files: DirectoryFiles,
    file: string,
    privateKey: Uint8Array,
    certificate: Certificate,
    trust: CellTrust,
  ) {
    this.#world = world;
    this.#files = files;
    this.#file = file;
    this.cell = certificate.cell;
    this.#identity = { certificate: certificate.der, privateKey };
    this.#certificate = certificate;
    this.#trust = trust;
    this.#judgeRenewal();
  }

  /** Undefined where the node has no certificate yet. Errors: AUTHORITY_DAMAGED. */
  static async open(
    world: Pick<World, "crypto">,
    files: DirectoryFiles,
    file = NODE_KEY_FILE,
  ): Promise<MemberCredentials | undefined> {
    const [entry, ...more] = (await readKeyFile(world.crypto, files, file)) ?? [];
    if (entry === undefined || (entry.certificates.length === 0 && more.length === 0)) return undefined;
    const [own, ...authorities] = entry.certificates;
    const ders = authorities.map(({ der }) => der);
    const isWhole = own !== undefined && own.role !== "authority" && more.length === 0;
    // Its own certificate may be of an authority that is not believed any more: it renews it then.
    if (!isWhole || !areOfCell(world, ders, own.cell)) {
      throw damaged(`${files.path}/${file}`);
    }
    const trust = { authorities: ders, revoked: new Map() };
    return new MemberCredentials(world, files, file, entry.privateKey, own, trust);
  }

  /**
   * Keeps a certificate and the authorities to believe. Errors: those of the disk.
   * @throws RangeError where they do not belong together.
   */
  static async keep(
    world: Pick<World, "crypto">,
    files: DirectoryFiles,
    identity: Identity,
    authorities: readonly Uint8Array[],
    file = NODE_KEY_FILE,
  ): Promise<MemberCredentials> {
    const own = checked(world, identity, authorities);
    const trust = { authorities, revoked: new Map() };
    const made = new MemberCredentials(world, files, file, identity.privateKey, own, trust);
    await made.#save(identity, own, authorities);
    return made;
  }

  get identity(): Identity {
    return this.#identity;
  }

  get certificate(): Certificate {
    return this.#certificate;
  }

  get authorities(): readonly Uint8Array[] {
    return this.#trust.authorities;
  }

  isRevoked(serial: string): boolean {
    return this.#trust.revoked.has(serial);
  }

  get trust(): CellTrust {
    return this.#trust;
  }

  /** How strangers are to know the cell. */
  get pin(): Pin {
    const [authority = new Uint8Array(0)] = this.authorities;
    return { cell: this.cell, fingerprint: fingerprintOf(this.#world.crypto, authority) };
  }

  /** The cell believes so from now on. */
  adopt(trust: CellTrust): Promise<void> {
    return this.#inTurn(async () => {
      const isNew =
        trust.authorities.length !== this.authorities.length ||
        !trust.authorities.every((der, at) => isSame(der, this.authorities[at] as Uint8Array));
      // What is revoked must count at once, whatever the disk does.
      this.#trust = { ...this.#trust, revoked: trust.revoked };
      if (isNew) await this.#save(this.#identity, this.#certificate, trust.authorities);
      this.#trust = trust;
      this.#judgeRenewal();
    });
  }

  /**
   * The node has another certificate from now on, and believes the authorities that came with it.
   * @throws RangeError where they do not belong together.
   */
  renewed(identity: Identity, authorities: readonly Uint8Array[] = this.authorities): Promise<void> {
    return this.#inTurn(async () => {
      const certificate = checked(this.#world, identity, authorities);
      if (certificate.name !== this.#certificate.name) throw new RangeError("a certificate of another name");
      await this.#save(identity, certificate, authorities);
      this.#identity = identity;
      this.#certificate = certificate;
      this.#trust = { ...this.#trust, authorities };
      this.#judgeRenewal();
    });
  }

  /**
   * When another certificate is to be asked for, in milliseconds since 1970: after two thirds of its time, or at once (0) where the
   * authority that gave it is not the one that certifies now.
   */
  get renewalDueMs(): number {
    return this.#renewalDueMs;
  }

  #judgeRenewal(): void {
    const { notBeforeMs, notAfterMs } = this.#certificate;
    const active = this.authorities.slice(0, 1);
    const isOfActive = issuerOf(this.#world.crypto, this.#certificate, active) !== undefined;
    this.#renewalDueMs = isOfActive ? notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3 : 0;
  }

  #save(
    { privateKey }: Identity,
    certificate: Certificate,
    authorities: readonly Uint8Array[],
  ): Promise<void> {
    const others = authorities.map((der) => decodeAuthority(this.#world.crypto, der) as Certificate);
    return writeKeyFile(this.#files, this.#file, [{ privateKey, certificates: [certificate, ...others] }]);
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }
}

function checked(
  world: Pick<World, "crypto">,
  { certificate, privateKey }: Identity,
  authorities: readonly Uint8Array[],
): Certificate {
  const own = decodeCertificate(world.crypto, certificate);
  const isOwn =
    own !== undefined && world.crypto.equal(world.crypto.ed25519(privateKey).publicKey, own.publicKey);
  if (!isOwn || !belongTogether(world, own, authorities)) {
    throw new RangeError("key, certificate and authorities do not belong together");
  }
  return own;
}

/** A member's certificate, given by one of authorities that are all of its cell. */
function belongTogether(
  { crypto }: Pick<World, "crypto">,
  own: Certificate,
  authorities: readonly Uint8Array[],
): boolean {
  const isGiven = own.role !== "authority" && issuerOf(crypto, own, authorities) !== undefined;
  return isGiven && areOfCell({ crypto }, authorities, own.cell);
}

function areOfCell(
  { crypto }: Pick<World, "crypto">,
  authorities: readonly Uint8Array[],
  cell: string,
): boolean {
  return authorities.length > 0 && authorities.every((der) => decodeAuthority(crypto, der)?.cell === cell);
}
