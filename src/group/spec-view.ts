/**
 * The properties of what is delivered within one view, of all but `safe` messages. Those who go on to the same next view are held
 * against each other when they leave; what one who stays behind delivers later is held against them then.
 */
import { Broken, type SentMessage } from "./spec-properties.ts";
import type { View } from "./types.ts";

/** What one member has delivered in the view. */
interface Stay {
  readonly name: string;
  /** Ids in the order of delivery, and the place of each. */
  readonly delivered: SentMessage[];
  readonly places: Map<string, number>;
  /** By sender: how many of its ordered messages. */
  readonly ordered: Map<string, number>;
  /** Messages of a total order, in order of delivery; those that are atomic. */
  readonly totals: string[];
  readonly atomicTotals: string[];
  /** What it has sent. */
  readonly sent: SentMessage[];
  /** The view to which it went on. */
  next: number | undefined;
}

/** What must come before a message at everybody. */
interface Past {
  /** By sender: how many of its ordered messages. */
  readonly ordered: ReadonlyMap<string, number>;
  /** How much of its sender's deliveries there was by then: what a barrier must come after. */
  readonly deliveries: number;
}

const isTotal = ({ order }: SentMessage): boolean =>
  order === "total" || order === "causal-total" || order === "sync";
const isCausal = ({ order }: SentMessage): boolean =>
  order === "causal" || order === "causal-total" || order === "sync";
const isOrdered = ({ order, guarantee }: SentMessage): boolean =>
  order !== "unordered" && guarantee !== "unreliable";

export class ViewHistory {
  readonly view: View;
  readonly #stays = new Map<string, Stay>();
  /** By sender, its ordered messages; the number of each among them, from 1; the last unreliable one of order fifo. */
  readonly #streams = new Map<string, SentMessage[]>();
  readonly #numbers = new Map<string, number>();
  readonly #pasts = new Map<string, Past>();
  /** Atomic messages that somebody delivered, or that their senders were told are stable. */
  readonly #atomic = new Map<string, string>();
  /** The longest sequence of atomic messages of a total order that anybody delivered. */
  #longest: { readonly by: string; readonly ids: readonly string[] } = { by: "", ids: [] };
  /** By barrier: what came before it at the first who delivered it. */
  readonly #barriers = new Map<string, { readonly by: string; readonly before: ReadonlySet<string> }>();

  constructor(view: View) {
    this.view = view;
  }

  enter(name: string): void {
    this.#stays.set(name, {
      name,
      delivered: [],
      places: new Map(),
      ordered: new Map(),
      totals: [],
      atomicTotals: [],
      sent: [],
      next: undefined,
    });
  }

  send(message: SentMessage): void {
    const stay = this.#stay(message.sender);
    stay.sent.push(message);
    if (isCausal(message)) {
      const ordered = new Map(stay.ordered);
      ordered.set(message.sender, this.#stream(message.sender).length);
      this.#pasts.set(message.id, { ordered, deliveries: stay.delivered.length });
    }
    if (!isOrdered(message)) return;
    this.#numbers.set(message.id, this.#stream(message.sender).push(message));
  }

  settle(message: SentMessage): void {
    if (message.guarantee === "atomic") this.#noteAtomic(message, message.sender);
  }

  deliver(name: string, message: SentMessage): void {
    const stay = this.#stay(name);
    if (stay.places.has(message.id))
      throw new Broken("no duplication", `${name} delivered ${message.id} twice`);
    if (message.guarantee === "unreliable") this.#checkUnreliable(stay, message);
    else {
      if (isOrdered(message)) this.#checkFifo(stay, message);
      if (isCausal(message)) this.#checkCausal(stay, message);
    }
    stay.places.set(message.id, stay.delivered.push(message) - 1);
    if (isTotal(message)) this.#addTotal(stay, message);
    if (message.order === "sync") this.#checkBarrier(stay, message);
    else this.#checkAfterBarriers(stay, message);
    if (message.guarantee === "atomic") this.#noteAtomic(message, name);
  }

  /** The member goes on to another view. */
  leave(name: string, next: number): void {
    const stay = this.#stay(name);
    const other = [...this.#stays.values()].find((each) => each.next === next);
    stay.next = next;
    this.#checkOwn(stay);
    for (const [id, by] of this.#atomic) this.#checkHasAtomic(stay, id, by);
    if (other !== undefined) checkSynchrony(stay, other, next);
  }

  /** Everything has come to rest: whoever lives has everything, and the same. */
  finish(alive: readonly string[]): void {
    const stays = alive.map((name) => this.#stay(name));
    for (const stay of stays) {
      for (const message of stay.sent)
        for (const each of stays)
          if (message.guarantee !== "unreliable" && !each.places.has(message.id))
            throw new Broken("termination of delivery", `${each.name} never delivered ${message.id}`);
      for (const [id, by] of this.#atomic) this.#checkHasAtomic(stay, id, by);
      checkSynchrony(stay, stays[0] as Stay, undefined);
    }
  }

  #stay(name: string): Stay {
    const stay = this.#stays.get(name);
    if (stay === undefined)
      throw new Broken("initial view event", `${name} never installed view ${this.view.id}`);
    return stay;
  }

  #stream(sender: string): SentMessage[] {
    let stream = this.#streams.get(sender);
    if (stream === undefined) {
      stream = [];
      this.#streams.set(sender, stream);
    }
    return stream;
  }

  #checkUnreliable(stay: Stay, message: SentMessage): void {
    if (message.order === "unordered") return;
    const later = stay.delivered.find(
      (each) =>
        each.sender === message.sender &&
        each.guarantee === "unreliable" &&
        each.order === "fifo" &&
        sequenceOf(each) > sequenceOf(message),
    );
    if (later !== undefined)
      throw new Broken("FIFO delivery", `${stay.name} delivered ${message.id} after ${later.id}`);
  }

  #checkFifo(stay: Stay, message: SentMessage): void {
    const number = this.#numbers.get(message.id) as number;
    const before = stay.ordered.get(message.sender) ?? 0;
    if (number !== before + 1) {
      const missed = this.#stream(message.sender)[before] as SentMessage;
      throw new Broken(
        "FIFO delivery",
        `${stay.name} delivered ${message.id} and not ${missed.id} before it`,
      );
    }
    stay.ordered.set(message.sender, number);
  }

  #checkCausal(stay: Stay, message: SentMessage): void {
    const past = this.#pasts.get(message.id) as Past;
    for (const [sender, count] of past.ordered) {
      const has = stay.ordered.get(sender) ?? 0;
      if (has >= count) continue;
      const missed = this.#stream(sender)[has] as SentMessage;
      throw new Broken(
        "causal delivery",
        `${stay.name} delivered ${message.id} and not ${missed.id} before it, which ${message.sender} had by then`,
      );
    }
  }

  #addTotal(stay: Stay, message: SentMessage): void {
    stay.totals.push(message.id);
    if (message.guarantee !== "atomic") return;
    const place = stay.atomicTotals.push(message.id) - 1;
    const expected = this.#longest.ids[place];
    if (expected === undefined) this.#longest = { by: stay.name, ids: stay.atomicTotals };
    else if (expected !== message.id)
      throw new Broken(
        "strong total order",
        `${stay.name} delivered ${message.id} where ${this.#longest.by} delivered ${expected}`,
      );
  }

  #checkBarrier(stay: Stay, barrier: SentMessage): void {
    const { deliveries } = this.#pasts.get(barrier.id) as Past;
    const sender = this.#stay(barrier.sender);
    for (const message of sender.delivered.slice(0, deliveries))
      if (message.guarantee !== "unreliable" && !stay.places.has(message.id))
        throw new Broken("sync", `${stay.name} delivered ${barrier.id} and not ${message.id} before it`);
    const reliable = stay.delivered.filter(({ guarantee }) => guarantee !== "unreliable");
    const before = new Set(reliable.map(({ id }) => id));
    const first = this.#barriers.get(barrier.id);
    if (first === undefined) this.#barriers.set(barrier.id, { by: stay.name, before });
    else {
      const missed =
        [...first.before].find((id) => !before.has(id)) ?? [...before].find((id) => !first.before.has(id));
      if (missed !== undefined)
        throw new Broken(
          "sync",
          `${missed} is on different sides of ${barrier.id} at ${stay.name} and ${first.by}`,
        );
    }
  }

  /** What others had before a barrier does not come after it here. */
  #checkAfterBarriers(stay: Stay, message: SentMessage): void {
    if (message.guarantee === "unreliable") return;
    for (const [barrier, { by, before }] of this.#barriers)
      if (before.has(message.id) && stay.places.has(barrier))
        throw new Broken(
          "sync",
          `${message.id} is on different sides of ${barrier} at ${stay.name} and ${by}`,
        );
  }

  #noteAtomic(message: SentMessage, by: string): void {
    if (this.#atomic.has(message.id)) return;
    this.#atomic.set(message.id, by);
    for (const stay of this.#stays.values())
      if (stay.next !== undefined) this.#checkHasAtomic(stay, message.id, by);
  }

  #checkHasAtomic(stay: Stay, id: string, by: string): void {
    if (!stay.places.has(id))
      throw new Broken(
        "safe delivery",
        `${stay.name} left view ${this.view.id} without ${id}, which ${by} has`,
      );
  }

  #checkOwn(stay: Stay): void {
    for (const message of stay.sent)
      if (message.guarantee !== "unreliable" && !stay.places.has(message.id))
        throw new Broken(
          "self delivery",
          `${stay.name} left view ${this.view.id} without its own ${message.id}`,
        );
  }
}

/** Two who were in a view and go on together have delivered the same, and what is of a total order in the same order. */
function checkSynchrony(one: Stay, other: Stay, next: number | undefined): void {
  const where = next === undefined ? "at rest" : `on the way to view ${next}`;
  for (const [a, b] of [
    [one, other],
    [other, one],
  ] as const)
    for (const { id, guarantee } of a.delivered)
      if (guarantee !== "unreliable" && !b.places.has(id))
        throw new Broken("virtual synchrony", `${a.name} delivered ${id}, ${b.name} did not, ${where}`);
  const at = one.totals.findIndex((id, place) => other.totals[place] !== id);
  if (at >= 0)
    throw new Broken(
      "weak total order",
      `${one.name} delivered ${one.totals[at]} where ${other.name} delivered ${other.totals[at]}, ${where}`,
    );
}

function sequenceOf({ id }: SentMessage): number {
  return Number(id.slice(id.lastIndexOf("/") + 1));
}
