/**
 * A group's safe messages, as its driver uses them: opens the log, gives it what this member sends, and delivers what it chose. The
 * log has a majority of its own, so it goes on whatever the view does: while the member is blocked or out, the program is
 * still given what is chosen, and in the one order. What is traced is what happens to a member in a view.
 */
import { CoterieError, isCoterieError, type Timer, type World } from "../../world/index.ts";
import { groupError } from "../errors.ts";
import { type GroupEvent, type Member, memberName, type Order } from "../types.ts";
import { answerOf } from "./answer.ts";
import type { SafeItem } from "./entry.ts";
import { SafeMachine } from "./machine.ts";
import { checkSafeOptions, type SafeLimits, type SafeLog, type SafeOptions } from "./options.ts";
import { Outcomes } from "./outcomes.ts";
import { type Answer, Sender, type Unsettled } from "./sender.ts";

export interface SafeHost {
  /** The payload is the callee's. */
  deliver(sender: Member, payload: Uint8Array, sequence: number): void;
  /** Messages that were refused have room again. */
  room(): void;
  /** The log ended, or was never opened: this member knows no more what was chosen. */
  failed(error: CoterieError): void;
  /** Undefined when nobody wants to know. */
  readonly trace: ((member: string, event: GroupEvent) => void) | undefined;
}

/** Opens the log with the state machine, and whatever it stands on; `close` of the result closes all of it. */
export type OpenSafeLog = (machine: SafeMachine) => Promise<SafeLog>;

/** A log that was busy is asked again after this time. */
const BUSY_MS = 50;
const NOW = Promise.resolve();

export class SafeMessages {
  readonly #world: World;
  readonly #group: string;
  readonly #limits: SafeLimits;
  readonly #host: SafeHost;
  readonly #machine: SafeMachine;
  readonly #outcomes: Outcomes;
  #log: SafeLog | undefined;
  #opened: Promise<void> = Promise.resolve();
  #member: Member;
  #sender: Sender;
  /** The last view of the present life; undefined before its first, and when it is over. */
  #view: number | undefined;
  /** The last number that was given to the log, for the first time. */
  #traced = 0;
  #hasRefused = false;
  #isPlanned = false;
  #busyTimer: Timer | undefined;
  #isOver = false;

  constructor(world: World, group: string, options: SafeOptions, member: Member, host: SafeHost) {
    this.#world = world;
    this.#group = group;
    this.#limits = checkSafeOptions(options);
    this.#host = host;
    this.#machine = new SafeMachine({
      state: options.state,
      from: options.from ?? 0,
      deliver: (sender, item) => this.#deliver(sender, item),
      restored: () => this.#traceMember({ kind: "restore" }),
      trouble: (index) => world.log.warn("group safe entry unreadable", { group, index }),
    });
    this.#outcomes = new Outcomes((ending, cause) => this.#errorOf(ending, cause));
    this.#member = member;
    this.#sender = this.#newSender();
  }

  /** How many safe messages were delivered since the log began, up to the one that is being delivered or was delivered last. */
  get position(): number {
    return this.#machine.count;
  }

  /** Opens the log, at the end of this turn: by then whoever opened the group has set its handlers. */
  start(open: OpenSafeLog): void {
    this.#opened = new Promise((resolve) => {
      this.#world.timers.soon(() => void this.#open(open).then(resolve));
    });
  }

  async #open(open: OpenSafeLog): Promise<void> {
    if (this.#isOver) return;
    try {
      const log = await open(this.#machine);
      this.#log = log;
      void log.closed.then((error) => this.#logEnded(error));
      this.#pump();
    } catch (error) {
      this.#logEnded(error);
    }
  }

  #logEnded(cause: unknown): void {
    if (this.#isOver) return;
    const what = isCoterieError(cause) ? `${cause.code}: ${cause.message}` : String(cause ?? "it was closed");
    const message = `the log of safe messages of the group ${this.#group} ended: ${what}`;
    this.#host.failed(
      new CoterieError("GROUP_SAFE_LOG", message, { cause, details: { group: this.#group } }),
    );
  }

  // What this member sends.

  /** @throws RangeError for a message that is too large. */
  hasRoom(bytes: number): boolean {
    const { maxMessageBytes } = this.#limits;
    if (bytes > maxMessageBytes)
      throw new RangeError(`a safe message of ${bytes} bytes: the most is ${maxMessageBytes}`);
    if (this.#sender.hasRoom(bytes)) return true;
    this.#hasRefused = true;
    return false;
  }

  /** Sends a message that there is room for. */
  add(sequence: number, payload: Uint8Array): void {
    this.#outcomes.open(sequence);
    this.#sender.add(sequence, payload);
    this.#plan();
  }

  /** What became of our message of this sequence; undefined if it is no safe one. */
  settled(sequence: number): Promise<void> | undefined {
    return this.#outcomes.of(sequence);
  }

  #newSender(): Sender {
    const member = this.#member;
    return new Sender(member, this.#limits, (sequences, ending, cause) => {
      if (ending === "settled" && this.#isTraced)
        for (const sequence of sequences)
          this.#traceMember({ kind: "settle", id: `${memberName(member)}/${sequence}` });
      for (const sequence of sequences) this.#outcomes.end(sequence, ending, cause);
    });
  }

  /** Gives the log what it has room for. */
  #pump(): void {
    if (this.#log === undefined || this.#view === undefined || this.#busyTimer !== undefined) return;
    for (let entry = this.#sender.next(); entry !== undefined; entry = this.#sender.next())
      this.#append(this.#log, this.#sender, entry);
  }

  /** As soon as what runs now has ended: what is sent meanwhile travels together, and the log is not called within a delivery. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    void NOW.then(this.#planned);
  }

  readonly #planned = (): void => {
    this.#isPlanned = false;
    this.#pump();
  };

  #append(log: SafeLog, sender: Sender, entry: Unsettled): void {
    this.#traceSend(entry);
    log.append(entry.bytes).then(
      ({ reply }) => this.#answered(sender, entry.number, reply, undefined),
      (error: unknown) => this.#answered(sender, entry.number, answerOf(error), error),
    );
  }

  #answered(sender: Sender, number: number, answer: Answer, cause: unknown): void {
    // Of a life that is over.
    if (sender !== this.#sender || this.#isOver) return;
    sender.answered(number, answer, cause);
    if (answer === "busy") this.#waitForLog();
    this.#plan();
    if (!this.#hasRefused || !sender.hasRoom(this.#limits.maxQueuedBytes / 2)) return;
    this.#hasRefused = false;
    this.#host.room();
  }

  #waitForLog(): void {
    this.#busyTimer ??= this.#world.timers.after(BUSY_MS, () => {
      this.#busyTimer = undefined;
      this.#pump();
    });
  }

  // What was chosen.

  #deliver(sender: Member, { sequence, payload }: SafeItem): void {
    if (this.#view !== undefined && this.#isTraced) {
      const id = `${memberName(sender)}/${sequence}`;
      this.#traceMember({ kind: "deliver", id, view: this.#view, position: this.position });
    }
    this.#host.deliver(sender, payload, sequence);
  }

  // Lives and views.

  /** The present member is in a view. */
  entered(view: number): void {
    const isFirst = this.#view === undefined;
    this.#view = view;
    if (!isFirst) return;
    if (this.#machine.position > 0) this.#traceMember({ kind: "restore" });
    this.#pump();
  }

  /** The member is none any more: nobody here will hear what becomes of what it sent. */
  out(): void {
    this.#view = undefined;
    const sender = this.#sender;
    // What the log still says of its messages is nothing to anybody.
    this.#sender = this.#newSender();
    sender.stop();
  }

  /** The node's next life begins. */
  begin(member: Member): void {
    this.#member = member;
    this.#sender = this.#newSender();
    this.#outcomes.clear();
    this.#traced = 0;
  }

  /** Errors: none; what waits is told. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#view = undefined;
    this.#busyTimer?.cancel();
    this.#sender.stop();
    await this.#opened;
    await this.#log?.close().catch(() => {});
  }

  // The trace.

  get #isTraced(): boolean {
    return this.#host.trace !== undefined;
  }

  #traceMember(event: GroupEvent): void {
    if (this.#view !== undefined) this.#host.trace?.(memberName(this.#member), event);
  }

  /** A message is sent once, however often the log is asked to take its entry. */
  #traceSend({ number, sequences }: Unsettled): void {
    if (!this.#isTraced || number <= this.#traced) return;
    this.#traced = number;
    for (const sequence of sequences) {
      const id = `${memberName(this.#member)}/${sequence}`;
      this.#traceMember({ kind: "send", id, view: this.#view as number, order: "total", guarantee: "safe" });
    }
  }

  #errorOf(ending: "refused" | "unknown", cause: unknown): CoterieError {
    const name = this.#group;
    return ending === "refused"
      ? groupError(
          "GROUP_SAFE_REFUSED",
          `the log of the group ${name} did not take the message`,
          "never",
          cause,
        )
      : groupError(
          "GROUP_FATE_UNKNOWN",
          `the log of the group ${name} may have the message`,
          "unknown",
          cause,
        );
  }
}

/** @throws RangeError for an order that says something of messages that are not safe: the log has only those. */
export function checkSafeOrder(order: Order): void {
  if (order === "unordered" || order === "fifo" || order === "total") return;
  throw new RangeError(`safe messages are in one order, and in none with others: not ${order}`);
}
