/**
 * A member that keeps no replica of the log: follows one that does, and asks it to append. Whichever replica it is, it gives the same
 * entries; so when a link breaks, or another replica is further while this one stands still, the next is asked for what comes
 * after the present position. A follower keeps nothing on its disk: at each start it is given the state, and what follows.
 */
import type { MeshPort } from "../../channel/index.ts";
import { CoterieError, randomBelow, type Timer, type World } from "../../world/index.ts";
import type { SafeMachine } from "./machine.ts";
import { decodeMessage, encodeMessage, type SafeMessage, weightOf } from "./message.ts";
import type { FollowLimits, SafeLog } from "./options.ts";
import { Submissions } from "./submissions.ts";

type Message<Kind extends SafeMessage["kind"]> = Extract<SafeMessage, { kind: Kind }>;

/** Looks at the time, at most, before a replica that sends nothing is asked again. */
const MAX_PATIENCE = 64;

export class Follower implements SafeLog {
  readonly closed: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #port: MeshPort;
  readonly #machine: SafeMachine;
  readonly #limits: FollowLimits;
  readonly #submissions: Submissions;
  /** How far the replicas that can be reached say they are. */
  readonly #replicas: ReadonlySet<string>;
  readonly #up = new Map<string, number>();
  #current: string | undefined;
  #isAsking = false;
  #stream = 0;
  #tookBytes = 0;
  #pieces: Uint8Array[] = [];
  /** All bytes that ever came; how many at the last look, for how many looks no more, and after how many to ask again. */
  #receivedBytes = 0;
  #seenBytes = 0;
  #stillLooks = 0;
  #patience = 1;
  #timer: Timer | undefined;
  #isOver = false;
  #end: (error: CoterieError | undefined) => void = () => {};

  constructor(
    world: World,
    port: MeshPort,
    machine: SafeMachine,
    replicas: readonly string[],
    limits: FollowLimits,
  ) {
    this.#world = world;
    this.#port = port;
    this.#machine = machine;
    this.#limits = limits;
    this.#replicas = new Set(replicas);
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#submissions = new Submissions((ticket, entry) => this.#submit(ticket, entry));
    port.onMessage = (from, bytes) => this.#receive(from, bytes);
    port.onUp = (peer) => this.#linkUp(peer);
    port.onDown = (peer) => this.#linkDown(peer);
    port.onDrain = () => this.#submissions.pump();
    this.#tick();
  }

  append(entry: Uint8Array): ReturnType<SafeLog["append"]> {
    return this.#submissions.add(entry, this.#world.clock.monotonicMs() + this.#limits.submitMs);
  }

  async close(): Promise<void> {
    this.#over(undefined);
  }

  #over(error: CoterieError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#port.close();
    this.#submissions.expire(Number.POSITIVE_INFINITY);
    this.#end(error);
  }

  // Whom to follow.

  #linkUp(peer: string): void {
    if (!this.#replicas.has(peer)) return;
    this.#up.set(peer, 0);
    if (this.#current === undefined) this.#turnTo(peer);
  }

  #linkDown(peer: string): void {
    this.#up.delete(peer);
    if (this.#current !== peer) return;
    this.#current = undefined;
    // Not all who lose this one turn to the same.
    const others = [...this.#up.keys()];
    if (others.length > 0) this.#turnTo(others[randomBelow(this.#world.random, others.length)] as string);
  }

  #turnTo(replica: string): void {
    this.#current = replica;
    this.#follow();
    this.#submissions.restart();
  }

  /** Asks for what comes after our position; what still comes in answer to an earlier question is nothing. */
  #follow(): void {
    if (this.#current === undefined) return;
    this.#stream++;
    this.#tookBytes = 0;
    this.#pieces = [];
    const follow = { kind: "follow", stream: this.#stream, after: this.#machine.position } as const;
    this.#isAsking = !this.#port.send(this.#current, encodeMessage(follow));
  }

  #tick(): void {
    this.#timer = this.#world.timers.after(this.#limits.followMs, () => this.#tick());
    this.#submissions.expire(this.#world.clock.monotonicMs());
    this.#look();
    if (this.#isAsking) this.#follow();
    else if (this.#stillLooks >= this.#patience) this.#turnToFurthest(this.#machine.position);
    this.#submissions.pump();
  }

  /** Whether anything came. */
  #look(): void {
    if (this.#receivedBytes === this.#seenBytes) this.#stillLooks++;
    else [this.#stillLooks, this.#patience] = [0, 1];
    this.#seenBytes = this.#receivedBytes;
  }

  #turnToFurthest(position: number): void {
    let [furthest, most] = [this.#current, position];
    for (const [replica, at] of this.#up) if (at > most) [furthest, most] = [replica, at];
    if (furthest === undefined || most === position) return;
    // What is large takes longer than a look on a slow link, and must not begin anew each time.
    this.#stillLooks = 0;
    this.#patience = Math.min(2 * this.#patience, MAX_PATIENCE);
    if (furthest === this.#current) this.#follow();
    else this.#turnTo(furthest);
  }

  #submit(ticket: number, entry: Uint8Array): boolean {
    if (this.#current === undefined) return false;
    return this.#port.send(this.#current, encodeMessage({ kind: "submit", ticket, entry }));
  }

  // What comes.

  #receive(from: string, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message === undefined) this.#world.log.warn("group safe message is none", { from });
    else if (message.kind === "at" && this.#up.has(from)) this.#up.set(from, message.position);
    else if (from === this.#current) this.#take(message);
  }

  #take(message: SafeMessage): void {
    if (message.kind === "outcome") this.#submissions.answered(message.ticket, message.answer);
    else if (message.kind === "entries" && message.stream === this.#stream) this.#entries(message);
    else if (message.kind === "snapshot" && message.stream === this.#stream) this.#snapshot(message);
  }

  #entries({ after, entries }: Message<"entries">): void {
    if (after !== this.#machine.position) {
      this.#follow();
      return;
    }
    for (const { index, entry } of entries) {
      if (!this.#guarded(() => void this.#machine.apply(index, entry))) return;
      this.#count(entry);
    }
    this.#took();
  }

  #snapshot({ number, piece, isLast }: Message<"snapshot">): void {
    if (number !== this.#pieces.length) {
      this.#follow();
      return;
    }
    this.#count(piece);
    if (!isLast) this.#pieces.push(piece);
    else if (!this.#guarded(() => this.#machine.restore(this.#pieces.splice(0)))) return;
    this.#took();
  }

  #count(bytes: Uint8Array): void {
    this.#tookBytes += weightOf(bytes);
    this.#receivedBytes += weightOf(bytes);
  }

  #took(): void {
    if (this.#current === undefined) return;
    const took = { kind: "took", stream: this.#stream, bytes: this.#tookBytes } as const;
    this.#port.send(this.#current, encodeMessage(took));
  }

  /** What the program throws ends the following, as it ends a replica. */
  #guarded(run: () => void): boolean {
    if (this.#isOver) return false;
    try {
      run();
      return true;
    } catch (cause) {
      const what = `the program failed at a safe message: ${cause}`;
      this.#over(new CoterieError("LOG_MACHINE_FAILED", what, { cause }));
      return false;
    }
  }
}
