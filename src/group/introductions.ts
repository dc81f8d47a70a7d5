/**
 * What nodes tell each other of themselves and of the views that they know: greetings over each link and after each installation,
 * questions to be let in or go, and the answer for whoever knows less: what was decided, or at least which view there is now.
 */
import type { CoreLimits, OutReason } from "./core-types.ts";
import type { Membership } from "./membership/membership.ts";
import { type GroupView, rankOf, rankOfNode, type Seat } from "./membership/seat.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Installed, Stay } from "./stay.ts";
import type { Control, Hello } from "./wire/messages.ts";

export interface IntroductionsHost {
  readonly seat: Seat;
  readonly limits: CoreLimits;
  readonly membership: Membership;
  readonly stay: Stay;
  readonly neighbours: Neighbours;
  send(node: string, message: Control): void;
  reach(seats: readonly Seat[]): void;
  goOut(reason: OutReason): void;
  /** Others go on without us; `hasSaidAll`: and deliver all that we sent in the view that ended. */
  excluded(hasSaidAll: boolean): void;
}

export class Introductions {
  readonly #host: IntroductionsHost;
  /** A view that we are a member of and have not installed, and when we first heard of it. */
  #listed = { view: 0, sinceMs: 0 };
  /** The view in which suspicions were told last. */
  #toldIn = 0;

  constructor(host: IntroductionsHost) {
    this.#host = host;
  }

  #rankOfNode(node: string): number {
    const { installed } = this.#host.stay;
    return installed === undefined ? -1 : rankOfNode(installed.view, node);
  }

  greet(node: string, isAsking: boolean): void {
    const { installed } = this.#host.stay;
    const rank = this.#rankOfNode(node);
    const received = rank < 0 ? 0 : (installed?.multicast.acknowledgeable(rank) ?? 0);
    const { incarnation } = this.#host.seat;
    this.#host.send(node, {
      kind: "hello",
      hello: { incarnation, view: installed?.view.id ?? 0, received, isAsking },
    });
  }

  hello(from: string, hello: Hello, nowMs: number): void {
    this.#host.neighbours.hello(from, hello);
    this.#host.membership.sawIncarnation(from, hello.incarnation);
    if (hello.isAsking) this.greet(from, false);
    const { installed } = this.#host.stay;
    if (installed === undefined) return;
    if (hello.view === installed.view.id) this.arrived(installed, from, hello, nowMs);
    else if (hello.view > installed.view.id) this.greet(from, false);
    else if (hello.view > 0) this.update(from, hello.view);
  }

  /** A member says that it has installed the view too. */
  arrived({ view, multicast }: Installed, from: string, hello: Hello, nowMs: number): void {
    const rank = rankOf(view, { node: from, incarnation: hello.incarnation });
    if (rank < 0) return;
    // What was told last may have gone down with the link before, and stale suspicions keep coordinators at odds.
    if (this.#toldIn === view.id) this.#tellSuspicionsTo(from, view.id);
    multicast.join(rank, hello.received, nowMs);
    this.#host.stay.arrived();
  }

  /** Tells a node that knows no more than this view what came after, if anything did. */
  update(node: string, view: number): void {
    const { decision, view: known } = this.#host.membership.acceptor;
    if (known.id <= view) return;
    if (decision?.instance === view) this.#host.send(node, { kind: "decide", ...decision });
    else
      this.#host.send(node, { kind: "news", isLive: this.#host.stay.installed !== undefined, view: known });
  }

  /** Somebody names a view that was decided. */
  news(from: string, isLive: boolean, view: GroupView, nowMs: number): void {
    if (this.#host.stay.installed === undefined) {
      const { joining } = this.#host.membership;
      if (isLive && view.id >= this.#host.membership.acceptor.view.id) joining.heardLive(nowMs);
      for (const { node } of view.members) joining.addContact(node);
      this.#host.reach(view.members);
    }
    this.meetView(from, view, nowMs);
  }

  /** A view that was decided. One that is later than ours may mean that we are out. */
  meetView(from: string, view: GroupView, nowMs: number): void {
    const known = this.#host.membership.acceptor.view.id;
    this.update(from, view.id);
    if (view.id <= known) return;
    const isLive = this.#host.stay.installed !== undefined;
    const isListed = rankOf(view, this.#host.seat) >= 0 && (!isLive || view.id === known + 1);
    if (isListed && !this.#isForsaken(view.id, nowMs)) {
      if (isLive) this.greet(from, false);
      return;
    }
    this.#host.membership.advance(view, nowMs);
    this.#host.reach(view.members);
    if (isListed) this.#host.goOut("lost");
    // With which cut our view ended nobody tells any more; what every member has is in any.
    else if (isLive) this.#host.excluded(this.#host.stay.installed?.multicast.isAllStable === true);
  }

  /** We are in a view, and for long nobody tells us how it began: those who could are gone. */
  #isForsaken(view: number, nowMs: number): boolean {
    if (this.#listed.view !== view) this.#listed = { view, sinceMs: nowMs };
    return nowMs - this.#listed.sinceMs >= this.#host.limits.resignMs;
  }

  /** A node wants to be let in. */
  asked(from: string, message: Extract<Control, { kind: "join" }>, nowMs: number): void {
    const { seat, base } = message;
    this.#host.reach([seat]);
    const { installed } = this.#host.stay;
    if (installed === undefined) {
      this.#host.membership.joining.heard(from, base, nowMs);
      this.update(from, base);
    } else if (rankOf(installed.view, seat) >= 0) {
      this.update(from, installed.view.id - 1);
      return;
    } else this.#host.send(from, { kind: "news", isLive: true, view: installed.view });
    this.#host.membership.receive(from, message, nowMs);
  }

  tellSuspicions(): void {
    const { installed } = this.#host.stay;
    if (installed === undefined) return;
    const { id, members } = installed.view;
    this.#toldIn = id;
    for (const { node } of members) if (node !== this.#host.seat.node) this.#tellSuspicionsTo(node, id);
  }

  #tellSuspicionsTo(node: string, view: number): void {
    const ranks = this.#host.membership.suspicions.own();
    this.#host.send(node, { kind: "suspicions", view, ranks });
  }

  /** A node asks whether its view may still go on: it may as long as we have not promised to end it. */
  probed(from: string, view: number, token: number): void {
    const { view: known, promised } = this.#host.membership.acceptor;
    if (view === known.id && promised === 0) this.#host.send(from, { kind: "alive", view, token });
    else this.update(from, view);
  }

  askToLeave({ view, rank }: Installed): void {
    if (view.members.length === 1) {
      this.#host.goOut("left");
      return;
    }
    const { node, incarnation } = this.#host.seat;
    view.members.forEach((member, other) => {
      if (other !== rank) this.#host.send(member.node, { kind: "leave", node, incarnation });
    });
  }
}
