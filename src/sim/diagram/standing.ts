/**
 * What holds for a while: a node's life, a pause, a cut between nodes, a fault of a plan. Each becomes a span from the
 * record that begins it to the one that ends it.
 */
import type { TraceRecord } from "../trace.ts";

export interface Span {
  readonly kind: "life" | "pause" | "cut" | "fault";
  /** The node that it is about; of a cut, the nodes that nothing more comes from; of a plan's fault, none. */
  readonly nodes: readonly string[];
  /** Of a cut: the nodes that nothing more comes to. */
  readonly peers: readonly string[];
  readonly text: string;
  readonly fromNs: number;
  /** Infinity while it lasts. */
  toNs: number;
  /** Of a cut: nothing comes through the other way either. */
  bothWays: boolean;
}

/** The scenario and the network, which are no nodes. */
export const NOWHERE = "-";

export class Standing {
  /** The nodes that were heard of, in that order. */
  readonly nodes: string[] = [];
  /** Spans that ended since `forget`. */
  readonly ended: Span[] = [];
  readonly #known = new Set<string>();
  readonly #lives = new Map<string, Span>();
  readonly #pauses = new Map<string, Span>();
  readonly #faults = new Map<string, Span>();
  #cuts: Span[] = [];

  /** Spans that last. */
  open(): Span[] {
    return [...this.#lives.values(), ...this.#pauses.values(), ...this.#cuts, ...this.#faults.values()];
  }

  /** Forgets what has ended, and keeps what lasts. */
  forget(): void {
    this.ended.length = 0;
  }

  apply(record: TraceRecord): void {
    this.#meet(record);
    if (record.kind === "node") this.#live(record);
    else if (record.kind !== "fault") return;
    else if (record.node === NOWHERE) this.#disturb(record);
    else if (record.what === "pause") this.#pauses.set(record.node, span("pause", record, [record.node]));
    else if (record.what === "resume") this.#endIn(this.#pauses, record.node, record.atNs);
  }

  /** A node whose start was not seen is as old as the trace. */
  #meet({ node, peer, kind, what }: TraceRecord): void {
    for (const name of [node, peer]) {
      if (name === undefined || name === NOWHERE || this.#known.has(name)) continue;
      this.#known.add(name);
      this.nodes.push(name);
      if (name === node && kind === "node" && what.startsWith("start")) continue;
      this.#lives.set(name, { ...span("life", { atNs: Number.NEGATIVE_INFINITY, what: "" }, [name]) });
    }
  }

  #live(record: TraceRecord): void {
    const { node, what, atNs } = record;
    this.#endIn(this.#lives, node, atNs);
    if (what.startsWith("start")) this.#lives.set(node, span("life", record, [node]));
    else this.#endIn(this.#pauses, node, atNs);
  }

  #disturb(record: TraceRecord): void {
    const { what, atNs } = record;
    const [verb, index, ...rest] = what.split(" ");
    if (verb === "cut") this.#cut(record);
    else if (what === "heal") this.#healAll(atNs);
    else if (verb === "heal") this.#heal(record);
    else if (verb === "fault" && index !== undefined) {
      if (rest[1] === "begins") this.#faults.set(index, span("fault", record, []));
      else if (rest[1] === "ends") this.#endIn(this.#faults, index, atNs);
    }
  }

  #cut(record: TraceRecord): void {
    const ends = this.#ends(record.what.slice("cut ".length));
    if (ends === undefined) return;
    const mirror = this.#cuts.find(
      (cut) =>
        cut.fromNs === record.atNs && !cut.bothWays && same(cut.nodes, ends.to) && same(cut.peers, ends.from),
    );
    if (mirror === undefined) this.#cuts.push({ ...span("cut", record, ends.from), peers: ends.to });
    else mirror.bothWays = true;
  }

  /** Where both ways were cut, the other is still, unless it is healed at once. */
  #heal({ what, atNs }: TraceRecord): void {
    const ends = this.#ends(what.slice("heal ".length));
    if (ends === undefined) return;
    const { from, to } = ends;
    const healed = this.#cuts.find(
      ({ nodes, peers, bothWays }) =>
        (same(nodes, from) && same(peers, to)) || (bothWays && same(nodes, to) && same(peers, from)),
    );
    if (healed === undefined) return;
    this.#cuts = this.#cuts.filter((cut) => cut !== healed);
    if (healed.fromNs < atNs) this.#end(healed, atNs);
    if (!healed.bothWays) return;
    const text = `cut ${to.join()} > ${from.join()}`;
    this.#cuts.push({ ...span("cut", { atNs, what: text }, to), peers: from });
  }

  #healAll(atNs: number): void {
    for (const cut of this.#cuts) this.#end(cut, atNs);
    this.#cuts = [];
  }

  /** `a,b > c`, if these are nodes: names may hold commas themselves. */
  #ends(text: string): { from: string[]; to: string[] } | undefined {
    const [from, to, more] = text.split(" > ").map((names) => names.split(","));
    if (from === undefined || to === undefined || more !== undefined) return undefined;
    return [...from, ...to].every((name) => this.#known.has(name)) ? { from, to } : undefined;
  }

  #endIn(spans: Map<string, Span>, key: string, atNs: number): void {
    const found = spans.get(key);
    if (found === undefined) return;
    spans.delete(key);
    this.#end(found, atNs);
  }

  #end(found: Span, atNs: number): void {
    found.toNs = atNs;
    this.ended.push(found);
  }
}

function span(
  kind: Span["kind"],
  { atNs, what }: Pick<TraceRecord, "atNs" | "what">,
  nodes: readonly string[],
): Span {
  return {
    kind,
    nodes,
    peers: [],
    text: what,
    fromNs: atNs,
    toNs: Number.POSITIVE_INFINITY,
    bothWays: false,
  };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
