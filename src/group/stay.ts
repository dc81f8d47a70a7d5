/**
 * A member's stay in one view after the other: how one ends and the next begins. It freezes before anybody promises for it, says what
 * it has, fetches what it lacks of those who have it, and when it has everything up to the cut, finishes the view and installs
 * the next. What others may still lack of the view before is kept until all who went on were heard of in this one.
 */
import type { CoreLimits } from "./core-types.ts";
import type { Membership } from "./membership/membership.ts";
import { type Decision, type GroupView, NO_RANK, rankOf, type Seat, type Value } from "./membership/seat.ts";
import { Multicast } from "./multicast/multicast.ts";
import type { MulticastOutput } from "./multicast/output.ts";
import type { Control } from "./wire/messages.ts";
import type { Fetch } from "./wire/values.ts";

/** A view, our rank in it, and what goes on in it. */
export interface Installed {
  readonly view: GroupView;
  readonly rank: number;
  readonly multicast: Multicast;
}

export interface StayHost {
  readonly seat: Seat;
  readonly membership: Membership;
  readonly limits: CoreLimits;
  send(node: string, message: Control): void;
  /** Bytes of a bundle that is kept. */
  sendBytes(node: string, bytes: Uint8Array): void;
  outputIn(view: GroupView): MulticastOutput;
  /** The view is about to end for the application too: nothing waits any more that could be told before. */
  ending(): void;
  installed(installed: Installed, value: Value): void;
  /** Others go on without us; `hasSaidAll`: and deliver all that we sent in the view that ends. */
  excluded(hasSaidAll: boolean): void;
  /** What is lacking cannot be had any more. */
  resign(): void;
}

export class Stay {
  readonly #host: StayHost;
  #installed: Installed | undefined;
  /** The view before, as long as somebody may lack messages of it. */
  #previous: Installed | undefined;
  /** Members of the view that came from the one before: the first so many. */
  #survivors = 0;
  /** A decision that cannot be carried out yet, because messages are missing. */
  #pending: Decision | undefined;
  #pendingMs = 0;
  #fetchMs = 0;
  #fetches = 0;
  isFrozen = false;

  constructor(host: StayHost) {
    this.#host = host;
  }

  get installed(): Installed | undefined {
    return this.#installed;
  }

  get nextMs(): number {
    return this.#isFetching() ? this.#fetchMs : Number.POSITIVE_INFINITY;
  }

  /** Nothing is sent, delivered or acknowledged in the view any more. */
  freeze(nowMs: number): void {
    if (this.isFrozen || this.#installed === undefined) return;
    this.#installed.multicast.freeze(nowMs);
    this.isFrozen = true;
    this.#host.membership.frozen(nowMs);
  }

  holds(cut: readonly number[]): boolean {
    return this.#installed?.multicast.holds(cut) ?? true;
  }

  /** Asks for what is lacking up to the cut. @param holders by rank of the stream: whom to ask. */
  fetch(cut: readonly number[], holders: readonly number[], nowMs: number): void {
    this.#fetches = 0;
    this.#ask(cut, (rank) => holders[rank] as number, nowMs);
  }

  #ask(cut: readonly number[], holderOf: (rank: number) => number, nowMs: number): void {
    const installed = this.#installed;
    if (installed === undefined) return;
    const { seat, limits } = this.#host;
    this.#fetchMs = nowMs + limits.retryMs;
    const { view, multicast } = installed;
    cut.forEach((count, rank) => {
      const received = multicast.receivedOf(rank);
      const holder = view.members[holderOf(rank)];
      if (received >= count || holder === undefined || holder.node === seat.node) return;
      this.#host.send(holder.node, { kind: "fetch", fetch: { view: view.id, rank, received } });
    });
  }

  #isFetching(): boolean {
    return this.#pending !== undefined || this.#host.membership.lacking !== undefined;
  }

  /** When it is time, asks another one, and then the next. */
  flush(nowMs: number): void {
    if (!this.#isFetching() || nowMs < this.#fetchMs) return;
    const pending = this.#pending;
    const { membership, limits } = this.#host;
    if (pending !== undefined && nowMs - this.#pendingMs >= limits.resignMs) {
      this.#host.resign();
      return;
    }
    this.#fetches++;
    const { lacking } = membership;
    const cut = pending?.value.cut ?? lacking?.value.cut ?? [];
    const members = this.#installed?.view.members.length ?? 1;
    const holderOf = (rank: number) => {
      const holder = lacking?.holders[rank] ?? NO_RANK;
      return ((holder === NO_RANK ? 0 : holder) + this.#fetches) % members;
    };
    this.#ask(cut, holderOf, nowMs);
  }

  /** Somebody lacks items of a stream. */
  fetched(from: string, fetch: Fetch): void {
    const source = [this.#installed, this.#previous].find((each) => each?.view.id === fetch.view);
    if (source === undefined || fetch.rank >= source.view.members.length) return;
    const kept = source.multicast.keptAfter(fetch.rank, fetch.received);
    if (kept === undefined) this.#host.send(from, { kind: "lack", fetch });
    else for (const { bytes } of kept) this.#host.sendBytes(from, bytes);
  }

  /** Messages of a view that is ending have come. */
  received(nowMs: number): void {
    this.#host.membership.receivedMessages();
    const pending = this.#pending;
    if (pending !== undefined && this.holds(pending.value.cut)) this.decided(pending, nowMs);
  }

  /** What follows a view is decided. */
  decided(decision: Decision, nowMs: number): void {
    const { instance, value } = decision;
    const { seat, membership } = this.#host;
    const view: GroupView = { id: instance + 1, members: value.members };
    if (view.id <= membership.acceptor.view.id) return;
    const installed = this.#installed;
    const rank = rankOf(view, seat);
    if (rank < 0 || (installed !== undefined && installed.view.id !== instance)) {
      membership.advance(view, nowMs, decision);
      this.#host.excluded(installed?.view.id === instance && isCovered(installed, value.cut));
    } else if (installed !== undefined && !installed.multicast.holds(value.cut)) this.#await(decision, nowMs);
    else this.#install(view, rank, decision, nowMs);
  }

  #await(decision: Decision, nowMs: number): void {
    if (this.#pending !== undefined) return;
    this.freeze(nowMs);
    this.#pending = decision;
    this.#pendingMs = nowMs;
    const { cut } = decision.value;
    this.fetch(
      cut,
      cut.map(() => 0),
      nowMs,
    );
  }

  #install(view: GroupView, rank: number, decision: Decision, nowMs: number): void {
    const before = this.#installed;
    this.#host.ending();
    before?.multicast.finish(decision.value.cut);
    this.#previous = before;
    this.#survivors = decision.value.survivors;
    this.#pending = undefined;
    this.isFrozen = false;
    this.#host.membership.advance(view, nowMs, decision);
    const { limits } = this.#host;
    const multicast = new Multicast(view.id, rank, view.members.length, limits, this.#host.outputIn(view));
    this.#installed = { view, rank, multicast };
    this.#host.installed(this.#installed, decision.value);
  }

  /** A member was heard of in this view. When all who came from the one before were, nobody lacks anything of that. */
  arrived(): void {
    const { multicast } = this.#installed ?? {};
    for (let rank = 0; rank < this.#survivors; rank++) if (!multicast?.isInStep(rank)) return;
    this.#previous = undefined;
  }
}

/** Whether a cut has everything that we sent. */
function isCovered({ rank, multicast }: Installed, cut: readonly number[]): boolean {
  return (cut[rank] ?? 0) >= (multicast.received()[rank] as number);
}
