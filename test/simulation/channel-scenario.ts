/**
 * Channels under every fault: nodes open channels to each other when they have something to send, make new ones when those
 * close, and answer some messages in the channel that brought them. What goes in and comes out is held against the spec; when
 * the faults are over, every pair of nodes must get through again over a network that loses a little, as all do, and no
 * channel may break any more, nor a fate stay open.
 */
import type { Channel, Endpoint, EndpointLimits, Security } from "../../src/channel/index.ts";
import { defineScenario, EVERY_FAULT, type Scenario, type Stage } from "../../src/sim/index.ts";
import type { CoterieError, World } from "../../src/world/index.ts";
import { Ledger, labelOf, messageOf, type Side } from "./channel-ledger.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface ChannelModule {
  readonly openEndpoint: typeof import("../../src/channel/index.ts").openEndpoint;
}

export type ChannelOperation =
  | {
      readonly kind: "send";
      readonly atMs: number;
      readonly node: number;
      readonly peer: number;
      readonly bytes: number;
      readonly count: number;
      /** The receiver answers, in the same channel. */
      readonly isAnswered: boolean;
      /** Then the channel is ended; the receiver ends its direction as soon as it hears of that. */
      readonly isLast: boolean;
    }
  /** The node ends its directions of the channels with the peer, drops the one it opened, or stops reading for a while. */
  | { readonly kind: "end" | "drop"; readonly atMs: number; readonly node: number; readonly peer: number }
  | {
      readonly kind: "stall";
      readonly atMs: number;
      readonly node: number;
      readonly peer: number;
      readonly forMs: number;
    };

const PORT = 700;
const QUIET_MS = 6000;
/** When the faults are over: to find out about every channel that they broke, and to get through on a new one. */
const SETTLE_MS = 25_000;
const LONGEST = 150_000;
const SIZES = [0, 1, 40, 64, 200, 1000, 1100, 1500, 5000, 20_000, LONGEST];
const LIMITS: Partial<EndpointLimits> = {
  timeoutMs: 3000,
  keepaliveMs: 1000,
  halfOpenMs: 1500,
  receiveWindowBytes: 64 * 1024,
  maxPendingBytes: 256 * 1024,
};

export function channelScenario(
  module: ChannelModule,
  change: Partial<Scenario<ChannelOperation>> = {},
): Scenario<ChannelOperation> {
  return defineScenario<ChannelOperation>({
    name: "channel",
    nodes: { min: 2, max: 4 },
    quietMs: QUIET_MS,
    simulation: {
      link: { latencyMs: 1, jitterMs: 1, loss: 0.01, duplicate: 0.01, reorder: 0.01, corrupt: 0.002 },
    },
    // A node that loses its disk has lost nothing here, and disks are not used otherwise.
    faults: {
      ...EVERY_FAULT,
      "crash-restart": 3,
      loss: 3,
      duplicate: 3,
      reorder: 3,
      "slow-link": 2,
      pause: 2,
    },
    faultCount: { min: 0, max: 8 },
    workload: ({ random, nodes, quietMs }) =>
      Array.from({ length: 1 + random.below(30) }, () => {
        const node = random.below(nodes);
        const peer = (node + 1 + random.below(nodes - 1)) % nodes;
        const atMs = 1 + random.below(quietMs);
        const die = random.unit();
        if (die < 0.06) return { kind: "end", atMs, node, peer };
        if (die < 0.1) return { kind: "drop", atMs, node, peer };
        if (die < 0.16) return { kind: "stall", atMs, node, peer, forMs: 1 + random.below(3000) };
        const bytes = SIZES[random.below(SIZES.length)] as number;
        const count = 1 + random.below(bytes > 10_000 ? 4 : 40);
        return {
          kind: "send",
          atMs,
          node,
          peer,
          bytes,
          count,
          isAnswered: random.chance(0.3),
          isLast: random.chance(0.15),
        };
      }),
    simplify,
    run: (stage) => new Run(module, stage).run(),
    ...change,
  });
}

/** Fewer messages, if need be longer ones; then shorter ones; then no answers. */
function simplify(operation: ChannelOperation): ChannelOperation[] {
  if (operation.kind !== "send") return [];
  const { count, bytes, isAnswered, isLast } = operation;
  const forms: ChannelOperation[] = [];
  for (const fewer of [1, 2, 3, Math.floor(count / 2)].filter((number) => number > 0 && number < count)) {
    forms.push({ ...operation, count: fewer });
    const longer = SIZES.find((size) => size * fewer >= bytes * count) ?? LONGEST;
    if (longer > bytes) forms.push({ ...operation, count: fewer, bytes: longer });
  }
  for (const shorter of [64, 1500].filter((size) => size < bytes))
    forms.push({ ...operation, bytes: shorter });
  if (isAnswered) forms.push({ ...operation, isAnswered: false });
  if (isLast) forms.push({ ...operation, isLast: false });
  return forms;
}

/** One sender's way to one receiver: a channel at a time. */
interface Outgoing {
  channel: Channel | undefined;
  session: number;
  isOpening: boolean;
  /** Sent when the channel is open and has room. */
  readonly waiting: Letter[];
  /** Sent in this channel, and asked to be answered. */
  unanswered: number;
  isDropped: boolean;
  /** The peer answers no more. */
  isHalf: boolean;
  /** One more message is sent in each channel, until one stays. */
  isProbed: boolean;
}

interface Letter {
  readonly bytes: number;
  readonly isAnswered: boolean;
  readonly isLast: boolean;
  /** The channel is ended behind it. */
  readonly isEnd: boolean;
}

class Run {
  readonly #module: ChannelModule;
  readonly #stage: Stage<ChannelOperation>;
  readonly #ledger: Ledger;
  readonly #lives: (Life | undefined)[] = [];
  /** The newest session from one node to another. */
  readonly #sessions = new Map<string, number>();
  readonly #isProtected: boolean;

  constructor(module: ChannelModule, stage: Stage<ChannelOperation>) {
    this.#module = module;
    this.#stage = stage;
    this.#ledger = new Ledger(stage);
    this.#isProtected = stage.random.chance(0.3);
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    await stage.play((operation) => {
      if (stage.node(operation.node).isUp) this.#lives[operation.node]?.do(operation);
    });
    await stage.quiet();
    await this.#getThrough();
  }

  async #start(world: World, index: number): Promise<void> {
    this.#lives[index]?.end();
    const life = new Life(world, index, {
      stage: this.#stage,
      ledger: this.#ledger,
      addressOf: (peer) => ({ host: this.#stage.node(peer).ip, port: PORT }),
      nextSession: (peer) => {
        const name = `${index} ${peer}`;
        const session = (this.#sessions.get(name) ?? 0) + 1;
        this.#sessions.set(name, session);
        return session;
      },
    });
    this.#lives[index] = life;
    const security: Security = this.#isProtected
      ? { kind: "shared-key", key: new Uint8Array(32).fill(9) }
      : { kind: "checksum" };
    const bind = { host: "0.0.0.0", port: PORT };
    life.endpoint = await this.#module.openEndpoint(world, {
      bind,
      security,
      limits: LIMITS,
      onChannel: (channel) => life.accept(channel),
    });
  }

  /** Faults are over: everybody reaches everybody, and each message has its fate. */
  async #getThrough(): Promise<void> {
    const stage = this.#stage;
    const up = stage.nodes.flatMap((node, index) => (node.isUp ? [index] : []));
    for (const from of up) {
      for (const peer of up) {
        if (from !== peer) this.#lives[from]?.getThrough(peer);
      }
    }
    await stage.quiet(SETTLE_MS);
    for (const from of up) {
      for (const peer of up) {
        if (from === peer) continue;
        const why = this.#lives[from]?.complaint(peer);
        if (why !== undefined) stage.fail("everybody gets through in the end", `${from} to ${peer}: ${why}`);
      }
    }
    stage.check(this.#ledger.gets <= this.#ledger.puts, "nothing is doubled");
  }
}

interface Surroundings {
  readonly stage: Stage<ChannelOperation>;
  readonly ledger: Ledger;
  addressOf(peer: number): { host: string; port: number };
  nextSession(peer: number): number;
}

const PROBE: Letter = { bytes: 700, isAnswered: true, isLast: false, isEnd: false };
const PROBES = 8;

/** The receiver's end of a channel, and the answers that went back in it. */
class Incoming {
  readonly channel: Channel;
  /** Of the opener's messages, and of the answers; undefined before the first message told the session. */
  side: Side | undefined = undefined;
  answers: Side | undefined = undefined;
  /** Lengths of answers that wait for room. */
  readonly owed: number[] = [];
  #isOver = false;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** Both ends here are closed. */
  close(ledger: Ledger): void {
    if (this.#isOver || this.side === undefined || this.answers === undefined) return;
    this.#isOver = true;
    ledger.closed(this.side, "receiver");
    ledger.closed(this.answers, "sender");
  }
}

/** One life of a node: its endpoint, the channels it opened, and those that were opened to it. */
class Life {
  endpoint: Endpoint | undefined;
  readonly #world: World;
  readonly #index: number;
  readonly #around: Surroundings;
  readonly #outgoing = new Map<number, Outgoing>();
  /** The newest channel of each peer of which something came. */
  readonly #incoming = new Map<number, Incoming>();
  readonly #open = new Set<Incoming>();
  #isOver = false;

  constructor(world: World, index: number, around: Surroundings) {
    this.#world = world;
    this.#index = index;
    this.#around = around;
  }

  do(operation: ChannelOperation): void {
    if (this.endpoint === undefined) return;
    const way = this.#way(operation.peer);
    if (operation.kind === "end") {
      way.channel?.end();
      this.#incoming.get(operation.peer)?.channel.end();
    } else if (operation.kind === "drop") {
      way.isDropped = true;
      way.channel?.destroy();
    } else if (operation.kind === "stall") this.#stall(operation.peer, operation.forMs);
    else if (operation.kind === "send") {
      const { bytes, count, isAnswered, isLast, peer } = operation;
      for (let i = 1; i <= count; i++) {
        this.send(peer, { bytes, isAnswered, isLast, isEnd: isLast && i === count });
      }
    }
  }

  send(peer: number, letter: Letter): void {
    const way = this.#way(peer);
    way.waiting.push(letter);
    if (way.channel !== undefined) this.#pump(peer, way);
    else if (!way.isOpening) void this.#connect(peer, way);
  }

  /** Sends a message now, and again in the next channel if this one closes: a crash of before may show only now. */
  getThrough(peer: number): void {
    this.#way(peer).isProbed = true;
    for (let i = 0; i < PROBES; i++) this.send(peer, PROBE);
  }

  /** The node has crashed: the ends that it had of channels are closed. */
  end(): void {
    this.#isOver = true;
    for (const [peer, way] of this.#outgoing) {
      if (way.channel !== undefined) this.#closeOutgoing(peer, way.session);
    }
    for (const incoming of this.#open) incoming.close(this.#around.ledger);
  }

  /** What of the way to a peer is not as it should be when all is quiet. */
  complaint(peer: number): string | undefined {
    const { channel, waiting, unanswered, isHalf } = this.#way(peer);
    if (channel === undefined) return "there is no channel";
    if (waiting.length > 0) return `${waiting.length} messages wait for room`;
    const { sent, acknowledged } = channel;
    if (acknowledged < sent) return `${sent} messages were sent, ${acknowledged} acknowledged`;
    return unanswered > 0 && !isHalf ? `${unanswered} messages were not answered` : undefined;
  }

  accept(channel: Channel): void {
    const incoming = new Incoming(channel);
    const from = this.#around.stage.nodes.findIndex(({ ip }) => ip === channel.remote.host);
    channel.onMessage = (message) => this.#receive(incoming, message, from);
    channel.onAcknowledged = () => this.#around.ledger.acknowledged(incoming.answers as Side, channel);
    channel.onDrain = () => this.#answer(incoming);
    channel.onEnd = () => channel.end();
    const openedMs = this.#around.stage.sim.nowMs;
    channel.onClose = (error) => {
      this.#judgeEnd(error, openedMs, `${from} to ${this.#index}`);
      this.#open.delete(incoming);
      incoming.close(this.#around.ledger);
    };
  }

  #receive(incoming: Incoming, message: Uint8Array, from: number): void {
    const { ledger, stage } = this.#around;
    const to = this.#index;
    // A link's receiver takes nothing of a session once it had something of a later one: that is its part of the promise.
    const newest = this.#incoming.get(from)?.side?.session ?? 0;
    if ((labelOf(message)?.session ?? newest) < newest) {
      incoming.channel.destroy();
      return;
    }
    const { session, isAnswered, isLast } = ledger.get(message, { from, to, isAnswer: false });
    if (incoming.side === undefined) {
      incoming.side = { from, to, isAnswer: false, session };
      incoming.answers = { from: to, to: from, isAnswer: true, session };
      this.#open.add(incoming);
      this.#succeed(from, incoming);
    }
    if (session !== incoming.side.session) {
      stage.fail("a session is a channel", `from ${from} came one of ${session} in ${incoming.side.session}`);
    }
    if (isLast) incoming.channel.end();
    if (!isAnswered) return;
    incoming.owed.push(message.length);
    this.#answer(incoming);
  }

  /** A link has one session at a time: what the peer sent in an older one is not wanted any more. */
  #succeed(from: number, incoming: Incoming): void {
    const before = this.#incoming.get(from);
    this.#incoming.set(from, incoming);
    if (before === undefined) return;
    before.close(this.#around.ledger);
    before.channel.destroy();
  }

  #answer({ channel, answers, owed }: Incoming): void {
    while (owed.length > 0) {
      const label = { ...(answers as Side), number: channel.sent + 1, isAnswered: false, isLast: false };
      if (channel.send(messageOf(label, owed[0] as number)) === 0) return;
      owed.shift();
      this.#around.ledger.put(label);
    }
  }

  #way(peer: number): Outgoing {
    let way = this.#outgoing.get(peer);
    if (way === undefined) {
      way = {
        channel: undefined,
        session: 0,
        isOpening: false,
        waiting: [],
        unanswered: 0,
        isDropped: false,
        isHalf: false,
        isProbed: false,
      };
      this.#outgoing.set(peer, way);
    }
    return way;
  }

  async #connect(peer: number, way: Outgoing): Promise<void> {
    way.isOpening = true;
    let channel: Channel | undefined;
    while (channel === undefined && !this.#isOver) {
      try {
        channel = await this.endpoint?.connect(this.#around.addressOf(peer), { timeoutMs: 2000 });
      } catch (error) {
        if (!isExpected(error)) throw error;
        // Those who refuse do so at once.
        await new Promise<void>((resolve) => this.#world.timers.after(50, resolve));
      }
    }
    if (channel === undefined) return;
    way.isOpening = false;
    way.channel = channel;
    way.session = this.#around.nextSession(peer);
    way.unanswered = 0;
    way.isDropped = false;
    way.isHalf = false;
    this.#use(peer, way, channel);
    this.#pump(peer, way);
  }

  #use(peer: number, way: Outgoing, channel: Channel): void {
    const { ledger } = this.#around;
    const { session } = way;
    const back = { from: peer, to: this.#index, isAnswer: true };
    channel.onAcknowledged = () => ledger.acknowledged(this.#sideTo(peer, session), channel);
    channel.onMessage = (message) => {
      const answer = ledger.get(message, back);
      if (answer.session !== session) {
        this.#around.stage.fail("a session is a channel", `${answer.session} was answered in ${session}`);
      }
      way.unanswered--;
    };
    channel.onDrain = () => this.#pump(peer, way);
    channel.onEnd = () => {
      way.isHalf = true;
    };
    const openedMs = this.#around.stage.sim.nowMs;
    channel.onClose = (error) => {
      this.#judgeEnd(error, openedMs, `${this.#index} to ${peer}`);
      const { sent, acknowledged } = channel;
      if (error === undefined && !way.isDropped && acknowledged < sent) {
        this.#around.stage.fail("a clean end loses nothing", `${sent} sent, ${acknowledged} acknowledged`);
      }
      this.#closeOutgoing(peer, session);
      way.channel = undefined;
      if (way.isProbed) for (let i = 0; i < PROBES; i++) way.waiting.push(PROBE);
      if (way.waiting.length > 0) void this.#connect(peer, way);
    };
  }

  /** Peers that keep to the protocol never say of each other that they do not; and without faults no channel breaks. */
  #judgeEnd(error: CoterieError | undefined, openedMs: number, which: string): void {
    if (error === undefined) return;
    if (!isExpected(error)) throw error;
    const { stage } = this.#around;
    const { plan } = stage;
    if (error.code === "CHANNEL_VIOLATION")
      stage.fail("peers keep to the protocol", `${which}: ${error.message}`);
    const isWhole = plan.faults.length === 0 || openedMs >= plan.quietMs;
    const isDropped = plan.operations.some(({ kind }) => kind === "drop");
    if (isWhole && !isDropped && error.code !== "CHANNEL_CLOSED") {
      stage.fail("no channel breaks without a fault", `${which}, opened at ${openedMs} ms: ${error.code}`);
    }
  }

  #sideTo(peer: number, session: number): Side {
    return { from: this.#index, to: peer, isAnswer: false, session };
  }

  #closeOutgoing(peer: number, session: number): void {
    const { ledger } = this.#around;
    ledger.closed(this.#sideTo(peer, session), "sender");
    ledger.closed({ from: peer, to: this.#index, isAnswer: true, session }, "receiver");
  }

  /** Sends what waits, until the channel takes no more. One that is ending takes nothing, and closes. */
  #pump(peer: number, way: Outgoing): void {
    const { channel, waiting, session } = way;
    while (channel !== undefined && waiting.length > 0) {
      const { bytes, isAnswered, isLast, isEnd } = waiting[0] as Letter;
      const label = { ...this.#sideTo(peer, session), number: channel.sent + 1, isAnswered, isLast };
      if (channel.send(messageOf(label, bytes)) === 0) return;
      waiting.shift();
      if (isAnswered) way.unanswered++;
      this.#around.ledger.put(label);
      if (isEnd) channel.end();
    }
  }

  #stall(peer: number, forMs: number): void {
    const channel = this.#incoming.get(peer)?.channel;
    if (channel === undefined) return;
    channel.pause();
    this.#world.timers.after(forMs, () => channel.resume());
  }
}

/** What a channel may fail with when the network or the peer does. A planted layer has error classes of its own. */
function isExpected(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith("CHANNEL_");
}
