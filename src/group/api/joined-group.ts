/**
 * A process's place in a group, as people use it: events, messages, calls to all members, and shared objects. It stays the same while the
 * process goes through one life in the group after another: when a member is taken out and let in again, shared objects have the
 * group's state, requests that had no answer are sent again, and watches say what they missed.
 */
import type { CoterieError, Log, World } from "../../world/index.ts";
import { type CallHandler, type CallOptions, Calls } from "../calls/calls.ts";
import type { CallOutcome } from "../calls/tally.ts";
import type { StateOrigin } from "../core-types.ts";
import { blockedError, type WhenBlocked } from "../machine/client.ts";
import type { Declarations, Handles } from "../machine/declaration.ts";
import { Host } from "../machine/host.ts";
import { openObjects, type SharedObjects } from "../machine/objects.ts";
import { type Guarantee, type Member, memberName, type Order, type View } from "../types.ts";
import { captured } from "./capture.ts";
import { Typed } from "./codec.ts";
import { differenceOf } from "./difference.ts";
import { decodeDirect, decodeFrame } from "./frames.ts";
import { Listeners, type ListenOptions, type Unsubscribe } from "./listeners.ts";
import { checkMode, type SendOptions } from "./multicasts.ts";
import type { GroupEvents, JoinedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { OwnMessages, type SendDefaults } from "./own-messages.ts";
import type { GroupPort, PortUser } from "./port.ts";
import { Term } from "./term.ts";

/**
 * A member of a group: who is in it, multicasts, calls, and shared objects. Methods reject with GROUP_…
 * codes.
 */
export class JoinedGroup<
  Message = unknown,
  Request = unknown,
  Reply = unknown,
  Shared extends Declarations = Declarations,
> {
  /** The shared objects that were declared, by their names. */
  readonly shared: Handles<Shared>;
  readonly #term = new Term();
  readonly #port: GroupPort;
  readonly #log: Log;
  readonly #defaults: SendDefaults;
  readonly #listeners: Listeners<GroupEvents<Message>>;
  readonly #outbox: Outbox;
  readonly #messages: OwnMessages<Message>;
  readonly #calls: Calls<Request, Reply>;
  readonly #host: Host;
  readonly #objects: SharedObjects<Shared>;
  #view: View | undefined;
  #origin: StateOrigin | undefined;
  #isBlocked = false;
  #lives = 0;

  constructor(world: World, port: GroupPort, options: JoinedOptions<Message, Request, Reply, Shared> = {}) {
    const { order = "total", guarantee = "atomic", whenBlocked = "wait", codec } = options;
    this.#port = port;
    this.#log = world.log;
    this.#defaults = { order, guarantee, whenBlocked };
    this.#listeners = new Listeners(world.log);
    this.#outbox = new Outbox(port);
    this.#messages = new OwnMessages({
      ...this.#defaults,
      ...{ port, outbox: this.#outbox, log: world.log, listeners: this.#listeners },
      messages: new Typed(options.message, codec),
      refusal: (whenBlocked) => this.#refusal(whenBlocked),
    });
    this.#calls = new Calls({
      ...{ port, outbox: this.#outbox, timers: world.timers, log: world.log },
      requests: new Typed(options.request, codec),
      replies: new Typed(options.reply, codec),
    });
    this.#objects = openObjects(world.log, port, options.shared, whenBlocked);
    this.#host = new Host({
      ...{ objects: this.#objects.objects, outbox: this.#outbox, whenBlocked },
      maxMessageBytes: port.maxMessageBytes,
      broken: (error) => this.#fail(error),
    });
    this.#objects.connect(this.#host);
    this.shared = this.#objects.handles;
    this.#listeners.addAll(options.on ?? {});
    if (options.answer !== undefined) this.answer(options.answer);
    port.user = this.#user();
  }

  /** Resolves when the process is a member for the first time; rejects with GROUP_OUT when it never will be. */
  get ready(): Promise<void> {
    return this.#term.begun;
  }

  /** The member that this process is, or wants to be. */
  get self(): Member {
    return this.#port.self;
  }

  /** The view that it is in; undefined while it is in none. */
  get view(): View | undefined {
    return this.#view;
  }

  /** Where the state of this member was from when it became one: `nobody`, and shared objects began empty. */
  get origin(): StateOrigin | undefined {
    return this.#origin;
  }

  /** Too few of the group can be reached: nothing is accepted or delivered. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Calls `handler` at each event of this name, in the order in which things happen here. What it throws is logged. */
  on<Name extends keyof GroupEvents<Message>>(
    name: Name,
    handler: (event: GroupEvents<Message>[Name]) => unknown,
    options?: ListenOptions,
  ): Unsubscribe {
    return this.#listeners.on(name, handler, options);
  }

  /**
   * Sends a message to all members, this one included. Resolves when its guarantee is known to hold: unreliable, at once; reliable, when it
   * is in the stream of the view; atomic, when all members of the view have it; safe, when it is durable.
   *
   * Rejects with GROUP_FATE_UNKNOWN when this member is taken out before that is known. GROUP_BUSY, GROUP_BLOCKED, GROUP_OUT, GROUP_INVALID_MESSAGE,
   * GROUP_SAFE_REFUSED: nobody gets it. @throws RangeError for a message that is too large, or an order that the guarantee cannot have.
   */
  multicast(message: Message, options: SendOptions = {}): Promise<void> {
    return this.#messages.multicast(message, options);
  }

  /**
   * `multicast` without a promise. False: there is no room, or the member is cut off or out, and nobody gets the message.
   * @throws CoterieError GROUP_INVALID_MESSAGE; RangeError as `multicast`.
   */
  post(message: Message, options: SendOptions = {}): boolean {
    return this.#messages.post(message, options);
  }

  /** Why nothing is accepted now. */
  #refusal(whenBlocked: WhenBlocked): CoterieError | undefined {
    if (this.#term.isOver) return this.#term.error();
    const isCutOff = this.#isBlocked || this.#view === undefined;
    return isCutOff && whenBlocked === "fail" ? blockedError() : undefined;
  }

  /**
   * Asks all members, this one included, and resolves with their replies as soon as there are as many as wanted. The account in it is exact:
   * every member of the view in which the call was delivered replied, failed, left, or has not been heard of yet.
   *
   * Rejects with a `CallError`, which has that account: GROUP_TOO_FEW_REPLIES, GROUP_CALL_TIMEOUT, GROUP_FATE_UNKNOWN; and with GROUP_BUSY,
   * GROUP_BLOCKED, GROUP_OUT. @throws CoterieError GROUP_INVALID_MESSAGE; RangeError for a request that is too large, and for options that are none.
   */
  call(request: Request, options: CallOptions = {}): Promise<CallOutcome<Reply>> {
    const defaults = this.#defaults;
    const { order = defaults.order } = options;
    const { guarantee = defaults.guarantee === "safe" ? "atomic" : defaults.guarantee } = options;
    if (guarantee === "safe") throw new RangeError("a call is answered in a view, and cannot be safe");
    checkMode(order, guarantee, this.#port);
    const why = this.#refusal(defaults.whenBlocked);
    if (why !== undefined) return Promise.reject(why);
    return this.#calls.call(request, order, guarantee, options);
  }

  /**
   * Answers the calls of all members, until the function that is returned is called.
   * @throws TypeError when there is a handler already.
   */
  answer(handler: CallHandler<Request, Reply>): Unsubscribe {
    return this.#calls.answer(handler);
  }

  /** Leaves: what was sent before is delivered to those who stay. Resolves when the process is out. */
  async leave(): Promise<void> {
    // Who is in no view has nothing to wait for.
    if (!this.#term.isOver && this.#view !== undefined) {
      const left = this.#term.left();
      this.#port.leave();
      await left;
    }
    await this.close();
  }

  /** Ends at once; the others find out. */
  async close(): Promise<void> {
    this.#out("closed", true, undefined);
    await this.#port.close();
  }

  // What the port tells.

  #user(): PortUser {
    return {
      onInstall: (view, state) => this.#guarded(() => this.#install(view, state)),
      onDeliver: (sender, _sequence, order, guarantee, payload) =>
        this.#guarded(() => this.#deliver(sender, order, guarantee, payload)),
      onSent: (sequence) => this.#outbox.sent(sequence),
      onSettled: (sequence) => this.#outbox.settled(sequence),
      onFailed: (sequence, error) => this.#outbox.failed(sequence, error),
      onRoom: () => this.#room(),
      onBlocked: () => this.#blocked(),
      onUnblocked: () => this.#unblocked(),
      onOut: (reason, isLast) => this.#out(reason, isLast, undefined),
      capture: () => captured(() => this.#host.capture()),
      restore: (pieces) => this.#guarded(() => this.#host.restore(pieces)),
      onDirect: (from, bytes) => this.#direct(from, bytes),
      onReachable: (node) => this.#calls.reachable(node),
    };
  }

  /** What this member cannot follow ends its membership, and not the process. */
  #guarded(step: () => void): void {
    if (this.#term.isOver) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#term.isOver) return;
    this.#log.error("group member failed", { self: memberName(this.self), error: String(error) });
    this.#out("failed", true, error);
    this.#port.close().catch((cause) => this.#log.warn("group port did not close", { error: String(cause) }));
  }

  #install(view: View, state: StateOrigin): void {
    const before = this.#view;
    const isAgain = before === undefined && this.#lives > 0;
    if (before === undefined) {
      this.#lives++;
      this.#origin = state;
    }
    // Whoever comes into a view is cut off no more, also where the port does not say so.
    this.#unblocked();
    this.#view = view;
    this.#host.install(this.self, view, state);
    this.#calls.install(view);
    const changes = { ...differenceOf(before, view), view, state };
    this.#listeners.emit("view", changes);
    if (isAgain) this.#listeners.emit("rejoined", { self: this.self, view, state });
    if (before === undefined) this.#objects.tell("member");
    this.#term.begin();
    this.#room();
  }

  #deliver(sender: Member, order: Order, guarantee: Guarantee, payload: Uint8Array): void {
    const frame = decodeFrame(payload);
    // A safe message may come in no view, where nobody can be asked.
    if (frame === undefined || (guarantee === "safe" && frame.kind !== "message"))
      this.#log.warn("group frame is none", { sender: memberName(sender), bytes: payload.length });
    else if (frame.kind === "message")
      this.#messages.deliver(sender, this.#view, order, guarantee, frame.message);
    else if (frame.kind === "call") this.#calls.deliver(sender, frame.number, frame.request.slice());
    else this.#host.deliver(sender, frame);
  }

  #room(): void {
    this.#outbox.pump();
    this.#host.room();
  }

  #blocked(): void {
    if (this.#isBlocked || this.#view === undefined) return;
    this.#isBlocked = true;
    this.#host.blocked();
    this.#messages.blocked();
    this.#objects.tell("blocked");
    this.#listeners.emit("blocked", { view: this.#view });
  }

  #unblocked(): void {
    if (!this.#isBlocked || this.#view === undefined) return;
    this.#isBlocked = false;
    this.#host.unblocked();
    this.#objects.tell("member");
    this.#listeners.emit("unblocked", { view: this.#view });
  }

  #direct(from: string, bytes: Uint8Array): void {
    const direct = decodeDirect(bytes);
    if (direct === undefined) this.#log.warn("group direct message is none", { from, bytes: bytes.length });
    else this.#calls.receive(from, direct);
  }

  #out(reason: string, isOver: boolean, error: unknown): void {
    if (this.#term.isOver) return;
    // Who was leaving does not come back, however it got out.
    const isLast = isOver || this.#term.isLeaving;
    this.#view = undefined;
    this.#isBlocked = false;
    if (isLast) this.#term.end(reason);
    this.#outbox.out();
    this.#calls.out();
    this.#host.out(isLast ? () => this.#term.error() : undefined);
    this.#objects.tell(isLast ? "ended" : "out");
    this.#listeners.emit("out", { reason, isLast, error });
    if (isLast) this.#term.tell();
  }
}
