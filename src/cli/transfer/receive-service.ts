/** The sessions of all senders that send to one directory. */
import {
  type Channel,
  FileReceiver,
  type SessionEnd,
  type TransferFailure,
  type TransferProgress,
  type TransferResult,
  type TransferStore,
} from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import type { Holder } from "./local-store.ts";

/** Senders at a time. */
export const MAX_SENDERS = 16;
/** A sender that said nothing for so long, while nobody waited for the disk, has to make room for another. */
export const SILENCE_MS = 2000;

/** Where the files of all senders go. */
export interface SharedStore {
  forSession(holder: Holder): TransferStore;
}

export interface ReceiveView {
  onProgress(progress: TransferProgress): void;
  /** `elapsedMs`: since the sender offered it. */
  onReceived(result: TransferResult, elapsedMs: number): void;
  onFailed(failure: TransferFailure): void;
  /** A sender is gone; how many files it brought, and how many it failed to. */
  onSessionEnd(end: SessionEnd, received: number, failed: number): void;
  /** A bug. */
  onBroken(error: unknown): void;
}

export class ReceiveService {
  readonly #world: World;
  readonly #store: SharedStore;
  readonly #view: ReceiveView;
  readonly #sessions = new Set<FileReceiver>();

  constructor(world: World, store: SharedStore, view: ReceiveView) {
    this.#world = world;
    this.#store = store;
    this.#view = view;
  }

  /** Takes a sender's channel; when there are too many, the longest silent one makes room, or the new one tries again. */
  accept(channel: Channel): void {
    if (this.#sessions.size >= MAX_SENDERS && !this.#makeRoom()) {
      channel.destroy();
      return;
    }
    const view = this.#view;
    const { clock, crypto } = this.#world;
    const store = this.#store.forSession({ giveUp: () => this.#giveUp(receiver) });
    let received = 0;
    let failed = 0;
    let offeredMs = 0;
    const receiver: FileReceiver = new FileReceiver(channel, {
      store: {
        open: (offer) => {
          offeredMs = clock.monotonicMs();
          return store.open(offer);
        },
      },
      crypto,
      clock,
      onProgress: (progress) => view.onProgress(progress),
      onReceived: (result) => {
        received++;
        view.onReceived(result, clock.monotonicMs() - offeredMs);
      },
      onFailed: (failure) => {
        failed++;
        view.onFailed(failure);
      },
    });
    this.#sessions.add(receiver);
    receiver.ended.then(
      (end) => {
        this.#sessions.delete(receiver);
        view.onSessionEnd(end, received, failed);
      },
      (error: unknown) => view.onBroken(error),
    );
  }

  /** Ends all sessions; resolves when nothing is open any more. */
  async stop(): Promise<void> {
    const sessions = [...this.#sessions];
    for (const session of sessions) session.stop();
    await Promise.allSettled(sessions.map(({ ended }) => ended));
  }

  #makeRoom(): boolean {
    const [longest] = [...this.#sessions].sort((a, b) => b.waitingMs - a.waitingMs);
    if (longest === undefined || longest.waitingMs < SILENCE_MS) return false;
    this.#sessions.delete(longest);
    longest.stop();
    return true;
  }

  async #giveUp(receiver: FileReceiver): Promise<boolean> {
    if (receiver.waitingMs < SILENCE_MS) return false;
    receiver.stop();
    await receiver.ended;
    return true;
  }
}
