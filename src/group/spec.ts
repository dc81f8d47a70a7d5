/**
 * What a group promises, as properties of the events at all its members: those of Chockler, Keidar and Vitenberg, "Group
 * communication specifications: a comprehensive study" (ACM Computing Surveys 33(4), 2001), under their names, and the
 * barrier of `sync`. Events come in the order in which they happened; the first that no correct group could have shown
 * is named. What a property says of processes that crash holds here also for members that were taken out.
 */

import {
  Broken,
  type DeliverEvent,
  type SendEvent,
  type SentMessage,
  type Violation,
} from "./spec-properties.ts";
import { SafeOrder } from "./spec-safe.ts";
import { ViewHistory } from "./spec-view.ts";
import { type GroupEvent, memberName, type View } from "./types.ts";

interface Life {
  readonly name: string;
  /** The last view that it installed. */
  view: number | undefined;
  isBlocked: boolean;
  /** It woke up when others had gone on without it. */
  isLeftBehind: boolean;
  end: "out" | "crash" | undefined;
}

/** Judges the events of one group, as they happen. Memory: what was sent and delivered in all views. */
export class GroupSpec {
  readonly #lives = new Map<string, Life>();
  readonly #views = new Map<number, ViewHistory>();
  readonly #sent = new Map<string, SentMessage>();
  /** The view in which a message was delivered first. */
  readonly #deliveredIn = new Map<string, number>();
  readonly #safe = new SafeOrder();
  #violation: Violation | undefined;

  /** The first violation, once there is one. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** Views that were installed by anybody, by id. */
  views(): View[] {
    return [...this.#views.values()].map(({ view }) => view).sort((a, b) => a.id - b.id);
  }

  /** An event at the member of this name (`memberName`). What comes after a violation is not looked at. */
  observe(member: string, event: GroupEvent): Violation | undefined {
    return this.#judge(() => this.#observe(this.#life(member), event));
  }

  /**
   * When faults are over, and everything has come to rest: the members that live must be in one view that has them and
   * nobody else, and have delivered all that was sent in it.
   */
  finish(alive: readonly string[]): Violation | undefined {
    return this.#judge(() => this.#finish(alive));
  }

  #judge(step: () => void): Violation | undefined {
    if (this.#violation !== undefined) return this.#violation;
    try {
      step();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#violation = error.violation;
    }
    return this.#violation;
  }

  #life(name: string): Life {
    let life = this.#lives.get(name);
    if (life === undefined) {
      life = { name, view: undefined, isBlocked: false, isLeftBehind: false, end: undefined };
      this.#lives.set(name, life);
    }
    return life;
  }

  #observe(life: Life, event: GroupEvent): void {
    if (life.end !== undefined) {
      // A process lives longer than a member: it may crash, or wake up, after it was taken out, and nothing else.
      if ((event.kind === "crash" || event.kind === "wake") && life.end === "out") return;
      throw new Broken("out is the end", `${life.name}: ${event.kind} after ${life.end}`);
    }
    switch (event.kind) {
      case "install":
        this.#install(life, event.view, event.from);
        return;
      case "send":
        this.#send(life, event);
        return;
      case "deliver":
        this.#deliver(life, event);
        return;
      case "settle":
        this.#settle(life, event.id);
        return;
      case "restore":
        this.#safe.restore(life.name);
        return;
      case "block":
        life.isBlocked = true;
        return;
      case "unblock":
        life.isBlocked = false;
        return;
      case "wake":
        life.isLeftBehind = this.#isLeftBehind(life);
        return;
      case "out":
      case "crash":
        life.end = event.kind;
        return;
    }
  }

  #install(life: Life, view: View, from: number | undefined): void {
    const { name } = life;
    if (!view.members.some((member) => memberName(member) === name))
      throw new Broken("self inclusion", `${name} installed view ${view.id}, in which it is not`);
    if (life.view !== undefined && view.id <= life.view)
      throw new Broken("local monotonicity", `${name} installed view ${view.id} after view ${life.view}`);
    if (from !== life.view)
      throw new Broken(
        "local monotonicity",
        `${name} came to view ${view.id} from ${from}, not ${life.view}`,
      );
    const history = this.#history(name, view);
    const before = life.view === undefined ? undefined : this.#views.get(life.view);
    before?.leave(name, view.id);
    history.enter(name);
    life.view = view.id;
    life.isBlocked = false;
  }

  /** The next view that anybody has come to is without it. */
  #isLeftBehind({ name, view: current }: Life): boolean {
    if (current === undefined) return false;
    const next = this.views().find(({ id }) => id > current);
    return next !== undefined && !next.members.some((member) => memberName(member) === name);
  }

  #history(name: string, view: View): ViewHistory {
    const known = this.#views.get(view.id);
    if (known !== undefined) {
      const [one, other] = [known.view, view].map(({ members }) => members.map(memberName).join(" "));
      if (one !== other)
        throw new Broken(
          "primary component membership",
          `${name} installed view ${view.id} of ${other}, others of ${one}`,
        );
      return known;
    }
    const history = new ViewHistory(view);
    this.#checkChain(view);
    this.#views.set(view.id, history);
    return history;
  }

  /** A view has somebody of the one before it: nothing else would keep two components apart. */
  #checkChain(view: View): void {
    for (const [next, previous] of [
      [view, this.#views.get(view.id - 1)?.view],
      [this.#views.get(view.id + 1)?.view, view],
    ] as const) {
      if (next === undefined || previous === undefined) continue;
      const nodes = new Set(previous.members.map(({ node }) => node));
      if (!next.members.some(({ node }) => nodes.has(node)))
        throw new Broken(
          "primary component membership",
          `view ${next.id} has no node of view ${previous.id}`,
        );
    }
  }

  #send(life: Life, event: SendEvent): void {
    const { name } = life;
    this.#checkInView(life, event, event.guarantee === "safe");
    if (this.#sent.has(event.id)) throw new Broken("no duplication", `${name} sent ${event.id} twice`);
    const sent: SentMessage = { ...event, sender: name };
    this.#sent.set(event.id, sent);
    if (event.guarantee === "safe") return;
    (this.#views.get(event.view) as ViewHistory).send(sent);
  }

  #deliver(life: Life, { id, view, position }: DeliverEvent): void {
    const { name } = life;
    const sent = this.#sent.get(id);
    if (sent === undefined)
      throw new Broken("delivery integrity", `${name} delivered ${id}, which nobody sent`);
    this.#checkInView(life, { kind: "deliver", view }, sent.guarantee === "safe");
    if (sent.guarantee === "safe") {
      this.#safe.deliver(name, id, position);
      return;
    }
    const other = this.#deliveredIn.get(id);
    if (other !== undefined && other !== view)
      throw new Broken(
        "same view delivery",
        `${name} delivered ${id} in view ${view}, others in view ${other}`,
      );
    this.#deliveredIn.set(id, view);
    if (sent.view !== view)
      throw new Broken(
        "sending view delivery",
        `${name} delivered ${id} of view ${sent.view} in view ${view}`,
      );
    (this.#views.get(view) as ViewHistory).deliver(name, sent);
  }

  #settle(life: Life, id: string): void {
    const sent = this.#sent.get(id);
    if (sent?.sender !== life.name)
      throw new Broken("delivery integrity", `${life.name} was told of ${id}, which it did not send`);
    if (sent.guarantee === "safe") this.#safe.settle(id);
    else (this.#views.get(sent.view) as ViewHistory).settle(sent);
  }

  /** Safe messages are the log's, which has a majority of its own: that a member is blocked is nothing to them. */
  #checkInView(
    life: Life,
    { kind, view }: { readonly kind: string; readonly view: number },
    isSafe: boolean,
  ): void {
    if (life.view === undefined || life.view !== view)
      throw new Broken(
        "initial view event",
        `${life.name}: ${kind} in view ${view}, while it is in ${life.view}`,
      );
    if (life.isLeftBehind && !isSafe)
      throw new Broken(
        "paused is silent",
        `${life.name}: ${kind} after it stood still, and others had gone on without it`,
      );
    if (life.isBlocked && !isSafe)
      throw new Broken("blocked is silent", `${life.name}: ${kind} while it was blocked`);
  }

  #finish(alive: readonly string[]): void {
    const last = Math.max(0, ...this.#views.keys());
    const wanted = [...alive].sort().join(" ");
    for (const name of alive) {
      const { view, end, isBlocked } = this.#life(name);
      if (view !== last || end !== undefined || isBlocked)
        throw new Broken(
          "membership precision",
          `${name} is ${end ?? (isBlocked ? "blocked" : `in view ${view}`)}, the last view is ${last}`,
        );
    }
    const history = this.#views.get(last);
    if (history === undefined) {
      if (alive.length > 0) throw new Broken("membership precision", "nobody ever installed a view");
      return;
    }
    const found = history.view.members.map(memberName).sort().join(" ");
    if (alive.length > 0 && found !== wanted)
      throw new Broken("membership precision", `view ${last} has ${found}; alive are ${wanted}`);
    if (alive.length > 0) history.finish(alive);
    this.#safe.finish(alive);
  }
}
