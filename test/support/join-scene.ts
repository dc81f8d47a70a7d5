/** A cell's authority and its desks in a simulated network: what the cell's log would decide is decided by a map. */
import {
  Authority,
  asTrust,
  type CellTrust,
  firstTrust,
  formatToken,
  JoinDesk,
  type JoinHost,
  JoinRefusal,
  join,
  keyToJoinWith,
  MemberCredentials,
  makeToken,
  markOf,
  parseToken,
} from "../../src/cell/authority/index.ts";
import { type SimNode, Simulation, type SimulationOptions } from "../../src/sim/index.ts";
import { type Address, fingerprintOf, hex, type Trust, type World } from "../../src/world/index.ts";
import { MemoryFiles } from "./memory-files.ts";

export const CELL = "ab".repeat(16);
export const JOIN_PORT = 700;
const utf8 = new TextEncoder();

/** What the nodes of a cell agree about. */
export class CellRecord {
  trust: CellTrust = { authorities: [], revoked: new Map() };
  readonly members = new Map<string, string>();
  /** Uses that are left, by digest. */
  readonly tokens = new Map<string, number>();
  /** Admissions that were decided, in their order. */
  readonly admitted: string[] = [];
  isAvailable = true;
}

/** A node that has a certificate, and a desk. */
export class Site {
  readonly files: MemoryFiles;
  readonly node: SimNode;
  readonly credentials: MemberCredentials;
  readonly authority: Authority | undefined;
  readonly strangers: number[] = [];
  desk: JoinDesk | undefined;

  constructor(node: SimNode, files: MemoryFiles, credentials: MemberCredentials, authority?: Authority) {
    this.node = node;
    this.files = files;
    this.credentials = credentials;
    this.authority = authority;
  }

  get at(): Address {
    return { host: this.node.ip, port: JOIN_PORT };
  }

  async listen(record: CellRecord, holder: () => Address | undefined): Promise<void> {
    const { world } = this.node;
    const desk = new JoinDesk(world, new RecordHost(record, this.authority, holder));
    this.desk = desk;
    await world.net.listen({
      bind: { host: "0.0.0.0", port: JOIN_PORT },
      onStream: (stream) => {
        stream.onData = (chunk) => stream.write(chunk);
        stream.onEnd = () => stream.end();
      },
      secure: { credentials: this.credentials, onStranger: (stream) => desk.take(stream) },
    });
  }
}

class RecordHost implements JoinHost {
  readonly authority: Authority | undefined;
  readonly holder: () => Address | undefined;
  readonly #record: CellRecord;

  constructor(record: CellRecord, authority: Authority | undefined, holder: () => Address | undefined) {
    this.#record = record;
    this.authority = authority;
    this.holder = holder;
  }

  get trust(): Trust {
    return asTrust(CELL, this.#record.trust);
  }

  knows(token: Uint8Array): boolean {
    return (this.#record.tokens.get(hex(token)) ?? 0) > 0;
  }

  async admit(
    { name }: { name: string },
    token: Uint8Array,
    isRepeated: boolean,
  ): Promise<Uint8Array | JoinRefusal> {
    const { members, tokens, admitted, isAvailable } = this.#record;
    if (!isAvailable) return JoinRefusal.JOIN_REFUSED_UNAVAILABLE;
    const digest = hex(token);
    if (members.get(name) === digest && isRepeated) return utf8.encode(`welcome again, ${name}`);
    if (members.has(name)) return JoinRefusal.JOIN_REFUSED_NAME;
    const uses = tokens.get(digest) ?? 0;
    if (uses === 0) return JoinRefusal.JOIN_REFUSED_TOKEN;
    tokens.set(digest, uses - 1);
    members.set(name, digest);
    admitted.push(name);
    return utf8.encode(`welcome, ${name}`);
  }

  async welcome(name: string): Promise<Uint8Array | undefined> {
    return this.#record.members.has(name) ? new Uint8Array(0) : undefined;
  }
}

export class JoinScene {
  readonly sim: Simulation;
  readonly record = new CellRecord();

  constructor(options: SimulationOptions) {
    this.sim = new Simulation(options);
  }

  /** The first node, which has the authority. */
  async found(name = "node-1"): Promise<Site> {
    const node = this.sim.node(name);
    const { world } = node;
    const files = new MemoryFiles(`/${name}`);
    const authority = await Authority.make(world, files, CELL);
    this.record.trust = firstTrust(authority.certificate);
    const privateKey = await keyToJoinWith(world, files);
    const { der } = await authority.certify("node", name, world.crypto.ed25519(privateKey).publicKey);
    const identity = { certificate: der, privateKey };
    const credentials = await MemberCredentials.keep(world, files, identity, [authority.certificate]);
    this.record.members.set(name, "founder");
    const site = new Site(node, files, credentials, authority);
    await site.listen(this.record, () => site.at);
    return site;
  }

  /** Of the present authority; good for so many nodes. */
  token(world: World, uses = 1): string {
    const [authority] = this.record.trust.authorities as [Uint8Array];
    const token = makeToken(world, { cell: CELL, fingerprint: fingerprintOf(world.crypto, authority) });
    const { publicKey } = world.crypto.ed25519(token.privateKey);
    this.record.tokens.set(hex(markOf(world.crypto, publicKey).digest), uses);
    return formatToken(world, token);
  }

  /** A machine that asks the node at an address to join. */
  async admit(
    name: string,
    at: Address,
    line: string,
    files = new MemoryFiles(`/${name}`),
    node = this.sim.node(name),
  ): Promise<{ readonly site: Site; readonly welcome: string }> {
    const { world } = node;
    const privateKey = await keyToJoinWith(world, files);
    const token = parseToken(world, line);
    const { certificate, authorities, welcome } = await join(world, {
      at,
      token,
      name,
      privateKey,
      about: utf8.encode(`${name} is here`),
    });
    const identity = { certificate: certificate.der, privateKey };
    const credentials = await MemberCredentials.keep(world, files, identity, authorities);
    return { site: new Site(node, files, credentials), welcome: new TextDecoder().decode(welcome) };
  }
}

/** The code that something fails with, and the reason in its details. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { code, details } = error as { code?: string; details?: { reason?: string } };
    return [code ?? String(error), details?.reason].filter((part) => part !== undefined).join(" ");
  }
  return "resolved";
}
