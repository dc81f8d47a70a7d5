/**
 * One leader among those members that stand, under a number that only grows: whoever is asked to act for the leader keeps the highest
 * number that it has seen, and refuses lower ones (a fencing token). The number is made of the view in which the leader was
 * chosen, so it grows also when the group has lost all its members and begins anew.
 */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { toCount } from "../api/frames.ts";
import type { RequestOptions } from "../machine/client.ts";
import type { Declaration, ObjectHost, Standing } from "../machine/declaration.ts";
import { type ActiveObject, type Context, Refusal, type ViewChange } from "../machine/object.ts";
import { type Member, memberName } from "../types.ts";
import { Claims } from "./claims.ts";
import {
  decode_leader_command,
  decode_leader_state,
  encode_leader_command,
  encode_leader_state,
  leader_action,
} from "./gen/group-shared.gen.ts";
import { type ListenOptions, type Unsubscribe, Watchers } from "./watchers.ts";
import {
  decoded,
  encoded,
  isAmong,
  isSameTicket,
  type Ticket,
  ticketFromWire,
  ticketToWire,
} from "./wire.ts";

/** Who leads, and under which number. */
export interface Leading {
  readonly member: Member;
  readonly token: number;
}

/** This process leads, until `lost` is aborted. */
export interface Term {
  /** To be shown with everything that is done as the leader. */
  readonly token: number;
  /** Aborted when this process leads no more, or cannot know: it resigned, was cut off, or is out. What was begun before may go on elsewhere. */
  readonly lost: AbortSignal;
  /** Lets the next one lead. */
  resign(options?: RequestOptions): Promise<void>;
}

/** Who leads now. */
export type LeaderEvent =
  | { readonly kind: "changed"; readonly leader: Leading | undefined }
  /** This process was out: who led when it went, and who leads now. How often it changed meanwhile nobody knows. */
  | { readonly kind: "missed"; readonly before: Leading | undefined; readonly after: Leading | undefined };

/** Those who stand, at all members together. */
export const MAX_CANDIDATES = 10_000;
/** Leaders that there can be in one view. */
const TOKENS_OF_VIEW = 2 ** 21;

const NOTHING = new Uint8Array(0);

interface LeaderWatch {
  leads(ticket: Ticket | undefined, token: number): void;
  replaced(before: Leading | undefined): void;
}

class LeaderObject implements ActiveObject {
  readonly mode = "active";
  readonly kind = "leader";
  readonly #watch: LeaderWatch;
  #token = 0;
  #line: Ticket[] = [];

  constructor(watch: LeaderWatch) {
    this.#watch = watch;
  }

  get leading(): Leading | undefined {
    const [first] = this.#line;
    return first === undefined ? undefined : { member: first.member, token: this.#token };
  }

  /** Whether the ticket is in line, and whether it leads. */
  look(ticket: Ticket): "gone" | "waiting" | "leading" {
    const place = this.#line.findIndex((each) => isSameTicket(each, ticket));
    if (place < 0) return "gone";
    return place === 0 ? "leading" : "waiting";
  }

  apply(bytes: Uint8Array, { sender, view }: Context): Uint8Array {
    const { action, ticket: number } = decoded(decode_leader_command, bytes);
    const ticket = { member: sender, number: toCount(number) };
    if (action === leader_action.LEADER_STAND) {
      if (this.#line.length >= MAX_CANDIDATES)
        throw new Refusal(`${MAX_CANDIDATES} stand for the lead already`, "GROUP_FULL");
      this.#become([...this.#line, ticket], view.id);
    } else
      this.#become(
        this.#line.filter((each) => !isSameTicket(each, ticket)),
        view.id,
      );
    return NOTHING;
  }

  #become(line: Ticket[], view: number): void {
    const [before, after] = [this.#line[0], line[0]];
    const isSame =
      before === undefined || after === undefined ? before === after : isSameTicket(before, after);
    if (!isSame && after !== undefined) this.#token = this.#nextToken(view);
    this.#line = line;
    if (!isSame) this.#watch.leads(after, this.#token);
  }

  /** Before anything is changed. */
  #nextToken(view: number): number {
    const token = Math.max(this.#token + 1, view * TOKENS_OF_VIEW);
    if (token < (view + 1) * TOKENS_OF_VIEW) return token;
    throw new Refusal(
      `there were ${TOKENS_OF_VIEW} leaders in this view: it has no more numbers`,
      "GROUP_FULL",
    );
  }

  viewChanged({ left, view }: ViewChange): void {
    if (left.length === 0) return;
    this.#become(
      this.#line.filter(({ member }) => !isAmong(left, member)),
      view.id,
    );
  }

  save(writer: XdrWriter): void {
    encode_leader_state(writer, { token: BigInt(this.#token), line: this.#line.map(ticketToWire) });
  }

  restore(reader: XdrReader | undefined): void {
    const before = this.leading;
    const { token, line } = reader === undefined ? { token: 0n, line: [] } : decode_leader_state(reader);
    this.#token = toCount(token);
    this.#line = line.map(ticketFromWire);
    this.#watch.replaced(before);
  }
}

interface OwnTerm extends Term {
  readonly ticket: number;
  end(): void;
}

/** One member at most leads at a time; each term has a token, higher than all before. */
export class SharedLeader {
  /** @internal */
  readonly object: LeaderObject;
  readonly #host: ObjectHost;
  readonly #watchers: Watchers<LeaderEvent>;
  readonly #claims: Claims<Term>;
  /** The present term of this process. */
  #term: OwnTerm | undefined;

  /** @internal Declare it with `sharedLeader`. */
  constructor(host: ObjectHost) {
    this.#host = host;
    this.#watchers = new Watchers(host.log);
    this.object = new LeaderObject({
      leads: (ticket, token) => this.#leads(ticket, token),
      replaced: (before) => this.#watchers.tell({ kind: "missed", before, after: this.object.leading }),
    });
    // Before the claims are told: what they begin anew is not what has ended.
    host.onStanding((standing) => this.#standing(standing));
    this.#claims = new Claims(host, {
      claim: (ticket) => encodedCommand(leader_action.LEADER_STAND, ticket),
      cancel: (ticket) => encodedCommand(leader_action.LEADER_RESIGN, ticket),
      look: (number) => {
        const seen = this.object.look({ member: host.self, number });
        return seen === "leading" ? { result: this.#begin(number, this.object.leading?.token ?? 0) } : seen;
      },
    });
  }

  /** Stands for the lead, and resolves when this process leads: as soon as those who stood before do no more. */
  campaign(options?: RequestOptions): Promise<Term> {
    return this.#claims.claim(options);
  }

  /** Who leads now, as everybody sees it. */
  current(options?: RequestOptions): Promise<Leading | undefined> {
    return this.#host.read(() => this.object.leading, options);
  }

  /** Who leads as it is seen here: there may be another one already. */
  peek(): Leading | undefined {
    return this.object.leading;
  }

  watch(handler: (event: LeaderEvent) => unknown, options?: ListenOptions): Unsubscribe {
    return this.#watchers.add(handler, options);
  }

  #leads(ticket: Ticket | undefined, token: number): void {
    this.#term?.end();
    if (ticket !== undefined)
      this.#claims.settle(ticket.member, ticket.number, () => this.#begin(ticket.number, token));
    const leader = ticket === undefined ? undefined : { member: ticket.member, token };
    this.#watchers.tell({ kind: "changed", leader });
  }

  #begin(ticket: number, token: number): Term {
    this.#term?.end();
    const lost = new AbortController();
    const end = () => {
      if (this.#term === term) this.#term = undefined;
      lost.abort(
        new DOMException(`${memberName(this.#host.self)} leads ${this.#host.name} no more`, "AbortError"),
      );
    };
    const term: OwnTerm = {
      ticket,
      token,
      lost: lost.signal,
      end,
      resign: async (options) => {
        end();
        await this.#host.ask(encodedCommand(leader_action.LEADER_RESIGN, ticket), options);
      },
    };
    this.#term = term;
    return term;
  }

  /** Who is cut off cannot know whether it leads. If it turns out that it did, it resigns: it has been told that it does not. */
  #standing(standing: Standing): void {
    const term = this.#term;
    if (standing === "member" || term === undefined) return;
    term.end();
    if (standing !== "blocked") return;
    this.#host
      .ask(encodedCommand(leader_action.LEADER_RESIGN, term.ticket), { whenBlocked: "wait" })
      .catch((error) => {
        this.#host.log.debug("shared leader did not resign", { name: this.#host.name, error: String(error) });
      });
  }
}

function encodedCommand(action: leader_action, ticket: number): Uint8Array {
  return encoded(encode_leader_command, { action, ticket: BigInt(ticket) });
}

/** Declares a place that one member at a time leads. */
export function sharedLeader(): Declaration<SharedLeader> {
  return {
    open: (host) => {
      const handle = new SharedLeader(host);
      return { handle, object: handle.object };
    },
  };
}
