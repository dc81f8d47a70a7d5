/**
 * The keys of the cell's authority at one node: taken from other nodes, handed on to them, and changed with what the cell believes. Every node has them, so that
 * nodes join and certificates are renewed whoever is gone; a key is believed to be the authority's by its certificate, which the cell's state names.
 */
import { decodeAuthority, fingerprintOf, hex, issuerOf, type World } from "../../world/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { Authority, type AuthorityPair } from "./authority.ts";
import type { MemberCredentials } from "./credentials.ts";
import type { authority_pair, authority_standing } from "./gen/authority.gen.ts";
import { isSame, nextOf } from "./trust.ts";

type KeysWorld = Pick<World, "crypto" | "clock" | "random">;

export type Standing = authority_standing;

export class AuthorityKeys {
  readonly #world: KeysWorld;
  readonly #files: DirectoryFiles;
  readonly #credentials: MemberCredentials;
  #authority: Authority | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    world: KeysWorld,
    files: DirectoryFiles,
    credentials: MemberCredentials,
    authority: Authority | undefined,
  ) {
    this.#world = world;
    this.#files = files;
    this.#credentials = credentials;
    this.#authority = authority;
  }

  /** Errors: AUTHORITY_DAMAGED. */
  static async open(
    world: KeysWorld,
    files: DirectoryFiles,
    credentials: MemberCredentials,
  ): Promise<AuthorityKeys> {
    return new AuthorityKeys(world, files, credentials, await Authority.open(world, files));
  }

  /** The authority, where this node has the key that certifies by what the cell believes. */
  get certifier(): Authority | undefined {
    const authority = this.#authority;
    const [first] = this.#credentials.authorities;
    if (authority === undefined || first === undefined) return undefined;
    return isSame(authority.certificate, first) ? authority : undefined;
  }

  /**
   * Whether an operator was given a certificate of this serial number by an authority that is believed; undefined where this node lacks the key
   * of one of them, and so cannot tell.
   */
  gaveOperator(serial: string): boolean | undefined {
    if (this.#authority?.gaveOperator(serial)) return true;
    const kept = this.#pairs.map(({ certificate }) => certificate.der);
    const isAll = this.#credentials.authorities.every((each) => kept.some((der) => isSame(der, each)));
    return isAll ? false : undefined;
  }

  /** What this node tells the others of itself. */
  get standing(): Standing {
    const { crypto } = this.#world;
    const { authorities, certificate } = this.#credentials;
    const issuer = issuerOf(crypto, certificate, authorities);
    const print = (der: Uint8Array) => fingerprintOf(crypto, der);
    return {
      believed: authorities.map(print),
      kept: this.#pairs.map((pair) => print(pair.certificate.der)),
      certified_by: issuer === undefined ? [] : [print(issuer.der)],
    };
  }

  /** Keys that another node lacks and is to have: the one that certifies, and the next. */
  lackedBy({ believed, kept }: Standing): authority_pair[] {
    const print = (der: Uint8Array) => hex(fingerprintOf(this.#world.crypto, der));
    const [has, knows] = [new Set(kept.map(hex)), new Set(believed.map(hex))];
    return this.#pairs
      .filter(
        ({ certificate: { der } }) => this.#isWanted(der) && knows.has(print(der)) && !has.has(print(der)),
      )
      .map(({ privateKey, certificate }) => ({ key: privateKey, certificate: certificate.der }));
  }

  /** Keeps what another node handed on. Whether anything was new. Errors: those of the disk. */
  take(handed: readonly authority_pair[]): Promise<boolean> {
    return this.#inTurn(async () => {
      const news = handed.flatMap((pair) => this.#checked(pair) ?? []);
      return news.length > 0 && this.#keep([...this.#pairs, ...news]);
    });
  }

  /** The cell believes otherwise: keys that it has no use for any more are forgotten. */
  async follow(): Promise<void> {
    await this.#inTurn(() => this.#keep(this.#pairs));
  }

  /** A key to certify next, on this node's disk. Undefined where it has not even the present one. */
  async prepareNext(): Promise<Uint8Array | undefined> {
    return this.#inTurn(() => this.certifier?.prepareNext());
  }

  get #pairs(): readonly AuthorityPair[] {
    return this.#authority?.pairs ?? [];
  }

  #isWanted(der: Uint8Array): boolean {
    const { trust } = this.#credentials;
    const wanted = [trust.authorities[0], nextOf(trust)];
    return wanted.some((each) => each !== undefined && isSame(each, der));
  }

  #checked({ key, certificate }: authority_pair): AuthorityPair | undefined {
    if (!this.#isWanted(certificate) || this.#pairs.some((pair) => isSame(pair.certificate.der, certificate)))
      return undefined;
    const { crypto } = this.#world;
    const decoded = decodeAuthority(crypto, certificate);
    const isOwn = decoded !== undefined && crypto.equal(crypto.ed25519(key).publicKey, decoded.publicKey);
    return isOwn ? { privateKey: key, certificate: decoded } : undefined;
  }

  /** Of these pairs those that the cell has a use for, in its order. A node keeps the last that certified until it has the one that does. */
  async #keep(pairs: readonly AuthorityPair[]): Promise<boolean> {
    const { trust } = this.#credentials;
    const find = (der: Uint8Array | undefined) =>
      der && pairs.find((pair) => isSame(pair.certificate.der, der));
    const active = find(trust.authorities[0]);
    if (active === undefined) return false;
    const next = find(nextOf(trust));
    const [first, second] = this.#pairs;
    if (first === active && (second === next || next === undefined)) return false;
    if (this.#authority !== undefined) await this.#authority.keep(active, next);
    else this.#authority = await Authority.take(this.#world, this.#files, active, next);
    return true;
  }

  #inTurn<T>(change: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }
}
