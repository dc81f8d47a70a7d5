/**
 * A cell's authority at one node: the key that certifies the cell's members, which every node has. It notes whom it certifies before it does, so that
 * a crash leaves no certificate which nobody knows of, and a question that is asked again is known to be the same.
 *
 * Certificates of members last 90 days and begin an hour early, for clocks that run behind; an authority's lasts 20 years.
 */
import {
  type Certificate,
  CoterieError,
  fromHex,
  hex,
  issueCertificate,
  type Role,
  SERIAL_BYTES,
  type SigningKey,
  serialOf,
  type World,
} from "../../world/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { decoded, encoded } from "./encoding.ts";
import {
  AUTHORITY_MAX_ISSUED,
  decode_authority_ledger,
  encode_authority_ledger,
} from "./gen/authority.gen.ts";
import { damaged, type KeyEntry, readKeyFile, writeKeyFile } from "./key-file.ts";
import { type CellTrust, isSame } from "./trust.ts";

/** The file of the authority's key and certificate in a node's directory. */
export const AUTHORITY_FILE = "authority.pem";

/** The file in which a node writes down whom it has certified. */
export const LEDGER_FILE = "authority.issued";
const LEDGER_FORMAT = 1;
const MAX_LEDGER_BYTES = 2 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** Days for which a certificate is good. */
export const MEMBER_DAYS = 90;
const AUTHORITY_DAYS = 20 * 365;
const BACKDATE_MS = 3_600_000;
/** Certificates of one name that have not ended: renewed every 60 days, and at each change of the authority, a node has a few. */
export const MAX_ISSUED_TO_NAME = 32;
const NOTHING = new Uint8Array(0);
/** Of an operator's serial number: random bytes, and behind them as many that only the authority's key makes of them. */
const DRAWN_BYTES = SERIAL_BYTES / 2;

export type AuthorityWorld = Pick<World, "crypto" | "clock" | "random">;

/** Somebody that was certified, or is about to be. */
export interface Issued {
  readonly serial: string;
  readonly name: string;
  readonly key: Uint8Array;
  /** When the certificate ends, in milliseconds since 1970. */
  readonly endsMs: number;
}

/** An authority's key, and the certificate in which it has signed itself. */
export interface AuthorityPair {
  readonly privateKey: Uint8Array;
  readonly certificate: Certificate;
}

/**
 * The cell's certificate authority, with its key: certifies nodes and operators, and writes down whom.
 * Errors: AUTHORITY_… .
 */
export class Authority {
  readonly #world: AuthorityWorld;
  readonly #files: DirectoryFiles;
  readonly #cell: string;
  #active: AuthorityPair;
  /** Made, and not yet the one that certifies. */
  #next: AuthorityPair | undefined;
  #issued: Issued[];
  /** Changes of the files, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    world: AuthorityWorld,
    files: DirectoryFiles,
    [active, next]: readonly [AuthorityPair, AuthorityPair?],
    issued: readonly Issued[],
  ) {
    this.#world = world;
    this.#files = files;
    this.#cell = active.certificate.cell;
    this.#active = active;
    this.#next = next;
    this.#issued = [...issued];
  }

  /** A new authority, whose key is in its file. */
  static async make(world: AuthorityWorld, files: DirectoryFiles, cell: string): Promise<Authority> {
    const authority = new Authority(world, files, [makePair(world, cell)], []);
    await authority.#save();
    return authority;
  }

  /** One whose key somebody else has too: at a directory that has none yet. Errors: those of the disk. */
  static async take(
    world: AuthorityWorld,
    files: DirectoryFiles,
    active: AuthorityPair,
    next?: AuthorityPair,
  ): Promise<Authority> {
    const authority = new Authority(world, files, next === undefined ? [active] : [active, next], []);
    await authority.#save();
    return authority;
  }

  /** The directory's authority; undefined where it has none. Errors: AUTHORITY_DAMAGED. */
  static async open(world: AuthorityWorld, files: DirectoryFiles): Promise<Authority | undefined> {
    const entries = await readKeyFile(world.crypto, files, AUTHORITY_FILE);
    if (entries === undefined) return undefined;
    const [active, next, ...rest] = entries.map(pairOf);
    if (active === undefined || rest.length > 0 || (entries.length === 2 && next === undefined)) {
      throw damaged(`${files.path}/${AUTHORITY_FILE}`);
    }
    return new Authority(
      world,
      files,
      next === undefined ? [active] : [active, next],
      await readLedger(files),
    );
  }

  get cell(): string {
    return this.#cell;
  }

  /** The certificate of the key that certifies, in DER. */
  get certificate(): Uint8Array {
    return this.#active.certificate.der;
  }

  /** What is kept: the key that certifies, and the next one. */
  get pairs(): readonly [AuthorityPair, ...AuthorityPair[]] {
    return this.#next === undefined ? [this.#active] : [this.#active, this.#next];
  }

  /** All that was certified and has not ended. */
  get issued(): readonly Issued[] {
    return this.#issued;
  }

  /** What was certified under a name, and has not ended: to be revoked when its holder is not to be believed any more. */
  issuedTo(name: string): readonly Issued[] {
    return this.#issued.filter((each) => each.name === name);
  }

  /** Whether this key was to be certified under this name before. */
  isNoted(name: string, key: Uint8Array): boolean {
    return this.#issued.some((each) => each.name === name && this.#world.crypto.equal(each.key, key));
  }

  /** Notes that a key is to be certified under a name, durably. */
  note(name: string, key: Uint8Array): Promise<void> {
    return this.isNoted(name, key) ? Promise.resolve() : this.#enter({ ...this.#draw(), name, key });
  }

  /** Certifies a member's key. Errors: AUTHORITY_LIMIT, and those of the disk. @throws RangeError for a name or a key that no member can have. */
  async certify(role: Exclude<Role, "authority">, name: string, key: Uint8Array): Promise<Certificate> {
    const drawn = this.#draw();
    const certificate = this.#issue(role, name, key, drawn);
    await this.#enter({ ...drawn, name, key });
    return certificate;
  }

  /**
   * Certifies an operator's key, and does not note it: commands do so beside a node that runs, whose notes are its own. It is revoked by its serial number,
   * which whoever has the authority's key knows again.
   * @throws RangeError as `certify`.
   */
  certifyOperator(name: string, key: Uint8Array): Certificate {
    const { serial, endsMs } = this.#draw();
    return this.#issue("operator", name, key, { serial: this.#operatorSerial(this.#active, serial), endsMs });
  }

  /** Whether a certificate of this serial number was given to an operator, by one of the keys that are kept. */
  gaveOperator(serial: string): boolean {
    return this.pairs.some((pair) => this.#operatorSerial(pair, serial) === serial);
  }

  /** The serial number that begins as `drawn` does. */
  #operatorSerial({ privateKey }: AuthorityPair, drawn: string): string {
    const random = drawn.slice(0, 2 * DRAWN_BYTES);
    const info = new TextEncoder().encode(`operator's serial number ${random}`);
    const rest = SERIAL_BYTES - DRAWN_BYTES;
    return random + hex(this.#world.crypto.hkdfSha256(privateKey, NOTHING, info, rest));
  }

  #issue(
    role: Exclude<Role, "authority">,
    name: string,
    key: Uint8Array,
    { serial, endsMs }: Pick<Issued, "serial" | "endsMs">,
  ): Certificate {
    const { crypto } = this.#world;
    return issueCertificate(crypto, crypto.ed25519(this.#active.privateKey), {
      cell: this.#cell,
      role,
      name,
      serial,
      publicKey: key,
      notBeforeMs: wallMs(this.#world) - BACKDATE_MS,
      notAfterMs: endsMs,
    });
  }

  // --- rotation ---

  /** The certificate of the key that is to certify next: made where there is none yet. To be believed by all before it certifies. */
  async prepareNext(): Promise<Uint8Array> {
    await this.#inTurn(async () => {
      if (this.#next !== undefined) return;
      const next = makePair(this.#world, this.#cell);
      await this.#writeKeys(this.#active, next);
      this.#next = next;
    });
    return (this.#next as AuthorityPair).certificate.der;
  }

  /** Keeps these keys from now on, and no others. What was certified stays noted. */
  keep(active: AuthorityPair, next?: AuthorityPair): Promise<void> {
    return this.#inTurn(async () => {
      await this.#writeKeys(active, next);
      this.#active = active;
      this.#next = next;
    });
  }

  /** Certifies with the next key from when the cell wants it: then its trust begins with it. The old key is forgotten. */
  follow(trust: CellTrust): Promise<void> {
    return this.#inTurn(async () => {
      const next = this.#next;
      if (next === undefined || !isSame(next.certificate.der, trust.authorities[0] ?? NOTHING)) return;
      await this.#writeKeys(next, undefined);
      this.#active = next;
      this.#next = undefined;
    });
  }

  // --- files ---

  #draw(): { serial: string; endsMs: number } {
    const serial = serialOf(this.#world.random.bytes(SERIAL_BYTES));
    return { serial, endsMs: wallMs(this.#world) + MEMBER_DAYS * DAY_MS };
  }

  /** What has ended is forgotten; what has not never is, as nobody could revoke it then. */
  #enter(entry: Issued): Promise<void> {
    return this.#inTurn(async () => {
      const nowMs = wallMs(this.#world);
      const kept = this.#issued.filter(({ endsMs }) => endsMs > nowMs);
      const ofName = kept.filter(({ name }) => name === entry.name).length;
      if (kept.length >= AUTHORITY_MAX_ISSUED || ofName >= MAX_ISSUED_TO_NAME) throw tooMany(entry.name);
      kept.push(entry);
      await writeLedger(this.#files, kept);
      this.#issued = kept;
    });
  }

  async #save(): Promise<void> {
    await writeLedger(this.#files, this.#issued);
    await this.#writeKeys(this.#active, this.#next);
  }

  #writeKeys(...pairs: readonly (AuthorityPair | undefined)[]): Promise<void> {
    const entries = pairs.flatMap((pair) =>
      pair === undefined ? [] : [{ privateKey: pair.privateKey, certificates: [pair.certificate] }],
    );
    return writeKeyFile(this.#files, AUTHORITY_FILE, entries);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }
}

function makePair(world: AuthorityWorld, cell: string): AuthorityPair {
  const privateKey = world.random.bytes(32);
  const key: SigningKey = world.crypto.ed25519(privateKey);
  const nowMs = wallMs(world);
  const certificate = issueCertificate(world.crypto, key, {
    cell,
    role: "authority",
    name: "",
    serial: serialOf(world.random.bytes(SERIAL_BYTES)),
    publicKey: key.publicKey,
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS,
  });
  return { privateKey, certificate };
}

function pairOf({ privateKey, certificates }: KeyEntry): AuthorityPair | undefined {
  const [certificate, ...rest] = certificates;
  return certificate?.role === "authority" && rest.length === 0 ? { privateKey, certificate } : undefined;
}

async function readLedger(files: DirectoryFiles): Promise<Issued[]> {
  const data = await files.read(LEDGER_FILE, MAX_LEDGER_BYTES);
  const ledger = data && decoded(decode_authority_ledger, data);
  if (ledger?.format !== LEDGER_FORMAT) throw damaged(`${files.path}/${LEDGER_FILE}`);
  return ledger.issued.map(({ serial, name, key, ends_ms }) => ({
    serial: hex(serial),
    name,
    key,
    endsMs: Number(ends_ms),
  }));
}

function writeLedger(files: DirectoryFiles, issued: readonly Issued[]): Promise<void> {
  const entries = issued.map(({ serial, name, key, endsMs }) => ({
    serial: fromHex(serial) as Uint8Array,
    name,
    key,
    ends_ms: BigInt(Math.floor(endsMs)),
  }));
  return files.replace(
    LEDGER_FILE,
    encoded(encode_authority_ledger, { format: LEDGER_FORMAT, issued: entries }),
  );
}

function tooMany(name: string): CoterieError {
  return new CoterieError("AUTHORITY_LIMIT", `no more can be certified, under the name ${name} or at all`, {
    details: { name },
  });
}

/** The wall clock in milliseconds since 1970. */
export function wallMs({ clock }: Pick<World, "clock">): number {
  const { seconds, nanoseconds } = clock.wall();
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}
