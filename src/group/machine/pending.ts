/** Requests to passive objects that the primary has not yet answered, in their order: a part of the replicated state. */
import type { Request } from "../api/frames.ts";
import type { Member } from "../types.ts";

/** Requests, and bytes of their commands, that wait for the primary; more are refused. */
export const MAX_PENDING_REQUESTS = 16_384;
export const MAX_PENDING_BYTES = 16 * 1024 * 1024;

export interface PendingRequest {
  readonly request: Request;
  readonly sender: Member;
  readonly position: number;
}

export class Pending {
  readonly #requests = new Map<string, PendingRequest>();
  #bytes = 0;

  get hasRoom(): boolean {
    return this.#requests.size < MAX_PENDING_REQUESTS && this.#bytes < MAX_PENDING_BYTES;
  }

  /** The command is copied. */
  add({ request, sender, position }: PendingRequest): PendingRequest {
    const kept = { sender, position, request: { ...request, command: request.command.slice() } };
    this.#requests.set(nameOf(request), kept);
    this.#bytes += request.command.length;
    return kept;
  }

  /** @returns whether it was there. */
  remove(named: { readonly session: string; readonly number: number }): boolean {
    const found = this.#requests.get(nameOf(named));
    if (found === undefined) return false;
    this.#bytes -= found.request.command.length;
    return this.#requests.delete(nameOf(named));
  }

  clear(): void {
    this.#requests.clear();
    this.#bytes = 0;
  }

  [Symbol.iterator](): Iterator<PendingRequest> {
    return this.#requests.values();
  }
}

function nameOf({ session, number }: { readonly session: string; readonly number: number }): string {
  return `${session}/${number}`;
}
