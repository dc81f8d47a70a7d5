/**
 * The machines that make a member, and how they are joined: what one of them wants of another, and what all of them need at the
 * installation of a view. `membership/` decides which view comes next, `multicast/` is all that happens within one, `stay.ts`
 * leads from one to the next, `telling.ts` tells the application, `pause.ts` makes sure that we are still in.
 */
import { Fifo } from "../world/index.ts";
import type { CoreOptions, CoreOutput, OutReason } from "./core-types.ts";
import { Introductions } from "./introductions.ts";
import { Acceptor } from "./membership/acceptor.ts";
import { Membership } from "./membership/membership.ts";
import { type GroupView, type Report, rankOfNode, type Seat, type Value } from "./membership/seat.ts";
import type { Multicast } from "./multicast/multicast.ts";
import { Neighbours } from "./neighbours.ts";
import { PauseWatch } from "./pause.ts";
import { SendQueue } from "./send-queue.ts";
import { type Installed, Stay } from "./stay.ts";
import { Telling } from "./telling.ts";
import { Upkeep } from "./upkeep.ts";
import { viewOutput } from "./view-output.ts";
import { type Control, encodeControl } from "./wire/messages.ts";

export class Machines {
  readonly seat: Seat;
  readonly out: CoreOutput;
  readonly acceptor: Acceptor;
  readonly membership: Membership;
  readonly stay: Stay;
  readonly telling: Telling;
  readonly introductions: Introductions;
  readonly pause: PauseWatch;
  readonly upkeep: Upkeep;
  readonly neighbours = new Neighbours();
  readonly queue: SendQueue;
  /** What we told ourselves, for when the present event is dealt with. */
  readonly local = new Fifo<Control>();
  readonly #options: CoreOptions;
  isOut = false;
  /** The time of the present event. */
  nowMs: number;
  #token = 0;

  constructor(options: CoreOptions, out: CoreOutput) {
    const { seat, limits, nowMs } = options;
    this.seat = seat;
    this.out = out;
    this.#options = options;
    this.nowMs = nowMs;
    this.acceptor = new Acceptor(options.record);
    this.queue = new SendQueue(limits.maxQueuedBytes);
    this.telling = new Telling(out, seat);
    this.membership = this.#newMembership();
    this.stay = this.#newStay();
    this.pause = this.#newPause();
    this.introductions = new Introductions({
      seat,
      limits,
      membership: this.membership,
      stay: this.stay,
      neighbours: this.neighbours,
      send: (node, message) => this.send(node, message),
      reach: (seats) => out.reach(seats),
      goOut: (reason) => this.goOut(reason),
      excluded: (hasSaidAll) => this.#excluded(hasSaidAll),
    });
    this.upkeep = new Upkeep(limits, this);
  }

  send(node: string, message: Control): void {
    if (node === this.seat.node) this.local.push(message);
    else this.out.send(node, encodeControl(message));
  }

  /** In the view that is installed; -1 for others. */
  rankOfNode(node: string): number {
    const { installed } = this.stay;
    return installed === undefined ? -1 : rankOfNode(installed.view, node);
  }

  goOut(reason: OutReason): void {
    if (this.isOut) return;
    this.isOut = true;
    this.telling.out(reason);
  }

  /** The multicast in which our messages may be sent now, if the state is here. */
  sendingIn(): Multicast | undefined {
    return this.telling.hasState && this.telling.isOpen ? this.stay.installed?.multicast : undefined;
  }

  /** Sends what waits, as far as there is room. */
  pump(): void {
    const multicast = this.sendingIn();
    if (multicast !== undefined && this.queue.pump(multicast)) this.out.room();
  }

  /** The application has the state: it is told what waited for that. */
  open(): void {
    if (!this.telling.open()) return;
    this.stay.installed?.multicast.holdAcks(false);
    this.pump();
  }

  /** Senders wait for a member that waits for its state, when too much does. */
  boundHeld(multicast: Multicast): void {
    if (this.telling.waitingBytes > this.#options.limits.maxHeldBytes) multicast.holdAcks(true);
  }

  #newMembership(): Membership {
    const machines = this;
    return new Membership(this.acceptor, this.#options.quorum, this.#options.limits, {
      seat: this.seat,
      get live() {
        return machines.stay.installed;
      },
      get isFrozen() {
        return machines.stay.isFrozen;
      },
      send: (node, message) => this.send(node, message),
      store: () => {
        this.out.store(this.acceptor.encode(), ++this.#token);
        return this.#token;
      },
      report: () => this.#report(),
      holds: (cut) => this.stay.holds(cut),
      fetch: (cut, holders) => this.stay.fetch(cut, holders, this.nowMs),
      resign: () => this.goOut("lost"),
      trustsAgain: () => this.introductions.tellSuspicions(),
      blocked: () => this.telling.block(),
    });
  }

  #report(): Report | undefined {
    const { installed } = this.stay;
    if (installed === undefined || installed.view.id !== this.acceptor.view.id) return undefined;
    this.stay.freeze(this.nowMs);
    this.pause.stop();
    return {
      received: installed.multicast.received(),
      hasState: this.telling.hasState,
      donor: this.telling.donor,
      // What waits to be sent is sent before.
      isLeaving: this.membership.isLeaving && this.queue.length === 0,
      suspected: this.membership.suspicions.own(),
      joining: this.membership.joins,
    };
  }

  #newStay(): Stay {
    return new Stay({
      seat: this.seat,
      membership: this.membership,
      limits: this.#options.limits,
      send: (node, message) => this.send(node, message),
      sendBytes: (node, bytes) => this.out.send(node, bytes),
      outputIn: (view) => viewOutput(view, this),
      ending: () => {
        this.pause.stop();
        this.telling.unblock();
        this.telling.open();
      },
      installed: (installed, value) => this.#installed(installed, value),
      excluded: (hasSaidAll) => {
        if (this.stay.installed === undefined) this.out.reach(this.acceptor.view.members);
        else this.#excluded(hasSaidAll);
      },
      resign: () => this.goOut("lost"),
    });
  }

  /** Who is leaving and is taken out with something unsaid has not left: it must know. */
  #excluded(hasSaidAll: boolean): void {
    const hasLeft = this.membership.isLeaving && hasSaidAll && this.queue.length === 0;
    this.goOut(hasLeft ? "left" : "excluded");
  }

  #newPause(): PauseWatch {
    const machines = this;
    const { limits, nowMs } = this.#options;
    const host = {
      node: this.seat.node,
      get electorate() {
        return machines.membership.electorate;
      },
      probe: (node: string, token: number) =>
        this.send(node, { kind: "probe", view: this.acceptor.view.id, token }),
      hold: () => this.stay.installed?.multicast.hold(),
      goOn: () => {
        this.telling.unblock();
        this.open();
        this.stay.installed?.multicast.release();
      },
      blocked: () => this.telling.block(),
    };
    return new PauseWatch(host, limits.pauseMs, nowMs);
  }

  /** The multicast holds a member for too slow. */
  slow(rank: number): void {
    if (this.membership.suspicions.addSlow(rank)) this.introductions.tellSuspicions();
  }

  /** The member is in a view, and tells everybody. */
  #installed(installed: Installed, value: Value): void {
    const { view, rank, multicast } = installed;
    this.queue.restart();
    this.out.reach(view.members);
    this.out.watch(view.members.map(({ node }) => node).filter((node) => node !== this.seat.node));
    this.telling.install(view, value, rank);
    // A state that came while the view was changing counts from now on.
    this.open();
    if (!this.telling.isOpen) this.boundHeld(multicast);
    for (const [node, hello] of this.neighbours.linked()) {
      this.introductions.greet(node, false);
      if (hello?.view === view.id) this.introductions.arrived(installed, node, hello, this.nowMs);
    }
    this.#suspectAgain(view, rank);
    this.pump();
    this.upkeep.hasten(this.nowMs);
    this.out.ready();
  }

  /** Whom the detector held for dead before the view it still does. */
  #suspectAgain(view: GroupView, self: number): void {
    const suspected = this.neighbours.suspectedIn(view).filter((rank) => rank !== self);
    for (const rank of suspected) this.membership.suspicions.add(rank);
    if (suspected.length > 0) this.introductions.tellSuspicions();
  }
}
