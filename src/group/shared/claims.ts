/**
 * Waiting in a shared line: for an item, for the lead, for a barrier to open. A claim is a request with a ticket; later the state gives the
 * ticket what it waits for. When the process is taken out, its tickets are void for the others; when it is let in again it looks at what
 * became of them, and claims anew where they were dropped.
 */
import type { CoterieError } from "../../world/index.ts";
import { groupError } from "../errors.ts";
import { blockedError, type RequestOptions } from "../machine/client.ts";
import type { ObjectHost, Standing } from "../machine/declaration.ts";
import type { Member } from "../types.ts";

/** Claims of one process to one object that wait. */
export const MAX_CLAIMS = 65_536;

export interface ClaimKind<Result> {
  claim(ticket: number): Uint8Array;
  cancel(ticket: number): Uint8Array;
  /** What became of a claim that has this reply, in the state as it is now. `gone`: it was dropped, and is to be made again. @throws for what nobody knows. */
  look(ticket: number, reply: Uint8Array): { readonly result: Result } | "waiting" | "gone";
}

interface Claim<Result> {
  readonly ticket: number;
  readonly isImpatient: boolean;
  reply: Uint8Array | undefined;
  readonly resolve: (result: { readonly result: Result } | "gone") => void;
  readonly reject: (error: unknown) => void;
}

export class Claims<Result> {
  readonly #host: ObjectHost;
  readonly #kind: ClaimKind<Result>;
  readonly #claims = new Map<number, Claim<Result>>();
  #ticket = 0;

  constructor(host: ObjectHost, kind: ClaimKind<Result>) {
    this.#host = host;
    this.#kind = kind;
    host.onStanding((standing) => this.#standing(standing));
  }

  /** Resolves when the claim is met. When it fails, and by `signal`, it is taken back. Rejects as requests do. */
  async claim(options: RequestOptions = {}): Promise<Result> {
    for (;;) {
      const met = await this.#claim(options);
      if (met !== "gone") return met.result;
    }
  }

  #claim(options: RequestOptions): Promise<{ readonly result: Result } | "gone"> {
    const { signal, whenBlocked } = options;
    if (this.#claims.size >= MAX_CLAIMS)
      return Promise.reject(
        groupError("GROUP_BUSY", `${MAX_CLAIMS} claims to ${this.#host.name} wait`, "never"),
      );
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const finish = () => {
        this.#claims.delete(claim.ticket);
        signal?.removeEventListener("abort", onAbort);
      };
      const claim: Claim<Result> = {
        ticket: ++this.#ticket,
        isImpatient: (whenBlocked ?? this.#host.whenBlocked) === "fail",
        reply: undefined,
        resolve: (met) => {
          finish();
          resolve(met);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      const onAbort = () => this.#takeBack(claim, signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#claims.set(claim.ticket, claim);
      this.#ask(claim, options);
    });
  }

  #ask(claim: Claim<Result>, { whenBlocked }: RequestOptions): void {
    this.#host.ask(this.#kind.claim(claim.ticket), { whenBlocked }).then(
      (reply) => {
        claim.reply = reply;
        this.#look(claim);
      },
      (error) => {
        // Where its fate is unknown the ticket may be in line.
        if (this.#claims.has(claim.ticket)) this.#takeBack(claim, error);
      },
    );
  }

  /** What became of it, if nobody told. */
  #look(claim: Claim<Result>): void {
    if (claim.reply === undefined || !this.#claims.has(claim.ticket)) return;
    try {
      const seen = this.#kind.look(claim.ticket, claim.reply);
      if (seen !== "waiting") claim.resolve(seen);
    } catch (error) {
      claim.reject(error);
    }
  }

  /** A ticket gets what it waits for. */
  settle(member: Member, ticket: number, result: () => Result): void {
    const claim = this.#claims.get(ticket);
    if (claim !== undefined && isOwn(this.#host.self, member)) claim.resolve({ result: result() });
  }

  #takeBack(claim: Claim<Result>, error: unknown): void {
    claim.reject(error);
    if (this.#host.standing === "ended") return;
    this.#host.ask(this.#kind.cancel(claim.ticket), { whenBlocked: "wait" }).catch((cause) => {
      this.#host.log.debug("shared claim not taken back", { name: this.#host.name, error: String(cause) });
    });
  }

  #standing(standing: Standing): void {
    for (const claim of [...this.#claims.values()]) {
      if (standing === "member") this.#look(claim);
      else if (standing === "ended") claim.reject(ended());
      else if (claim.isImpatient && claim.reply !== undefined) this.#takeBack(claim, blockedError());
    }
  }
}

function ended(): CoterieError {
  return groupError("GROUP_OUT", "this process is in the group no more", "never");
}

/** The very member that this process is now. */
export function isOwn(self: Member, member: Member): boolean {
  return self.node === member.node && self.incarnation === member.incarnation;
}
