/**
 * The search for an order, in one partition.
 *
 * Wing and Gong (Testing and Verifying Concurrent Objects, 1993) try orders depth first: place an operation that nobody
 * must precede, go on, come back when it leads nowhere. Three things make that quick enough:
 *
 * - *Just in time* (Lowe, Testing for Linearizability, 2017). An operation is placed when it must be: at its own answer, or
 *   at that of another which needs it first. Any order can be brought into this form by moving operations back, so none is
 *   missed, and what was placed is always a set of operations that are under way.
 * - *Configurations are visited once* (Lowe; Athalye's Porcupine): position, state and set of placed operations.
 * - *Dominance.* Reads that fit are placed at once. Of operations under way with equal input and output, the one that is
 *   answered first is placed first: exchanging the two gives an order as good. An unanswered operation is not placed
 *   where it changes nothing.
 *
 * At each answer a *frame* holds the configurations in which the answer may find the object, shortest first: all are
 * tried before any grows by one more operation, so that nothing is placed for nothing. Where the model foresees an order,
 * what it leads to is tried before the rest.
 */
import { Candidates } from "./candidates.ts";
import { Choices } from "./choices.ts";
import { ConfigurationSet } from "./configuration-set.ts";
import { Cursor } from "./cursor.ts";
import { NO_PARENT, NodeStack } from "./node-stack.ts";
import type { Timeline } from "./timeline.ts";
import type { Transitions } from "./transitions.ts";

/** What the visited configurations may take; at the bound they are forgotten. */
export const CACHE_BYTES = 64 * 1024 * 1024;
/** States of the furthest place that are kept for people. */
export const MAX_SHOWN_STATES = 8;
/** Turns of the loop between two looks at the clock. */
const TURNS_PER_LOOK = 1024;

export type StopReason = "steps" | "time" | "memory";

export interface SearchLimits {
  readonly maxSteps: number;
  /** Open configurations and states that are held at once. */
  readonly maxConfigurations: number;
  readonly isOver: () => boolean;
}

/** The configurations that the answer at one position may find. */
interface Frame {
  readonly position: number;
  /** Its first node; its last one is the stack's. */
  readonly start: number;
  /** How many choices led here. */
  readonly choices: number;
  /** How many nodes after the first the model foresaw: they are tried from the last back to the first. */
  foreseen: number;
  /** How many nodes were tried, and of the next one how many outcomes of the answer. */
  tried: number;
  outcome: number;
  /** The node that grows next. */
  grown: number;
}

/** An operation, and the state after it. */
export interface Placing {
  readonly operation: number;
  readonly state: number;
}

export class Search {
  readonly #timeline: Timeline<unknown, unknown>;
  readonly #transitions: Transitions<unknown, unknown, unknown>;
  readonly #limits: SearchLimits;
  readonly #cursor: Cursor;
  readonly #visited: ConfigurationSet;
  readonly #nodes: NodeStack;
  readonly #frames: Frame[] = [];
  readonly #choices = new Choices();
  readonly #candidates: Candidates;
  readonly #states = new Set<number>();
  #furthest = -1;
  #turns = 0;

  constructor(
    timeline: Timeline<unknown, unknown>,
    transitions: Transitions<unknown, unknown, unknown>,
    limits: SearchLimits,
  ) {
    this.#timeline = timeline;
    this.#transitions = transitions;
    this.#limits = limits;
    this.#cursor = new Cursor(timeline, transitions);
    const words = this.#cursor.placed.length;
    this.#visited = new ConfigurationSet(words, CACHE_BYTES);
    this.#nodes = new NodeStack(words);
    this.#candidates = new Candidates(timeline);
  }

  /** Questions to the model so far. */
  get steps(): number {
    return this.#transitions.asked;
  }

  /** The furthest position whose answer was tried; when there is no order, that answer fits nowhere. */
  get furthest(): number {
    return this.#furthest;
  }

  /** States in which that answer found the object, at most `MAX_SHOWN_STATES`. */
  get states(): readonly number[] {
    return [...this.#states];
  }

  run(): "ok" | "illegal" | StopReason {
    this.#cursor.settle();
    if (this.#cursor.isAtEnd) return "ok";
    this.#enter();
    for (;;) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return "illegal";
      const reason = this.#exhausted();
      if (reason !== undefined) return reason;
      if (frame.start + frame.tried < this.#nodes.length) {
        if (this.#try(frame)) return "ok";
      } else if (frame.grown < this.#nodes.length) this.#grow(frame, frame.grown++);
      else this.#leave(frame);
    }
  }

  /** The order up to the furthest position: all of it, when `run` said ok. */
  order(): Placing[] {
    const cursor = new Cursor(this.#timeline, this.#transitions);
    const order: Placing[] = [];
    cursor.onPlaced = (operation, state) => order.push({ operation, state });
    cursor.settle();
    const choices = this.#choices.furthest();
    for (let i = 0; i < choices.length; i += 2) {
      cursor.place(choices[i] as number, choices[i + 1] as number);
      cursor.settle();
    }
    return order;
  }

  #exhausted(): StopReason | undefined {
    if (this.#transitions.asked >= this.#limits.maxSteps) return "steps";
    if (this.#nodes.length + this.#transitions.states > this.#limits.maxConfigurations) return "memory";
    return ++this.#turns % TURNS_PER_LOOK === 0 && this.#limits.isOver() ? "time" : undefined;
  }

  /** Opens the frame of where the cursor is. */
  #enter(): void {
    const { position } = this.#cursor;
    const start = this.#nodes.length;
    const choices = this.#choices.length;
    const frame = { position, start, choices, foreseen: 0, tried: 0, outcome: 0, grown: start };
    this.#frames.push(frame);
    if (position > this.#furthest) this.#advance(position);
    this.#add(NO_PARENT, NO_PARENT);
    if (this.#timeline.rankOf !== undefined) this.#foresee(frame, this.#timeline.rankOf);
  }

  /** Places what is under way and ranked before the answer that is due, as far as it goes. */
  #foresee(frame: Frame, rankOf: Float64Array): void {
    const cursor = this.#cursor;
    const { due } = cursor;
    const rank = (operation: number): number => rankOf[operation] as number;
    const earlier = this.#candidates.of(cursor).filter((operation) => rank(operation) < rank(due));
    for (const operation of earlier.sort((a, b) => rank(a) - rank(b))) {
      if (cursor.isPlaced(due)) return;
      const [next] = this.#transitions.after(cursor.state, this.#timeline.classOf[operation] as number);
      if (next === undefined) continue;
      cursor.place(operation, next);
      cursor.placeReads();
      if (!this.#visited.add(frame.position, next, cursor.placed)) return;
      this.#add(this.#nodes.length - 1, operation);
      frame.foreseen++;
    }
  }

  #advance(position: number): void {
    this.#furthest = position;
    this.#choices.mark();
    this.#states.clear();
  }

  #add(parent: number, operation: number): void {
    const { position, state, placed } = this.#cursor;
    this.#nodes.push(state, parent, operation, placed);
    if (position === this.#furthest && this.#states.size < MAX_SHOWN_STATES) this.#states.add(state);
  }

  #leave(frame: Frame): void {
    this.#frames.pop();
    this.#nodes.truncate(frame.start);
    this.#choices.truncate(this.#frames.at(-1)?.choices ?? 0);
  }

  #load(frame: Frame, node: number): void {
    this.#cursor.load(frame.position, this.#nodes.stateOf(node), this.#nodes.placedOf(node));
  }

  /** Gives the answer in one way; true when everything is placed. */
  #try(frame: Frame): boolean {
    const { start, foreseen, tried } = frame;
    const node = start + (tried <= foreseen ? foreseen - tried : tried);
    this.#load(frame, node);
    const { due } = this.#cursor;
    if (this.#cursor.isPlaced(due)) {
      frame.tried++;
      return this.#goOn(node, undefined);
    }
    const outcomes = this.#transitions.after(this.#cursor.state, this.#timeline.classOf[due] as number);
    const state = outcomes[frame.outcome++];
    if (state === undefined) {
      frame.tried++;
      frame.outcome = 0;
      return false;
    }
    this.#cursor.place(due, state);
    return this.#goOn(node, due);
  }

  #goOn(node: number, placed: number | undefined): boolean {
    const { state } = this.#cursor;
    this.#cursor.settle();
    const { isAtEnd, position } = this.#cursor;
    if (!isAtEnd && !this.#visited.add(position, this.#cursor.state, this.#cursor.placed)) return false;
    this.#choose(node);
    if (placed !== undefined) this.#choices.push(placed, state);
    if (isAtEnd) this.#advance(position);
    else this.#enter();
    return isAtEnd;
  }

  /** Notes what was placed on the way from the frame's first node to this one. */
  #choose(node: number): void {
    const from = this.#choices.length;
    for (let at = node; this.#nodes.parentOf(at) !== NO_PARENT; at = this.#nodes.parentOf(at)) {
      this.#choices.push(this.#nodes.operationOf(at), this.#nodes.stateOf(at));
    }
    this.#choices.reverse(from);
  }

  /** Adds what comes of placing one more operation before the answer. */
  #grow(frame: Frame, node: number): void {
    this.#load(frame, node);
    if (this.#cursor.isPlaced(this.#cursor.due)) return;
    const { classOf, positionOf, answered } = this.#timeline;
    const { state } = this.#cursor;
    for (const operation of this.#candidates.of(this.#cursor)) {
      const isUnanswered = positionOf[operation] === answered.length;
      for (const next of this.#transitions.after(state, classOf[operation] as number)) {
        if (next === state && isUnanswered) continue;
        this.#load(frame, node);
        this.#cursor.place(operation, next);
        this.#cursor.placeReads();
        if (this.#visited.add(frame.position, next, this.#cursor.placed)) this.#add(node, operation);
      }
    }
  }
}
