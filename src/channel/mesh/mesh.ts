/**
 * A mesh: the links of one process to the others, one for each peer, and the ports that share them. The driver around
 * the handshakes (`handshake.ts`), the rule by which one link is kept (`contest.ts`), and the links.
 */
import { type Address, CoterieError, formatAddress, type Timer, type World } from "../../world/index.ts";
import { isSameAddress } from "../path.ts";
import type { MeshContext } from "./attempt.ts";
import type { Caster } from "./cast/caster.ts";
import { Contacts, whereFrom } from "./contacts.ts";
import { judge } from "./contest.ts";
import { meshErrors } from "./errors.ts";
import { Answering, type Introduction, type Met, Refusal } from "./handshake.ts";
import { Link, type LinkOwner } from "./link.ts";
import { Meeting } from "./meeting.ts";
import { NameWatch } from "./name-watch.ts";
import { openCarrier, openMulticast } from "./open-carrier.ts";
import { checkMulticast, checkName, type MeshLimits, type MeshOptions, meshLimits } from "./options.ts";
import { type Peer, PeerTable } from "./peer-table.ts";
import type { Carrier, Pipe } from "./pipe.ts";
import type { Port, PortOwner } from "./port.ts";
import { PortTable } from "./port-table.ts";
import { Reach } from "./reach.ts";
import { SlabPool } from "./send-queue.ts";
import type { Mesh, MeshPeer, MeshPort } from "./types.ts";
import type { Wire } from "./wire.ts";

/** How long `close` waits for peers to have the last messages. */
export const CLOSE_MS = 500;

/**
 * Opens a mesh and listens. Errors: NET_… when the address cannot be had, MESH_UNPROTECTED.
 * @throws RangeError for a name, a secret or limits that are out of their bounds.
 */
export async function openMesh(world: World, options: MeshOptions): Promise<Mesh> {
  checkName("name", options.name);
  const limits = meshLimits(options.limits);
  checkMulticast(options.multicast);
  const carrier = await openCarrier(world, options, limits);
  try {
    const caster = await openMulticast(world, options, carrier);
    return new MeshDriver(world, options, limits, carrier, caster);
  } catch (error) {
    await carrier.stop();
    await carrier.close();
    throw error;
  }
}

class MeshDriver implements Mesh, LinkOwner, PortOwner {
  readonly self: MeshPeer;
  onTrouble: (peer: string, error: CoterieError) => void = () => {};
  readonly limits: MeshLimits;
  readonly ports: PortTable;
  readonly caster: Caster | undefined;
  readonly #world: World;
  readonly #context: MeshContext;
  readonly #carrier: Carrier;
  readonly #peers: PeerTable;
  readonly #meetings = new Set<Meeting>();
  readonly #contacts: Contacts;
  readonly #names: NameWatch;
  #cut: ReadonlySet<string> = new Set();
  #looking: Timer | undefined;
  #links = 0;
  #isClosed = false;

  constructor(
    world: World,
    options: MeshOptions,
    limits: MeshLimits,
    carrier: Carrier,
    caster: Caster | undefined,
  ) {
    this.#world = world;
    this.#carrier = carrier;
    this.caster = caster;
    this.limits = limits;
    this.ports = new PortTable(limits.maxPorts);
    this.#peers = new PeerTable(limits.maxPeers);
    this.#names = new NameWatch(limits.maxPeers);
    this.self = { name: options.name, address: options.advertise ?? carrier.local };
    const pool = new SlabPool();
    this.#context = { world, carrier, limits, pool, self: introduce(world, this.self, carrier.secret) };
    this.#contacts = new Contacts(this.#context);
    carrier.onPipe = (pipe) => this.#arrived(pipe);
    carrier.onRefused = (error, from) => this.onTrouble(formatAddress(from), error);
  }

  get timers(): World["timers"] {
    return this.#world.timers;
  }

  peers(): readonly MeshPeer[] {
    return this.#peers.linked();
  }

  // --- ports ---

  open(name: string): MeshPort {
    checkName("port", name);
    if (this.#isClosed) throw closedMesh();
    const port = this.ports.open(this, name);
    for (const link of this.#peers.links()) link.portOpened(port);
    // Not within the call: its handlers are yet to be set.
    if (port.joined.size > 0) this.#world.timers.soon(() => announce(port));
    return port;
  }

  portClosed(port: Port): void {
    this.ports.close(port);
    for (const link of this.#peers.links()) link.portClosed(port);
  }

  // --- peers ---

  add({ name, address }: MeshPeer): void {
    checkName("peer", name);
    if (name === this.self.name) throw new RangeError(`${name} is this process itself`);
    if (this.#isClosed) return;
    const peer = this.#peers.require(name);
    const isKnown = peer.reach !== undefined && isSameAddress(peer.reach.address, address);
    peer.reach ??= new Reach(this.#context, name, address, {
      met: (met, wire) => this.#take(peer, met, wire, true),
      failed: (error) => error && this.onTrouble(name, error),
    });
    peer.reach.address = address;
    if (peer.link === undefined && !isKnown && !this.#cut.has(name)) peer.reach.begin();
  }

  renew(name: string): void {
    const peer = this.#peers.get(name);
    const link = peer?.link;
    if (link === undefined || this.#cut.has(name)) return;
    const { heard } = link;
    peer?.reach?.renew(() => peer.link === link && link.heard === heard);
  }

  remove(name: string): void {
    const peer = this.#peers.get(name);
    if (peer?.reach === undefined) return;
    peer.reach.stop();
    peer.reach = undefined;
    if (peer.link?.isOwn) peer.link.drop();
    this.#peers.tidy(peer);
  }

  cut(names: readonly string[]): void {
    const former = this.#cut;
    this.#cut = new Set(names);
    for (const peer of this.#peers.all()) {
      if (this.#cut.has(peer.name)) {
        peer.reach?.stop();
        peer.link?.drop();
      } else if (former.has(peer.name) && peer.link === undefined) peer.reach?.begin();
    }
  }

  async contact(address: Address, signal?: AbortSignal, key?: Uint8Array): Promise<MeshPeer> {
    if (this.#isClosed) throw closedMesh();
    const peer = await this.#contacts.ask(address, signal, key);
    this.add(peer);
    return peer;
  }

  // --- links ---

  #arrived(pipe: Pipe): void {
    const { world, pool, self } = this.#context;
    if (this.#isClosed || this.#meetings.size >= this.limits.maxHandshakes) {
      pipe.destroy();
      return;
    }
    const answering = new Answering(world.crypto, world.random, self);
    const where = formatAddress(pipe.remote);
    const meeting: Meeting = new Meeting(world, pipe, pool, answering, this.limits.handshakeMs, {
      met: (met, wire) => this.#answer(met, wire, answering, meeting),
      refused: () => {},
      // That a connection is given up before its hello is nobody's trouble: two that cross end so.
      failed: (error) => error.code in meshErrors && this.onTrouble(where, error),
      over: () => this.#meetings.delete(meeting),
    });
    this.#meetings.add(meeting);
  }

  #answer(met: Met, wire: Wire, answering: Answering, meeting: Meeting): void {
    if (this.#cut.has(met.name)) {
      meeting.leave();
      return;
    }
    if (met.isAsking) {
      wire.control(answering.welcome());
      wire.finish();
      return;
    }
    const known = this.#peers.get(met.name);
    const hasSaidHello = known?.reach?.hasSaidHello ?? false;
    const why = this.#carrier.isKeyOf(wire.pipe, met.name)
      ? judge(this.self.name, met, { link: known?.link, hasSaidHello })
      : Refusal.MESH_REFUSED_KEY;
    const peer = why === undefined ? this.#peers.record(met.name) : undefined;
    if (peer === undefined) {
      meeting.refuse(why ?? Refusal.MESH_REFUSED_FULL);
      return;
    }
    meeting.done();
    wire.control(answering.welcome());
    this.#take(peer, met, wire, false);
  }

  /** There is a link, in place of whatever there was. */
  #take(peer: Peer, met: Met, wire: Wire, isOwn: boolean): void {
    const earlier = peer.link;
    const link = new Link(this, wire, { name: peer.name, address: whereFrom(met, wire) }, met, isOwn);
    peer.link = link;
    this.#links++;
    peer.reach?.reached();
    if (this.limits.pingMs > 0) this.#looking ??= this.#lookLater();
    this.#world.log.debug("mesh link up", { peer: peer.name, isOwn });
    earlier?.drop();
    if (this.#names.linked(peer.name, met.incarnation, this.#world.clock.monotonicMs()))
      this.onTrouble(peer.name, nameTaken(peer.name, link.peer.address));
  }

  linkDown(link: Link, error: CoterieError | undefined): void {
    this.#links--;
    const { name } = link.peer;
    const peer = this.#peers.get(name);
    this.#world.log.debug("mesh link down", { peer: name, code: error?.code });
    if (peer?.link === link) {
      peer.link = undefined;
      if (!this.#cut.has(name)) peer.reach?.lost();
      this.#peers.tidy(peer);
    }
    if (error !== undefined) this.onTrouble(name, error);
  }

  isBelieved(pipe: Pipe, name: string): boolean {
    return this.#carrier.isKeyOf(pipe, name);
  }

  #lookLater(): Timer {
    return this.#world.timers.after(this.limits.pingMs, () => {
      this.#looking = undefined;
      for (const link of [...this.#peers.links()]) link.look();
      if (this.#links > 0 && !this.#isClosed) this.#looking ??= this.#lookLater();
    });
  }

  // --- the end ---

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#looking?.cancel();
    const stopped = this.#carrier.stop();
    for (const meeting of [...this.#meetings]) meeting.leave();
    this.#contacts.close(closedMesh());
    for (const { reach } of this.#peers.all()) reach?.stop();
    for (const port of [...this.ports.all()]) port.close();
    const links = [...this.#peers.links()];
    this.#peers.clear();
    await Promise.all(links.map((link) => this.#finish(link)));
    this.caster?.close();
    await stopped;
    await this.#carrier.close();
  }

  #finish(link: Link): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#world.timers.after(CLOSE_MS, () => link.drop(), { keepAlive: true });
      link.finish(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

/** Tells a port whom it may send to. What its handlers do may part it from some. */
function announce(port: Port): void {
  for (const { link } of [...port.joined.values()]) link.joined.announce(port);
}

function introduce(world: World, self: MeshPeer, secret: Uint8Array | undefined): Introduction {
  const incarnation = new DataView(world.random.bytes(8).buffer).getBigUint64(0);
  let serial = 0n;
  return { ...self, incarnation, secret, nextSerial: () => ++serial };
}

function closedMesh(): CoterieError {
  return new CoterieError("MESH_CLOSED", "the mesh was closed here");
}

function nameTaken(name: string, address: Address): CoterieError {
  const where = formatAddress(address);
  const message = `two processes are called ${name}, the last of them at ${where}: each takes the other's links away`;
  return new CoterieError("MESH_NAME_TAKEN", message, { details: { name, where } });
}
