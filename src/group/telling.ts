/**
 * What a member tells its application, and in which order: views, deliveries, that it is blocked. Before the state is here, it waits
 * (`gate.ts`). The same in the same order goes to the trace.
 */
import type { CoreOutput, OutReason } from "./core-types.ts";
import { Donors } from "./donors.ts";
import { Gate } from "./gate.ts";
import type { GroupView, Value } from "./membership/seat.ts";
import { guaranteeOf, isAtomic, orderOf } from "./multicast/mode.ts";
import { type Member, memberName } from "./types.ts";

export class Telling {
  readonly #out: CoreOutput;
  readonly #self: string;
  readonly #gate = new Gate();
  readonly #donors = new Donors();
  /** The last view that the application came into. */
  #view: number | undefined;
  isBlocked = false;

  constructor(out: CoreOutput, self: Member) {
    this.#out = out;
    this.#self = memberName(self);
  }

  /** The application has the state, as far as the donors' rules go. */
  get hasState(): boolean {
    return this.#donors.hasState;
  }

  get donor(): Member | undefined {
    return this.#donors.donor;
  }

  /** Nothing waits for the state. */
  get isOpen(): boolean {
    return this.#gate.isOpen;
  }

  /** Bytes of deliveries that wait for the state. */
  get waitingBytes(): number {
    return this.#gate.waitingBytes;
  }

  sent(view: number, sequence: number, mode: number): void {
    this.#out.trace?.({
      kind: "send",
      id: `${this.#self}/${sequence}`,
      view,
      order: orderOf(mode),
      guarantee: guaranteeOf(mode),
    });
    this.#out.sent(sequence);
  }

  stable(sequence: number, mode: number): void {
    if (isAtomic(mode)) this.#out.trace?.({ kind: "settle", id: `${this.#self}/${sequence}` });
    this.#out.settled(sequence);
  }

  deliver(view: number, sender: Member, sequence: number, mode: number, payload: Uint8Array): void {
    if (this.#gate.isOpen) this.#deliver(view, sender, sequence, mode, payload);
    else this.#gate.wait(payload.length, () => this.#deliver(view, sender, sequence, mode, payload));
  }

  #deliver(view: number, sender: Member, sequence: number, mode: number, payload: Uint8Array): void {
    this.#out.trace?.({ kind: "deliver", id: `${memberName(sender)}/${sequence}`, view });
    this.#out.deliver(sender, sequence, orderOf(mode), guaranteeOf(mode), payload);
  }

  /** A view is installed: the application comes into it now, or when the state is here. */
  install(view: GroupView, value: Value, rank: number): void {
    const { capture, pull, isNobodys } = this.#donors.install(value, rank);
    if (pull !== undefined) {
      this.#gate.shut();
      this.#out.pull(view.id, pull);
    }
    // What waited for a state that nobody has any more is void.
    if (isNobodys) this.#gate.reset();
    const origin = pull !== undefined ? "donor" : isNobodys ? "nobody" : "self";
    const tell = () => {
      this.#out.trace?.({ kind: "install", view, from: this.#view });
      this.#view = view.id;
      this.#out.install(view, origin);
    };
    if (this.#gate.isOpen) tell();
    else this.#gate.wait(0, tell);
    for (const joiner of capture) this.#out.capture(view.id, joiner);
  }

  /** @param isLate we have said, for the next view, that we do not have it. */
  stateReceived(isLate: boolean): void {
    this.#donors.received(isLate);
  }

  /** Tells what waited, if the state is here. @returns whether something did. */
  open(): boolean {
    if (this.#gate.isOpen || !this.#donors.hasState) return false;
    this.#gate.open();
    return true;
  }

  block(): void {
    if (this.isBlocked) return;
    this.isBlocked = true;
    if (this.#gate.isOpen && this.#view !== undefined) this.#out.trace?.({ kind: "block", view: this.#view });
    this.#out.blocked();
  }

  unblock(): void {
    if (!this.isBlocked) return;
    this.isBlocked = false;
    if (this.#gate.isOpen && this.#view !== undefined)
      this.#out.trace?.({ kind: "unblock", view: this.#view });
    this.#out.unblocked();
  }

  out(reason: OutReason): void {
    this.#out.trace?.({ kind: "out", view: this.#view ?? 0 });
    this.#out.watch([]);
    this.#out.out(reason);
  }
}
