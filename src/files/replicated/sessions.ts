/**
 * Which nodes may have answered unstable writes that are not in the log yet, and the epoch that makes the volume's write
 * verifier. A node begins a session, by an entry, before it answers the first such write, and ends it when all are in the log. When a
 * session ends otherwise, what it answered may be lost: then the epoch is raised, and with it every client's verifier is wrong, so
 * that clients write again what they have not committed. What a session that has ended sends later does nothing.
 */
import type { Change, Crypto } from "../../world/index.ts";
import { encode_volume_sessions, VOLUME_MAX_SESSIONS, type volume_sessions } from "./gen/volume-log.gen.ts";
import { type Crc32, Sealed, seal, sealedKey } from "./sealed.ts";

const VERIFIER_BYTES = 8;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export interface Session {
  /** 16 bytes as hexadecimal digits. */
  readonly id: string;
  readonly node: string;
}

export class Sessions {
  epoch = 0;
  /** How many were seen to end, since they were read, with writes that the log may never hear of. */
  lostCount = 0;
  readonly #open = new Map<string, Session>();

  constructor(stored: volume_sessions | undefined) {
    if (stored === undefined) return;
    this.epoch = stored.epoch;
    for (const { session, node } of stored.sessions) {
      const id = idOf(session);
      this.#open.set(id, { id, node: fromUtf8.decode(node) });
    }
  }

  /** The record of them, as it is to be from now on. */
  sealed(crc32: Crc32): Change {
    const sessions = [...this.#open.values()].map(({ id, node }) => ({
      session: bytesOf(id),
      node: utf8.encode(node),
    }));
    const stored: volume_sessions = { epoch: this.epoch, sessions };
    return seal(crc32, sealedKey(Sealed.sessions), encode_volume_sessions, stored);
  }

  all(): readonly Session[] {
    return [...this.#open.values()];
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** False: there are too many. Sessions that the node had before are over, and what they answered may be lost. */
  begin(id: string, node: string): boolean {
    for (const former of this.#open.values())
      if (former.node === node && former.id !== id) this.end(former.id, true);
    if (this.#open.size >= VOLUME_MAX_SESSIONS) return false;
    this.#open.set(id, { id, node });
    return true;
  }

  /** True when there was such a session. */
  end(id: string, isLost: boolean): boolean {
    if (!this.#open.delete(id)) return false;
    if (isLost) {
      this.epoch++;
      this.lostCount++;
    }
    return true;
  }

  /** Something that was answered is lost, of whichever session. */
  lose(): void {
    this.epoch++;
  }
}

/** 8 bytes that are the same at every node, and others after every loss. */
export function verifierOf(crypto: Crypto, volume: Uint8Array, epoch: number): Uint8Array {
  const bytes = new Uint8Array(volume.length + 8);
  bytes.set(volume);
  new DataView(bytes.buffer).setFloat64(volume.length, epoch);
  return crypto.sha256(bytes).slice(0, VERIFIER_BYTES);
}

export function idOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytesOf(id: string): Uint8Array {
  return Uint8Array.from({ length: id.length / 2 }, (_, at) =>
    Number.parseInt(id.slice(2 * at, 2 * at + 2), 16),
  );
}
