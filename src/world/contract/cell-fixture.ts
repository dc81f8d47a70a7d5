/** A cell's authority and members for tests: keys from the seed of their names, certificates of any kind of wrong. */
import {
  type Certificate,
  type Claims,
  type Credentials,
  fingerprintOf,
  type Identity,
  issueCertificate,
  type Pin,
  serialOf,
  type World,
} from "../index.ts";
import { bytes, type ContractCase, type Subject } from "./contract.ts";

const HOUR_MS = 3_600_000;

/** What a fixture needs of a world. */
export type FixtureWorld = Pick<World, "crypto" | "clock">;

export class CellFixture {
  readonly cell: string;
  readonly nowMs: number;
  readonly authority: Certificate;
  readonly authorityKey: Uint8Array;
  readonly #world: FixtureWorld;

  /** `authority` is what its key is made of. */
  constructor(world: FixtureWorld, cell = "cell-1", authority = `authority of ${cell}`) {
    this.#world = world;
    this.cell = cell;
    this.nowMs = world.clock.wall().seconds * 1000;
    this.authorityKey = this.#keyOf(authority);
    const { publicKey } = world.crypto.ed25519(this.authorityKey);
    this.authority = this.#certify({ role: "authority", name: "", publicKey });
  }

  /** Another identity at each call, with a serial number of its name and `change`. */
  identity(name: string, change: Partial<Claims> = {}): Identity {
    const privateKey = this.#keyOf(name);
    const { publicKey } = this.#world.crypto.ed25519(privateKey);
    return { certificate: this.#certify({ name, publicKey, ...change }).der, privateKey };
  }

  /** Who believes this cell's authority and nobody else. */
  credentials(name: string, change: Partial<Claims> = {}): Credentials {
    const identity = this.identity(name, change);
    return { cell: this.cell, identity, authorities: [this.authority.der], isRevoked: () => false };
  }

  get pin(): Pin {
    return { cell: this.cell, fingerprint: fingerprintOf(this.#world.crypto, this.authority.der) };
  }

  serialFor(name: string): string {
    return serialOf(this.#world.crypto.sha256(bytes(`serial of ${name}`)));
  }

  #keyOf(name: string): Uint8Array {
    return this.#world.crypto.sha256(bytes(`key of ${name}`));
  }

  #certify(claims: Pick<Claims, "name" | "publicKey"> & Partial<Claims>): Certificate {
    const { crypto } = this.#world;
    return issueCertificate(crypto, crypto.ed25519(this.authorityKey), {
      cell: this.cell,
      role: "node",
      serial: this.serialFor(claims.name),
      notBeforeMs: this.nowMs - HOUR_MS,
      notAfterMs: this.nowMs + HOUR_MS,
      ...claims,
    });
  }
}

/** The same subject, all of whose streams are secure. */
export function secured(subject: Subject): Subject {
  return {
    name: `${subject.name}, secure`,
    run: (test, seed) =>
      subject.run((context) => {
        const cell = new CellFixture(context.world);
        const wrap = (world: World, name: string): World => withSecurity(world, cell.credentials(name));
        const world = wrap(context.world, "server");
        const peer = context.peer === context.world ? world : wrap(context.peer, "client");
        return test({ ...context, world, peer } satisfies ContractCase);
      }, seed),
  };
}

function withSecurity(world: World, credentials: Credentials): World {
  const { net } = world;
  return {
    ...world,
    net: {
      datagram: (options) => net.datagram(options),
      listen: (options) => net.listen({ ...options, secure: { credentials } }),
      connect: (options) => net.connect({ ...options, secure: { credentials } }),
      resolve: (name) => net.resolve(name),
    },
  };
}
