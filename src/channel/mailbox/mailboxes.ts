/**
 * Mailboxes: messages to a name, wherever it is. `send` returns when the mail is buffered here, when it is in the mailbox, or
 * when a program has taken it out; `receive` waits for mail; a request is a mail that is answered. Whether the mailbox is at
 * this node or another makes no difference but in time. (The interface and its three meanings: J. Kubiatowicz, CS 162,
 * "Using Messages"; the reply mailbox of its request and response is implied here.)
 *
 * Mail goes over channels, one for each direction between two nodes. Mail from one node's life to one mailbox is received at most
 * once and in the order of sending. When a channel is lost, what had left and was not heard of fails as `MAILBOX_LOST`; the rest
 * waits for the next channel. The protocol is in `outgoing.ts` and `incoming.ts`, the credit in `box.ts`;
 * this file is the driver with promises.
 */
import { type Address, type CoterieError, formatAddress, type World } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import { Arrivals } from "./arrivals.ts";
import { Box, type BoxLimits } from "./box.ts";
import { Deadlines } from "./deadlines.ts";
import { mailError } from "./errors.ts";
import { lostMail, overdue, refusal, stoppedMail, unknownMailbox } from "./failures.ts";
import { MAILBOX_MAX_SENDER, mailbox_refusal } from "./gen/mailbox.gen.ts";
import { Link, type Way } from "./link.ts";
import { LocalWay } from "./local.ts";
import { Mailbox } from "./mailbox.ts";
import {
  checkLimits,
  checkMessage,
  checkName,
  checkTimeout,
  defaultBoxLimits,
  defaultMailLimits,
  type MailboxesOptions,
  type MailLimits,
  type MailStats,
  type RequestOptions,
  type SendOptions,
} from "./options.ts";
import { Outbox, type OutgoingMail, type Until } from "./outbox.ts";
import { Requests } from "./requests.ts";
import { type MailCounts, PostedMail, SentMail } from "./sent.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

interface Route {
  readonly outbox: Outbox;
  way: Way | undefined;
  isSought: boolean;
}

/**
 * The mailboxes of a node, and what goes from it to those of others: `open` one, `send` to any, `request` an
 * answer.
 */
export class Mailboxes {
  readonly #world: World;
  readonly #options: MailboxesOptions;
  readonly #limits: MailLimits;
  readonly #boxes = new Map<string, Mailbox>();
  readonly #routes = new Map<string, Route>();
  readonly #links = new Map<string, Link>();
  readonly #requests = new Requests();
  readonly #arrivals: Arrivals;
  readonly #sender: Uint8Array;
  readonly #life: bigint;
  readonly #deadlines: Deadlines;
  readonly #counts: MailCounts = { unsent: 0, asking: 0 };
  #sessions = 0;
  #isClosed = false;

  constructor(world: World, options: MailboxesOptions) {
    this.#world = world;
    this.#options = options;
    this.#deadlines = new Deadlines(world, (nowMs) => this.#expire(nowMs));
    this.#limits = { ...defaultMailLimits, ...options.limits };
    checkLimits(this.#limits);
    const node = options.node === undefined ? world.random.bytes(16) : new TextEncoder().encode(options.node);
    if (node.length < 1 || node.length > MAILBOX_MAX_SENDER) {
      throw new RangeError(`the node's name has ${node.length} bytes, not 1 to ${MAILBOX_MAX_SENDER}`);
    }
    this.#sender = node;
    this.#life = new DataView(world.random.bytes(8).buffer).getBigUint64(0);
    this.#arrivals = new Arrivals(world, (name) => this.#boxes.get(name)?.box, this.#limits);
  }

  stats(): MailStats {
    return {
      unsent: this.#counts.unsent,
      outboxes: this.#routes.size,
      links: this.#links.size,
      sessions: this.#arrivals.count,
      requests: this.#counts.asking,
    };
  }

  /**
   * Opens a mailbox at this node. @throws RangeError when it is open already, for a name of other than 1 to 128 bytes, and for
   * bounds outside 1 to 2^32 - 1.
   */
  open(name: string, limits: Partial<BoxLimits> = {}): Mailbox {
    checkName(name);
    if (this.#isClosed) throw this.#stopped(name);
    if (this.#boxes.has(name)) throw new RangeError(`mailbox ${name} is open already`);
    const box = new Box({ ...defaultBoxLimits, ...limits });
    const mailbox = new Mailbox(name, box, this.#world.timers, () => this.#boxes.delete(name));
    this.#boxes.set(name, mailbox);
    return mailbox;
  }

  /** Takes a channel that another node opened to bring mail. Call it before yielding. */
  accept(channel: Channel): void {
    if (this.#isClosed) channel.destroy();
    else this.#arrivals.accept(channel);
  }

  /**
   * Buffers a copy of the message for the mailbox; `message` may be changed then. False, and nothing is done, when there is no
   * room: `send` waits for it. A mail that fails later is counted in `stats`. @throws RangeError as `send`.
   */
  post(mailbox: string, message: Uint8Array): boolean {
    if (this.#isClosed) return false;
    const deadlineMs = this.#world.clock.monotonicMs() + DEFAULT_TIMEOUT_MS;
    return this.#add(mailbox, new PostedMail(message, deadlineMs, this.#counts), false);
  }

  /**
   * Sends a message and resolves when what `until` names has happened. `message` must not change before. Rejects with a
   * `MAILBOX_…` error, whose `details.fate` says whether anybody can have received it, or with the signal's reason.
   * @throws RangeError for a name of other than 1 to 128 bytes, a message over `MAILBOX_MAX_BYTES`, a time that is none.
   */
  send(mailbox: string, message: Uint8Array, options: SendOptions = {}): Promise<void> {
    return this.#send(mailbox, message, options.until ?? "received", false, options).then(() => {});
  }

  /** Sends a message and resolves with the reply of the program that received it. Errors as `send`. */
  request(mailbox: string, message: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.#send(mailbox, message, "buffered", true, options) as Promise<Uint8Array>;
  }

  #send(
    mailbox: string,
    message: Uint8Array,
    until: Until,
    wantsReply: boolean,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: RequestOptions,
  ): Promise<Uint8Array | undefined> {
    checkName(mailbox);
    checkMessage(message);
    checkTimeout(timeoutMs);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#isClosed) return reject(this.#stopped(mailbox));
      const deadlineMs = this.#world.clock.monotonicMs() + timeoutMs;
      const { maxWaiting, maxBoxes, maxRequests } = this.#limits;
      const isAsking = wantsReply && this.#counts.asking >= maxRequests;
      const settle = { resolve, reject, giveUp: this.#deadlines.soon, counts: this.#counts };
      const mail = new SentMail(message, until, wantsReply, deadlineMs, settle, signal);
      if (isAsking || !this.#add(mailbox, mail, true)) {
        const why = isAsking
          ? `${maxRequests} requests are not answered yet`
          : `${maxWaiting} sends wait for it, or ${maxBoxes} mailboxes have mail`;
        mail.failed(mailError("MAILBOX_BUSY", mailbox, why, "never"));
      }
    });
  }

  /** Puts the mail into its outbox and sees to it that it moves. */
  #add(name: string, mail: OutgoingMail, mayWait: boolean): boolean {
    checkName(name);
    checkMessage(mail.message);
    const route = this.#routes.get(name) ?? this.#newRoute(name);
    if (route === undefined || !route.outbox.add(mail, mayWait)) return false;
    this.#deadlines.watch(mail.deadlineMs);
    if (route.way !== undefined) route.way.wake(route.outbox);
    else this.#seek(route);
    return true;
  }

  #newRoute(name: string): Route | undefined {
    if (this.#routes.size >= this.#limits.maxBoxes && !this.#forgetIdle()) return undefined;
    const outbox = new Outbox(name, this.#limits, this.#requests);
    const route: Route = { outbox, way: undefined, isSought: false };
    this.#routes.set(name, route);
    return route;
  }

  #forgetIdle(): boolean {
    for (const [name, { outbox, way, isSought }] of this.#routes) {
      if (!outbox.isIdle || isSought) continue;
      way?.leave(outbox);
      this.#routes.delete(name);
      return true;
    }
    return false;
  }

  /** Finds the way to the mailbox: here, or where the directory says. */
  #seek(route: Route): void {
    if (route.isSought) return;
    const { outbox } = route;
    const box = this.#boxes.get(outbox.name)?.box;
    if (box !== undefined) {
      this.#setWay(route, this.#localWay(box, outbox));
      return;
    }
    route.isSought = true;
    Promise.resolve()
      .then(() => this.#options.locate(outbox.name))
      .then(
        (address) => this.#located(route, address, undefined),
        (error: unknown) => this.#located(route, undefined, error),
      );
  }

  #located(route: Route, address: Address | undefined, cause: unknown): void {
    route.isSought = false;
    if (this.#isClosed || route.way !== undefined) return;
    const { outbox } = route;
    if (this.#boxes.has(outbox.name)) this.#seek(route);
    else if (address === undefined) outbox.fail(unknownMailbox(outbox.name, cause));
    else {
      const link = this.#link(address);
      route.way = link;
      link.attach(outbox);
    }
  }

  #setWay(route: Route, way: Way): void {
    route.way = way;
    way.wake(route.outbox);
  }

  #localWay(box: Box, outbox: Outbox): Way {
    return new LocalWay(box, outbox, this.#requests, this.#world.timers, () =>
      this.#refused(outbox, mailbox_refusal.MAILBOX_WAS_CLOSED),
    );
  }

  #link(address: Address): Link {
    const key = formatAddress(address);
    let link = this.#links.get(key);
    this.#endUnused(link);
    if (link === undefined) {
      link = new Link({
        world: this.#world,
        address,
        connect: (to) => this.#options.connect(to),
        hello: () => ({ sender: this.#sender, life: this.#life, session: ++this.#sessions }),
        requests: this.#requests,
        events: {
          lost: (outbox, cause) => this.#lost(outbox, cause),
          refused: (outbox, why) => this.#refused(outbox, why),
        },
      });
      this.#links.set(key, link);
    }
    return link;
  }

  /** A channel to a node whose mailboxes are all forgotten, or were refused, is kept until there is mail for another node. */
  #endUnused(used: Link | undefined): void {
    for (const [key, link] of this.#links) {
      if (link === used) continue;
      link.endUnused();
      if (link.isIdle) this.#links.delete(key);
    }
  }

  #lost(outbox: Outbox, cause: unknown): void {
    const route = this.#routes.get(outbox.name);
    if (route !== undefined) route.way = undefined;
    outbox.lost(lostMail(outbox.name, cause));
    if (route?.outbox === outbox && outbox.hasMail && route.way === undefined) this.#seek(route);
  }

  #refused(outbox: Outbox, why: mailbox_refusal): void {
    const route = this.#routes.get(outbox.name);
    if (route !== undefined) route.way = undefined;
    outbox.fail(refusal(outbox.name, why));
  }

  /** Fails what is due in all outboxes; returns the next deadline. */
  #expire(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { outbox, way } of [...this.#routes.values()]) {
      nextMs = Math.min(nextMs, outbox.expire(nowMs, overdue(outbox.name, way?.failure)));
      // What is next now may have credit where what was given up had none.
      if (outbox.hasMail) way?.wake(outbox);
    }
    return nextMs;
  }

  #stopped(mailbox: string): CoterieError {
    return mailError("MAILBOX_STOPPED", mailbox, "this node's mail is stopped", "never");
  }

  /** Stops at once: mailboxes are closed, channels dropped, and everything that waits fails. Await sends before. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadlines.close();
    for (const mailbox of [...this.#boxes.values()]) mailbox.close();
    for (const { outbox } of [...this.#routes.values()]) {
      outbox.fail(stoppedMail(outbox.name));
    }
    for (const link of this.#links.values()) link.close();
    this.#arrivals.close();
  }
}
