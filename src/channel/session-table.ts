/**
 * An endpoint's sessions, found by the id that a packet names, and by the token with which a peer says that it knows a
 * channel no longer. Every packet asks for an id: its key is 32 bits of it as a signed number, which a hash map finds
 * fastest, and the rest is checked. Tokens are asked for hardly ever, and kept small: as strings of one character a byte.
 */
import { readUint32 } from "../marshal/index.ts";
import type { Random } from "../world/index.ts";
import { CHANNEL_ID_BYTES } from "./gen/channel.gen.ts";
import type { Session } from "./session.ts";

export class SessionTable {
  readonly #byId = new Map<number, Session>();
  readonly #byToken = new Map<string, Session>();

  get size(): number {
    return this.#byId.size;
  }

  all(): IterableIterator<Session> {
    return this.#byId.values();
  }

  /** An id whose key no session and nobody else has. */
  drawId(random: Random, isTaken: (key: number) => boolean): Uint8Array {
    for (;;) {
      const id = random.bytes(CHANNEL_ID_BYTES);
      const key = idKey(id);
      if (!this.#byId.has(key) && !isTaken(key)) return id;
    }
  }

  add(session: Session): void {
    this.#byId.set(session.idLow | 0, session);
    this.#byToken.set(session.peerResetToken, session);
  }

  delete(session: Session): void {
    this.#byId.delete(session.idLow | 0);
    // A peer that gives the same token twice hears of the newer channel only.
    if (this.#byToken.get(session.peerResetToken) === session) this.#byToken.delete(session.peerResetToken);
  }

  find(idHigh: number, idLow: number): Session | undefined {
    const session = this.#byId.get(idLow | 0);
    return session?.idHigh === idHigh ? session : undefined;
  }

  /** Whose peer gave it this token. */
  findByToken(token: Uint8Array): Session | undefined {
    return this.#byToken.get(tokenText(token));
  }
}

/** By what an id is found. */
export function idKey(id: Uint8Array): number {
  return readUint32(id, 4) | 0;
}

/** A token as it is kept. */
export function tokenText(token: Uint8Array): string {
  return String.fromCharCode(...token);
}
