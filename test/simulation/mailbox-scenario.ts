/**
 * Mailboxes under every fault: nodes send mail to each other's mailboxes and their own, in each of the three meanings and as
 * requests; programs are slow, mailboxes close and open again, senders lose patience. What is told and what is received is held
 * against the spec of mail. When the faults are over everything must come to its end, and after that nothing may fail any more:
 * each node reaches each mailbox, with a mail as large as the mailbox too.
 */
import { defineScenario, EVERY_FAULT, type Prng, type Scenario, type Stage } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";
import { BOXES, MailLedger, nameOf, type Place } from "./mailbox-ledger.ts";
import { type How, Life, type MailboxModule, PORT, type Sending, type Surroundings } from "./mailbox-life.ts";

export type MailboxOperation =
  | {
      readonly kind: "send";
      readonly atMs: number;
      readonly node: number;
      /** Whose mailbox; at times the node's own. */
      readonly peer: number;
      readonly box: number;
      readonly how: How;
      readonly bytes: number;
      readonly count: number;
      readonly timeoutMs: number | null;
      readonly abortAfterMs: number | null;
    }
  /** A mailbox is closed, at once or when its program has taken one more mail out; or that takes nothing out for a while. */
  | {
      readonly kind: "close" | "close-after-next" | "stall";
      readonly atMs: number;
      readonly node: number;
      readonly box: number;
      readonly forMs: number;
    };

const QUIET_MS = 6000;
/** When the faults are over: to find out about every channel that they broke, and to bring what waited. */
const SETTLE_MS = 25_000;
const GET_THROUGH_MS = 10_000;
const HOWS: readonly How[] = ["posted", "buffered", "delivered", "received", "answered"];
/** The last is too large for the small mailbox. */
const SIZES = [20, 65, 202, 1000, 1500, 2901, 3000, 10_000, 40_000];

export function mailboxScenario(
  module: MailboxModule,
  change: Partial<Scenario<MailboxOperation>> = {},
): Scenario<MailboxOperation> {
  return defineScenario<MailboxOperation>({
    name: "mailbox",
    nodes: { min: 2, max: 4 },
    quietMs: QUIET_MS,
    simulation: {
      link: { latencyMs: 1, jitterMs: 1, loss: 0.01, duplicate: 0.01, reorder: 0.01, corrupt: 0.002 },
    },
    // Disks are not used: a crash with and without the disk is the same here, and must be.
    faults: { ...EVERY_FAULT, "crash-restart": 4, partition: 2, "one-way-partition": 3, loss: 3, pause: 2 },
    faultCount: { min: 0, max: 8 },
    workload: ({ random, nodes, quietMs }) =>
      Array.from({ length: 1 + random.below(40) }, () => drawOperation(random, nodes, quietMs)),
    simplify,
    run: (stage) => new Run(module, stage).run(),
    ...change,
  });
}

function drawOperation(random: Prng, nodes: number, quietMs: number): MailboxOperation {
  const node = random.below(nodes);
  const atMs = 1 + random.below(quietMs);
  const box = random.below(BOXES.length);
  const die = random.unit();
  if (die < 0.08) {
    const kind = random.chance(0.5) ? "close" : "close-after-next";
    return { kind, atMs, node, box, forMs: 1 + random.below(1500) };
  }
  if (die < 0.2) return { kind: "stall", atMs, node, box, forMs: 1 + random.below(3000) };
  const bytes = SIZES[random.below(SIZES.length)] as number;
  return {
    kind: "send",
    atMs,
    node,
    peer: random.below(nodes),
    box,
    how: HOWS[random.below(HOWS.length)] as How,
    bytes,
    count: 1 + random.below(bytes > 5000 ? 4 : 30),
    timeoutMs: random.chance(0.4) ? null : 1 + random.below(4000),
    abortAfterMs: random.chance(0.1) ? random.below(1000) : null,
  };
}

/** Fewer mails, shorter ones, ones that wait for ever, and only for the mailbox. */
function simplify(operation: MailboxOperation): MailboxOperation[] {
  if (operation.kind !== "send") return [];
  const { count, bytes, timeoutMs, abortAfterMs, how } = operation;
  const forms: MailboxOperation[] = [];
  for (const fewer of [1, 2, 3, Math.floor(count / 2)]) {
    if (fewer > 0 && fewer < count) forms.push({ ...operation, count: fewer });
  }
  for (const shorter of [20, 1000, 3000]) if (shorter < bytes) forms.push({ ...operation, bytes: shorter });
  if (timeoutMs !== null) forms.push({ ...operation, timeoutMs: null });
  if (abortAfterMs !== null) forms.push({ ...operation, abortAfterMs: null });
  for (const simpler of HOWS.slice(0, HOWS.indexOf(how))) forms.push({ ...operation, how: simpler });
  return forms;
}

class Run {
  readonly #stage: Stage<MailboxOperation>;
  readonly #ledger: MailLedger;
  readonly #around: Surroundings;
  readonly #lives: (Life | undefined)[] = [];
  #isCalm = false;

  constructor(module: MailboxModule, stage: Stage<MailboxOperation>) {
    this.#stage = stage;
    this.#ledger = new MailLedger(stage);
    this.#around = {
      module,
      stage,
      ledger: this.#ledger,
      security: stage.random.chance(0.3)
        ? { kind: "shared-key", key: new Uint8Array(32).fill(9) }
        : { kind: "checksum" },
      locate: (name) => this.#locate(name),
      isCalm: () => this.#isCalm,
    };
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    await stage.play((operation) => this.#do(operation));
    await stage.quiet();
    this.#isCalm = true;
    await stage.quiet(SETTLE_MS);
    this.#ledger.settled();
    await this.#getThrough();
    this.#ledger.settled();
  }

  async #start(world: World, index: number): Promise<void> {
    const number = this.#stage.node(index).incarnation;
    this.#ledger.begins(index, number);
    const life = new Life(world, index, number, this.#around);
    this.#lives[index] = life;
    await life.start();
  }

  /** When the faults are over the directory no longer names nodes that stay down. */
  #locate(name: string) {
    const index = this.#stage.nodes.findIndex((_, node) =>
      this.#boxesOf(node).some((at) => nameOf(at) === name),
    );
    const node = this.#stage.node(index);
    return this.#isCalm && !node.isUp ? undefined : { host: node.ip, port: PORT };
  }

  #boxesOf(node: number): readonly Place[] {
    return [...BOXES.keys()].map((box) => ({ node, box }));
  }

  #do(operation: MailboxOperation): void {
    const { node, box } = operation;
    const life = this.#lifeOf(node);
    if (operation.kind === "close") life?.close(box, operation.forMs);
    else if (operation.kind === "close-after-next") life?.closeAfterNext(box, operation.forMs);
    else if (operation.kind === "stall") life?.stall(box, operation.forMs);
    else if (operation.kind === "send" && life !== undefined) {
      const { peer, how, bytes, timeoutMs, abortAfterMs } = operation;
      const sending = { to: { node: peer, box }, how, bytes, timeoutMs, abortAfterMs };
      for (let i = 0; i < operation.count; i++) void life.send(sending);
    }
  }

  /** The node's present life; undefined while it is down, or has only just come up. */
  #lifeOf(index: number): Life | undefined {
    const node = this.#stage.node(index);
    const life = this.#lives[index];
    return node.isUp && life?.number === node.incarnation ? life : undefined;
  }

  /** Everybody reaches every mailbox, and nothing fails. */
  async #getThrough(): Promise<void> {
    const stage = this.#stage;
    const up = stage.nodes.flatMap((node, index) => (node.isUp ? [index] : []));
    const places = up.flatMap((node) => this.#boxesOf(node));
    const missing = new Set(up.flatMap((from) => places.map((to) => `${from} to ${nameOf(to)}`)));
    for (const from of up) {
      void this.#reachAll(from, places, (to) => missing.delete(`${from} to ${nameOf(to)}`));
    }
    await stage.quiet(SETTLE_MS + GET_THROUGH_MS);
    const [first] = missing;
    const many = `${first}, and ${missing.size - 1} others`;
    stage.check(missing.size === 0, "everybody gets through in the end", many);
    for (const from of up) {
      const why = this.#lives[from]?.complaint();
      if (why !== undefined) stage.fail("nothing is left in the end", `${from}: ${why}`);
    }
  }

  async #reachAll(from: number, places: readonly Place[], reached: (to: Place) => void): Promise<void> {
    const life = this.#lives[from] as Life;
    for (const to of places) {
      const whole = BOXES[to.box]?.maxBytes ?? 0;
      const failures = await Promise.all(
        HOWS.map((how, place) => {
          const bytes = place === 2 ? whole : 100;
          const sending: Sending = { to, how, bytes, timeoutMs: null, abortAfterMs: null };
          return life.send(sending);
        }),
      );
      const failure = failures.find((error) => error !== undefined);
      if (failure !== undefined) this.#stage.fail("nothing fails without a fault", String(failure));
      reached(to);
    }
  }
}
