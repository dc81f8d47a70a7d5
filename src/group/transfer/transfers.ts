/**
 * All state transfers of one node: those in which it gives, one for each member that is named to it, and the one in which it takes.
 * Without a state of the application, all that is transferred is that there is nothing.
 */
import type { Timer, World } from "../../world/index.ts";
import type { GroupState } from "../options.ts";
import { type Member, memberName, type View } from "../types.ts";
import { type Chunk, Giver, type Pull } from "./giver.ts";
import { Taker } from "./taker.ts";

export interface TransfersOutput {
  send(node: string, message: Pull | Chunk): void;
  /** The application has the state that was asked for. */
  received(): void;
  failed(error: unknown): void;
}

/** What was asked for and did not come is asked for again after this time. */
const RETRY_MS = 500;

const NOTHING: GroupState = { capture: () => [], restore: () => ({ write() {}, end() {} }) };

export class Transfers {
  readonly #world: World;
  readonly #state: GroupState;
  readonly #out: TransfersOutput;
  /** By the joiner's name. */
  readonly #givers = new Map<
    string,
    { readonly view: number; readonly joiner: Member; readonly giver: Giver }
  >();
  #taker: Taker | undefined;
  #timer: Timer | undefined;

  constructor(world: World, state: GroupState | undefined, out: TransfersOutput) {
    this.#world = world;
    this.#state = state ?? NOTHING;
    this.#out = out;
  }

  /** The state of now is for this joiner. */
  capture(view: number, joiner: Member): void {
    const name = memberName(joiner);
    this.#givers.get(name)?.giver.stop();
    const giver = new Giver(
      view,
      this.#state.capture(),
      (data, seed) => this.#world.crc32(data, seed),
      (chunk) => this.#out.send(joiner.node, chunk),
    );
    this.#givers.set(name, { view, joiner, giver });
  }

  /** Begins to take the state of this donor; what was taken of another is void. */
  pull(view: number, donor: Member): void {
    this.#taker?.stop();
    const taker = new Taker(
      view,
      donor.node,
      this.#state.restore(),
      (data, seed) => this.#world.crc32(data, seed),
      {
        send: (pull) => this.#out.send(donor.node, pull),
        done: () => {
          this.#taker = undefined;
          this.#timer?.cancel();
          this.#out.received();
        },
        failed: (error) => this.#out.failed(error),
      },
    );
    this.#taker = taker;
    taker.start();
    this.#askAgain(taker);
  }

  #askAgain(taker: Taker): void {
    this.#timer?.cancel();
    this.#timer = this.#world.timers.after(RETRY_MS, () => {
      if (this.#taker !== taker) return;
      taker.pullAgain();
      this.#askAgain(taker);
    });
  }

  receive(from: string, message: Pull | Chunk): void {
    if (message.kind === "chunk") {
      if (this.#taker?.donor === from) this.#taker.take(message);
      return;
    }
    for (const { view, joiner, giver } of this.#givers.values())
      if (view === message.view && joiner.node === from) void this.#give(giver, message);
  }

  async #give(giver: Giver, pull: Pull): Promise<void> {
    try {
      await giver.pull(pull);
    } catch (error) {
      // The joiner goes on asking, and gets its state of another when this member is out.
      this.#out.failed(error);
    }
  }

  /** The state that was asked for is nobody's any more. */
  stopTaking(): void {
    this.#timer?.cancel();
    this.#taker?.stop();
    this.#taker = undefined;
  }

  /** Who is not in the view any more gets nothing. */
  installed({ members }: View): void {
    const present = new Set(members.map(memberName));
    for (const [name, { giver }] of this.#givers) {
      if (present.has(name) && !giver.isDone) continue;
      giver.stop();
      this.#givers.delete(name);
    }
  }

  stop(): void {
    this.stopTaking();
    for (const { giver } of this.#givers.values()) giver.stop();
    this.#givers.clear();
  }
}
