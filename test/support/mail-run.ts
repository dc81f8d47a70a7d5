/**
 * A random run of mail between a few nodes in the simulator, held against the spec of mailboxes: sends of every meaning and
 * requests to mailboxes near and far, programs that are slow to take mail out, mailboxes that close and open again, nodes that crash,
 * and a network that its caller makes and disturbs. In the end everything heals, and everything that waits must come to its end.
 */
import type { Channel } from "../../src/channel/channel.ts";
import type { Mailbox } from "../../src/channel/mailbox/mailbox.ts";
import { Mailboxes } from "../../src/channel/mailbox/mailboxes.ts";
import { MailSpec } from "../../src/channel/mailbox/spec.ts";
import { type SimNode, Simulation, type SimulationOptions } from "../../src/sim/index.ts";
import { type Address, isCoterieError, randomBelow, sleep, type World } from "../../src/world/index.ts";

/** How nodes reach each other. */
export interface MailNetwork {
  /** A node's life begins: `onChannel` is called for what others open. Returns how to open a channel. */
  join(
    node: SimNode,
    world: World,
    onChannel: (channel: Channel) => void,
  ): Promise<(to: Address) => Promise<Channel>>;
  left(node: SimNode): void;
  /** Something goes wrong between two nodes. */
  disturb(sim: Simulation, a: SimNode, b: SimNode): void;
  heal(sim: Simulation): void;
}

export const MAIL_PORT = 7;
const NODES = ["a", "b", "c"];
const BOXES_PER_NODE = 2;
const TIMEOUT_MS = 4000;
const SENDS = 40;
const FAULTS = 8;

export interface MailRun {
  readonly spec: MailSpec;
  readonly trace: string;
}

export async function mailRun(
  options: SimulationOptions,
  makeNetwork: (sim: Simulation) => MailNetwork,
): Promise<MailRun> {
  const sim = new Simulation(options);
  const run = new Run(sim, makeNetwork(sim));
  await sim.run(() => run.main(), { limitMs: 600_000 });
  return { spec: run.spec, trace: sim.trace.digest() };
}

const words = new TextEncoder();
const text = (message: Uint8Array) => new TextDecoder().decode(message).trim();

class Run {
  readonly spec = new MailSpec();
  readonly #sim: Simulation;
  readonly #network: MailNetwork;
  readonly #nodes: readonly SimNode[];
  readonly #directory = new Map<string, Address>();
  readonly #open = new Map<string, Mailbox>();
  #isCalm = false;
  #mails = 0;

  constructor(sim: Simulation, network: MailNetwork) {
    this.#sim = sim;
    this.#network = network;
    this.#nodes = NODES.map((name) => sim.node(name));
    for (const node of this.#nodes) {
      for (const name of this.#boxesOf(node)) this.#directory.set(name, { host: node.ip, port: MAIL_PORT });
    }
  }

  #boxesOf(node: SimNode): readonly string[] {
    return Array.from({ length: BOXES_PER_NODE }, (_, n) => `${node.name}${n}`);
  }

  async main(): Promise<void> {
    const { random } = this.#sim;
    await Promise.all(this.#nodes.map((node) => node.start((world) => this.#life(node, world))));
    for (let fault = 0; fault < FAULTS; fault++) {
      await this.#sim.sleep(random.below(600));
      this.#disturb();
    }
    await this.#sim.sleep(random.below(2000));
    this.#isCalm = true;
    this.#network.heal(this.#sim);
    for (const node of this.#nodes) if (!node.isUp) await node.restart();
    // Everything has its time-out, and mailboxes are emptied without pauses.
    await this.#sim.sleep(5 * TIMEOUT_MS);
    this.spec.settled();
  }

  #disturb(): void {
    const { random } = this.#sim;
    const pick = () => this.#nodes[random.below(this.#nodes.length)] as SimNode;
    const node = pick();
    const what = random.below(4);
    if (what === 0 && node.isUp) this.#crash(node);
    else if (what === 0) void node.restart();
    else if (what === 1) this.#reopen(node);
    else this.#network.disturb(this.#sim, node, pick());
  }

  #crash(node: SimNode): void {
    this.spec.senderCrashed(`${node.name}#${node.incarnation}`);
    for (const name of this.#boxesOf(node)) {
      this.spec.lost(name);
      this.#open.delete(name);
    }
    node.crash();
    this.#network.left(node);
  }

  /** One of the node's mailboxes closes; its program opens it again after a while. */
  #reopen(node: SimNode): void {
    const name = this.#boxesOf(node)[0] as string;
    const box = this.#open.get(name);
    if (box === undefined) return;
    this.spec.lost(name);
    box.close();
  }

  async #life(node: SimNode, world: World): Promise<void> {
    const life = `${node.name}#${node.incarnation}`;
    let connect: (to: Address) => Promise<Channel>;
    const mail: Mailboxes = new Mailboxes(world, {
      node: node.name,
      connect: (to) => connect(to),
      locate: (name) => this.#directory.get(name),
      limits: { maxBufferedMessages: 8, maxWaiting: 16 },
    });
    connect = await this.#network.join(node, world, (channel) => mail.accept(channel));
    for (const name of this.#boxesOf(node)) void this.#program(mail, world, name);
    void this.#sends(mail, world, life);
  }

  /** Takes mail out, quickly or slowly; opens the mailbox again when it was closed. */
  async #program(mail: Mailboxes, world: World, name: string): Promise<never> {
    for (;;) {
      const box = mail.open(name, { maxMessages: 4, maxBytes: 2000 });
      this.#open.set(name, box);
      while (!box.box.isClosed) {
        const received = await box.receive().catch(() => undefined);
        if (received === undefined) break;
        this.spec.received(name, text(received.message));
        received.reply?.(received.message);
        if (!this.#isCalm && world.random.uint32() % 4 === 0) {
          await sleep(world.timers, world.random.uint32() % 400);
        }
      }
      await sleep(world.timers, 20);
    }
  }

  async #sends(mail: Mailboxes, world: World, life: string): Promise<void> {
    const names = [...this.#directory.keys()];
    for (let n = 0; n < SENDS && !this.#isCalm; n++) {
      const name = names[randomBelow(world.random, names.length)] as string;
      this.#send(mail, world, life, name, randomBelow(world.random, 4), 1 + randomBelow(world.random, 1200));
      if (n % 4 === 3) await sleep(world.timers, randomBelow(world.random, 300));
    }
  }

  #send(mail: Mailboxes, world: World, life: string, name: string, how: number, size: number): void {
    const id = `${life}.${this.#mails++}`;
    const message = words.encode(id.padEnd(size));
    this.spec.sent(life, name, id);
    const until = (["buffered", "delivered", "received"] as const)[how];
    const sent =
      until === undefined
        ? mail.request(name, message, { timeoutMs: TIMEOUT_MS }).then((reply) => {
            if (text(reply) !== id) throw new Error(`${id} was answered with ${text(reply)}`);
          })
        : mail.send(name, message, { until, timeoutMs: TIMEOUT_MS });
    // A receipt in this node is noted by its program after the turn's promises, so the outcome is too.
    sent.then(
      () => world.timers.soon(() => this.spec.outcome(id, { kind: until ?? "received" })),
      (error: unknown) => {
        if (!isCoterieError(error)) throw error;
        const fate = error.details.fate === "unknown" ? "unknown" : "never";
        world.timers.soon(() => this.spec.outcome(id, { kind: "failed", fate }));
      },
    );
  }
}
