/**
 * A process's place in a group, as people use it: events, messages, calls to all members, and shared objects. It stays the same while the
 * process goes through one life in the group after another: when a member is taken out and let in again, shared objects have the
 * group's state, requests that had no answer are sent again, and watches say what they missed.
 */
import { assert, type CoterieError, type Log, type World } from "../../world/index.ts";
import { type CallHandler, type CallOptions, Calls } from "../calls/calls.ts";
import type { CallOutcome } from "../calls/tally.ts";
import type { StateOrigin } from "../core-types.ts";
import { type Fate, groupError } from "../errors.ts";
import { blockedError, type WhenBlocked } from "../machine/client.ts";
import type { Declarations, Handles } from "../machine/declaration.ts";
import { Host } from "../machine/host.ts";
import { openObjects, type SharedObjects } from "../machine/objects.ts";
import { type Guarantee, type Member, memberName, type Order, type View } from "../types.ts";
import { Typed } from "./codec.ts";
import { differenceOf } from "./difference.ts";
import { decodeDirect, decodeFrame } from "./frames.ts";
import { Listeners, type ListenOptions, type Unsubscribe } from "./listeners.ts";
import { checkMode, frameOf, Multicasts, type SendOptions } from "./multicasts.ts";
import type { GroupEvents, JoinedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { GroupPort, PortUser } from "./port.ts";

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
  /** Resolves when the process is a member for the first time; rejects with GROUP_OUT when it never will be. */
  readonly ready: Promise<void>;
  readonly #port: GroupPort;
  readonly #log: Log;
  readonly #order: Order;
  readonly #guarantee: Guarantee;
  readonly #whenBlocked: WhenBlocked;
  readonly #messages: Typed<Message>;
  readonly #listeners: Listeners<GroupEvents<Message>>;
  readonly #outbox: Outbox;
  readonly #multicasts: Multicasts;
  readonly #calls: Calls<Request, Reply>;
  readonly #host: Host;
  readonly #objects: SharedObjects<Shared>;
  #view: View | undefined;
  #origin: StateOrigin | undefined;
  #isBlocked = false;
  #lives = 0;
  #ended: { readonly reason: string } | undefined;
  #becameReady: (error?: CoterieError) => void = () => {};
  #left: (() => void)[] = [];

  constructor(world: World, port: GroupPort, options: JoinedOptions<Message, Request, Reply, Shared> = {}) {
    const { order = "total", guarantee = "atomic", whenBlocked = "wait", codec } = options;
    checkMode(order, guarantee, port);
    this.#port = port;
    this.#log = world.log;
    [this.#order, this.#guarantee, this.#whenBlocked] = [order, guarantee, whenBlocked];
    this.#messages = new Typed(options.message, codec);
    this.#listeners = new Listeners(world.log);
    this.#outbox = new Outbox(port);
    this.#multicasts = new Multicasts(this.#outbox);
    this.#calls = new Calls({
      port,
      outbox: this.#outbox,
      timers: world.timers,
      log: world.log,
      requests: new Typed(options.request, codec),
      replies: new Typed(options.reply, codec),
    });
    this.#objects = openObjects(world.log, port, options.shared, whenBlocked);
    this.#host = new Host({
      objects: this.#objects.objects,
      outbox: this.#outbox,
      maxMessageBytes: port.maxMessageBytes,
      whenBlocked,
      broken: (error) => this.#fail(error),
    });
    this.#objects.connect(this.#host);
    this.shared = this.#objects.handles;
    this.#listeners.addAll(options.on ?? {});
    if (options.answer !== undefined) this.answer(options.answer);
    this.ready = this.#makeReady();
    port.user = this.#user();
  }

  #makeReady(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#becameReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever does not wait for it is told by the event `out`.
    ready.catch(() => {});
    return ready;
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
    const { order = this.#order, guarantee = this.#guarantee, whenBlocked = this.#whenBlocked } = options;
    checkMode(order, guarantee, this.#port);
    const frame = this.#frameOf(message, guarantee);
    if (frame instanceof Error) return Promise.reject(frame);
    const why = this.#refusal(whenBlocked);
    if (why !== undefined) return Promise.reject(why);
    return this.#multicasts.send(order, guarantee, frame, whenBlocked, options.signal);
  }

  /**
   * `multicast` without a promise. False: there is no room, or the member is cut off or out, and nobody gets the message.
   * @throws CoterieError GROUP_INVALID_MESSAGE; RangeError as `multicast`.
   */
  post(message: Message, { order = this.#order, guarantee = this.#guarantee }: SendOptions = {}): boolean {
    checkMode(order, guarantee, this.#port);
    const frame = this.#frameOf(message, guarantee);
    if (frame instanceof Error) throw frame;
    return this.#refusal("fail") === undefined && this.#outbox.post(order, guarantee, frame);
  }

  #frameOf(message: Message, guarantee: Guarantee): Uint8Array | Error {
    const { maxMessageBytes, maxSafeBytes } = this.#port;
    return frameOf(this.#messages, message, guarantee === "safe" ? maxSafeBytes : maxMessageBytes);
  }

  /** Why nothing is accepted now. */
  #refusal(whenBlocked: WhenBlocked): CoterieError | undefined {
    if (this.#ended !== undefined) return this.#outError();
    const isCutOff = this.#isBlocked || this.#view === undefined;
    return isCutOff && whenBlocked === "fail" ? blockedError() : undefined;
  }

  #outError(fate: Fate = "never"): CoterieError {
    return groupError("GROUP_OUT", `this process is in the group no more: ${this.#ended?.reason}`, fate);
  }

  /**
   * Asks all members, this one included, and resolves with their replies as soon as there are as many as wanted. The account in it is exact:
   * every member of the view in which the call was delivered replied, failed, left, or has not been heard of yet.
   *
   * Rejects with a `CallError`, which has that account: GROUP_TOO_FEW_REPLIES, GROUP_CALL_TIMEOUT, GROUP_FATE_UNKNOWN; and with GROUP_BUSY,
   * GROUP_BLOCKED, GROUP_OUT. @throws CoterieError GROUP_INVALID_MESSAGE; RangeError for a request that is too large, and for options that are none.
   */
  call(request: Request, options: CallOptions = {}): Promise<CallOutcome<Reply>> {
    const { order = this.#order } = options;
    const { guarantee = this.#guarantee === "safe" ? "atomic" : this.#guarantee } = options;
    if (guarantee === "safe") throw new RangeError("a call is answered in a view, and cannot be safe");
    checkMode(order, guarantee, this.#port);
    const why = this.#refusal(this.#whenBlocked);
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
    if (this.#ended === undefined && this.#view !== undefined)
      await new Promise<void>((resolve) => {
        this.#left.push(resolve);
        this.#port.leave();
      });
    await this.close();
  }

  /** Ends at once; the others find out. */
  async close(): Promise<void> {
    this.#end("closed", undefined);
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
      capture: () => this.#capture(),
      restore: (pieces) => this.#guarded(() => this.#host.restore(pieces)),
      onDirect: (from, bytes) => this.#direct(from, bytes),
      onReachable: (node) => this.#calls.reachable(node),
    };
  }

  /** What this member cannot follow ends its membership, and not the process. */
  #guarded(step: () => void): void {
    if (this.#ended !== undefined) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What cannot be captured fails when it is read: the port ends this membership, and the newcomer turns to another. */
  #capture(): Iterable<Uint8Array> {
    try {
      return this.#host.capture();
    } catch (error) {
      return failing(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#log.error("group member failed", { self: memberName(this.self), error: String(error) });
    this.#end("failed", error);
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
    this.#becameReady();
    this.#room();
  }

  #deliver(sender: Member, order: Order, guarantee: Guarantee, payload: Uint8Array): void {
    const frame = decodeFrame(payload);
    // A safe message may come in no view, where nobody can be asked.
    if (frame === undefined || (guarantee === "safe" && frame.kind !== "message"))
      this.#log.warn("group frame is none", { sender: memberName(sender), bytes: payload.length });
    else if (frame.kind === "message") this.#message(sender, order, guarantee, frame.message);
    else if (frame.kind === "call") this.#calls.deliver(sender, frame.number, frame.request.slice());
    else this.#host.deliver(sender, frame);
  }

  #message(sender: Member, order: Order, guarantee: Guarantee, bytes: Uint8Array): void {
    if (!this.#listeners.has("deliver")) return;
    let message: Message;
    try {
      message = this.#messages.decode(bytes);
    } catch (error) {
      this.#log.warn("group message is invalid", { sender: memberName(sender), error: String(error) });
      this.#listeners.emit("invalid", { sender, error: error as Error });
      return;
    }
    this.#listeners.emit("deliver", { message, sender, view: this.#view, order, guarantee });
  }

  #room(): void {
    this.#outbox.pump();
    this.#host.room();
  }

  #blocked(): void {
    if (this.#isBlocked || this.#view === undefined) return;
    this.#isBlocked = true;
    this.#host.blocked();
    this.#multicasts.blocked();
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
    if (this.#ended !== undefined) return;
    // Who was leaving does not come back, however it got out.
    const isLast = isOver || this.#left.length > 0;
    this.#view = undefined;
    this.#isBlocked = false;
    if (isLast) this.#ended = { reason };
    this.#outbox.out();
    this.#calls.out();
    this.#host.out(isLast ? () => this.#outError() : undefined);
    this.#objects.tell(isLast ? "ended" : "out");
    this.#listeners.emit("out", { reason, isLast, error });
    if (!isLast) return;
    this.#becameReady(this.#outError());
    for (const left of this.#left) left();
    this.#left = [];
  }

  #end(reason: string, error: unknown): void {
    this.#out(reason, true, error);
    assert(this.#ended !== undefined, "a group that has ended says so");
  }
}

// biome-ignore lint/correctness/useYield: it fails instead
function* failing(error: unknown): Iterable<Uint8Array> {
  throw error;
}
