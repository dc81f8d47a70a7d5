/**
 * One life of a node with mailboxes: its endpoint, its mail, and the programs that take mail out. The small mailbox is
 * emptied by a program that waits for mail, the larger one by a program that is told of it and polls.
 */
import type {
  Endpoint,
  EndpointLimits,
  Mailbox,
  Mailboxes,
  MailLimits,
  ReceivedMail,
  Security,
  Until,
} from "../../src/channel/index.ts";
import type { Stage } from "../../src/sim/index.ts";
import { type Address, randomBelow, sleep, type World } from "../../src/world/index.ts";
import type { Label } from "./channel-ledger.ts";
import { BOXES, type MailLedger, nameOf, type Place } from "./mailbox-ledger.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface MailboxModule {
  readonly openEndpoint: typeof import("../../src/channel/index.ts").openEndpoint;
  readonly Mailboxes: typeof import("../../src/channel/index.ts").Mailboxes;
}

/** How a mail is sent, and what its sender waits for. */
export type How = "posted" | Until | "answered";

export interface Sending {
  readonly to: Place;
  readonly how: How;
  readonly bytes: number;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
  /** The sender takes it back then, if it still waits. */
  readonly abortAfterMs: number | null;
}

/** What a life has of the run around it. */
export interface Surroundings {
  readonly module: MailboxModule;
  readonly stage: Pick<Stage<object>, "fail" | "check">;
  readonly ledger: MailLedger;
  readonly security: Security;
  /** The directory. */
  locate(mailbox: string): Address | undefined;
  /** Faults are over, and programs take mail out without pauses. */
  isCalm(): boolean;
}

export const PORT = 800;
const CHANNEL_LIMITS: Partial<EndpointLimits> = {
  timeoutMs: 3000,
  keepaliveMs: 1000,
  halfOpenMs: 1500,
  maxPendingBytes: 8 * 1024,
};
/** Small, so that senders wait at each of them, and ways are forgotten. */
const MAIL_LIMITS: Partial<MailLimits> = {
  maxBufferedMessages: 8,
  maxBufferedBytes: 20_000,
  maxWaiting: 16,
  maxRequests: 12,
  maxBoxes: 4,
  maxReplyBytes: 20_000,
};
/** Every so many of its mails are answered late. */
const LATE_ANSWER_EVERY = 3;
const LATE_MS = 700;

/** One of the node's mailboxes, and what its program is about to do. */
interface Held {
  mailbox: Mailbox | undefined;
  /** It takes nothing out. */
  isStalled: boolean;
  /** It takes one more mail out, and closes the mailbox for so long. */
  closesForMs: number | undefined;
}

export class Life {
  /** Which one of the node's it is. */
  readonly number: number;
  readonly #world: World;
  readonly #index: number;
  readonly #around: Surroundings;
  readonly #mail: Mailboxes;
  readonly #boxes: readonly Held[] = BOXES.map(() => ({
    mailbox: undefined,
    isStalled: false,
    closesForMs: undefined,
  }));
  #endpoint: Endpoint | undefined;

  constructor(world: World, index: number, number: number, around: Surroundings) {
    this.#world = world;
    this.#index = index;
    this.number = number;
    this.#around = around;
    this.#mail = new around.module.Mailboxes(this.#blameless(world), {
      node: `node ${index}`,
      connect: (to) => (this.#endpoint as Endpoint).connect(to, { timeoutMs: 2000 }),
      // A directory may know at once, or have to ask.
      locate: (name) => (name.endsWith("1") ? around.locate(name) : this.#ask(name)),
      limits: MAIL_LIMITS,
    });
  }

  /** Nodes that keep to the protocol never warn of each other. */
  #blameless(world: World): World {
    const warn: World["log"]["warn"] = (event, fields) =>
      this.#around.stage.fail("nodes keep to the protocol", `${event}: ${JSON.stringify(fields)}`);
    return { ...world, log: { ...world.log, warn } };
  }

  async #ask(name: string): Promise<Address | undefined> {
    await sleep(this.#world.timers, 3);
    return this.#around.locate(name);
  }

  async start(): Promise<void> {
    const { module, security } = this.#around;
    this.#endpoint = await module.openEndpoint(this.#world, {
      bind: { host: "0.0.0.0", port: PORT },
      security,
      limits: CHANNEL_LIMITS,
      onChannel: (channel) => this.#mail.accept(channel),
    });
    for (const box of BOXES.keys()) this.#open(box);
  }

  get #isReady(): boolean {
    return this.#endpoint !== undefined;
  }

  // --- programs ---

  #open(box: number): void {
    const at = { node: this.#index, box };
    const held = this.#boxes[box] as Held;
    const mailbox = this.#mail.open(nameOf(at), BOXES[box]);
    held.mailbox = mailbox;
    if (box === 0) void this.#waitForMail(at, held, mailbox);
    else mailbox.onArrival = () => this.#poll(at, held, mailbox);
  }

  async #waitForMail(at: Place, held: Held, mailbox: Mailbox): Promise<void> {
    while (held.mailbox === mailbox) {
      const mail = await mailbox.receive().catch((error: unknown) => {
        if (codeOf(error) !== "MAILBOX_CLOSED") throw error;
      });
      if (mail === undefined) return;
      this.#take(at, mailbox, mail);
      if (!this.#around.isCalm() && randomBelow(this.#world.random, 3) === 0) await this.#dawdle(30);
      while (held.isStalled) await this.#dawdle(20);
    }
  }

  #dawdle(mostMs: number): Promise<void> {
    return sleep(this.#world.timers, randomBelow(this.#world.random, mostMs) + 1);
  }

  #poll(at: Place, held: Held, mailbox: Mailbox): void {
    while (!held.isStalled && held.mailbox === mailbox) {
      const mail = mailbox.poll();
      if (mail === undefined) return;
      this.#take(at, mailbox, mail);
    }
  }

  #take(at: Place, mailbox: Mailbox, { message, reply }: ReceivedMail): void {
    const { ledger, stage } = this.#around;
    const { maxMessages, maxBytes } = BOXES[at.box] as (typeof BOXES)[number];
    const left = `${mailbox.length} mails are left of ${maxMessages}`;
    stage.check(
      mailbox.length <= maxMessages && message.length <= maxBytes,
      "a mailbox keeps its bounds",
      left,
    );
    const answer = ledger.received(at, message);
    // Who takes a mail owns it.
    message.fill(0);
    const { closesForMs } = this.#boxes[at.box] as Held;
    if (closesForMs !== undefined && !this.#around.isCalm()) this.close(at.box, closesForMs);
    if (reply === undefined) return;
    const isLate = (answer[15] as number) % LATE_ANSWER_EVERY === 0 && !this.#around.isCalm();
    if (isLate) this.#world.timers.after(LATE_MS, () => this.#answer(reply, answer));
    else this.#answer(reply, answer);
  }

  /** Again and again while too many answers wait to leave. */
  #answer(reply: NonNullable<ReceivedMail["reply"]>, answer: Uint8Array): void {
    if (!reply(answer)) this.#world.timers.after(20, () => this.#answer(reply, answer));
  }

  /** The program takes nothing out for a while. */
  stall(box: number, forMs: number): void {
    const held = this.#boxes[box] as Held;
    if (held.isStalled) return;
    held.isStalled = true;
    this.#world.timers.after(forMs, () => {
      held.isStalled = false;
      if (box > 0 && held.mailbox !== undefined) this.#poll({ node: this.#index, box }, held, held.mailbox);
    });
  }

  closeAfterNext(box: number, forMs: number): void {
    (this.#boxes[box] as Held).closesForMs = forMs;
  }

  /** The mailbox is closed for a while. */
  close(box: number, forMs: number): void {
    const held = this.#boxes[box] as Held;
    if (held.mailbox === undefined) return;
    this.#around.ledger.closed({ node: this.#index, box });
    const { mailbox } = held;
    held.mailbox = undefined;
    held.closesForMs = undefined;
    mailbox.close();
    this.#world.timers.after(forMs, () => this.#open(box));
  }

  // --- senders ---

  /** Sends one mail. Resolves with what it failed with, or undefined, once that is told. */
  send(sending: Sending): Promise<unknown> {
    if (!this.#isReady) return Promise.resolve();
    const { to, how, bytes } = sending;
    const { label, message } = this.#around.ledger.sent(this.#index, this.number, to, bytes);
    if (how !== "posted") return this.#sendAndWait(label, message, sending, how);
    const isTaken = this.#mail.post(nameOf(to), message);
    // A copy was buffered.
    message.fill(0);
    this.#around.ledger.outcome(label, isTaken ? { kind: "buffered" } : { kind: "failed", fate: "never" });
    return Promise.resolve();
  }

  #sendAndWait(
    label: Label,
    message: Uint8Array,
    sending: Sending,
    how: Until | "answered",
  ): Promise<unknown> {
    const { ledger } = this.#around;
    const abort = new AbortController();
    const { abortAfterMs } = sending;
    if (abortAfterMs !== null) this.#world.timers.after(abortAfterMs, () => abort.abort("taken back"));
    const options = { timeoutMs: sending.timeoutMs ?? Number.POSITIVE_INFINITY, signal: abort.signal };
    const name = nameOf(sending.to);
    const sent =
      how === "answered"
        ? this.#mail.request(name, message, options).then((answer) => ledger.answered(label, message, answer))
        : this.#mail.send(name, message, { ...options, until: how });
    return sent.then(
      () => {
        // It belongs to the sender again.
        message.fill(0);
        return this.#tell(() => ledger.outcome(label, { kind: how === "answered" ? "received" : how }));
      },
      (error: unknown) => this.#tell(() => this.#failed(label, error)),
    );
  }

  /** A receipt in this node is noted by its program after the turn's promises, so the outcome is too. */
  #tell(note: () => unknown): Promise<unknown> {
    return new Promise((resolve) => this.#world.timers.soon(() => resolve(note())));
  }

  #failed(label: Label, error: unknown): unknown {
    const { ledger, stage } = this.#around;
    const code = codeOf(error);
    if (error !== "taken back" && !code.startsWith("MAILBOX_")) throw error;
    const cause = (error as { cause?: unknown }).cause;
    if (codeOf(cause) === "MAILBOX_VIOLATION") stage.fail("nodes keep to the protocol", String(cause));
    const { fate } = (error as { details?: { fate?: unknown } }).details ?? {};
    ledger.outcome(label, { kind: "failed", fate: fate === "never" ? "never" : "unknown" });
    return error;
  }

  /** What is left when all is quiet and everything had its answer. */
  complaint(): string | undefined {
    const { requests, sessions } = this.#mail.stats();
    if (requests > 0) return `${requests} requests are held`;
    if (sessions > BOXES.length * 4) return `${sessions} sessions bring mail`;
    return this.#boxes.some(({ mailbox }) => (mailbox?.length ?? 0) > 0)
      ? "mail is left in a mailbox"
      : undefined;
  }
}

/** A planted layer has error classes of its own. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}
