/**
 * An endpoint's sessions, found by the id that a packet names, and by the token with which a peer says that it knows a
 * channel no longer. Keys are 32 bits of each as signed numbers, which a hash map compares fastest; the rest is checked.
 */
import type { Random } from "../world/index.ts";
import { CHANNEL_ID_BYTES } from "./gen/channel.gen.ts";
import type { Session } from "./session.ts";
import { readUint32 } from "./wire.ts";

export class SessionTable {
  readonly #byId = new Map<number, Session>();
  readonly #byToken = new Map<number, Session>();

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
    // Two tokens of one key are as good as never; the older channel would only learn of a restart by its silence.
    this.#byToken.set(tokenKey(session.peerResetToken), session);
  }

  delete(session: Session): void {
    this.#byId.delete(session.idLow | 0);
    const key = tokenKey(session.peerResetToken);
    if (this.#byToken.get(key) === session) this.#byToken.delete(key);
  }

  find(idHigh: number, idLow: number): Session | undefined {
    const session = this.#byId.get(idLow | 0);
    return session?.idHigh === idHigh ? session : undefined;
  }

  /** Whose peer gave it a token that begins like this one. */
  findByToken(token: Uint8Array): Session | undefined {
    return this.#byToken.get(tokenKey(token));
  }
}

/** By what an id is found. */
export function idKey(id: Uint8Array): number {
  return readUint32(id, 4) | 0;
}

function tokenKey(token: Uint8Array): number {
  return readUint32(token, 0) | 0;
}
