/** One attempt to reach a process: a pipe, then the handshake. It comes to one outcome, or is given up and says nothing. */
import { type Address, CoterieError, formatAddress, isCoterieError, type World } from "../../world/index.ts";
import { Calling, type Introduction, type Met, Refusal } from "./handshake.ts";
import { Meeting } from "./meeting.ts";
import type { MeshLimits } from "./options.ts";
import type { Carrier, Pipe } from "./pipe.ts";
import type { SlabPool } from "./send-queue.ts";
import type { Wire } from "./wire.ts";

/** What all attempts of a mesh share. */
export interface MeshContext {
  readonly world: World;
  readonly carrier: Carrier;
  readonly limits: MeshLimits;
  readonly pool: SlabPool;
  readonly self: Introduction;
}

export interface AttemptEvents {
  met(met: Met, wire: Wire): void;
  /** `error` is undefined where nothing is wrong: the other side's own attempt goes first. */
  failed(error: CoterieError | undefined): void;
}

export class Attempt {
  readonly #context: MeshContext;
  readonly #events: AttemptEvents;
  readonly #calling: Calling;
  readonly #stop = new AbortController();
  #meeting: Meeting | undefined;
  #isOver = false;

  /** `expected`: who must answer; undefined to ask who does, who must have the `key` where peers have keys. */
  constructor(
    context: MeshContext,
    to: Address,
    expected: string | undefined,
    events: AttemptEvents,
    key?: Uint8Array,
  ) {
    const { world, carrier, self } = context;
    this.#context = context;
    this.#events = events;
    this.#calling = new Calling(world.crypto, world.random, self, expected);
    // A pipe that takes too long is given up by the carrier itself.
    carrier.connect(to, expected, this.#stop.signal, key).then(
      (pipe) => this.#connected(pipe, to),
      (error: unknown) => this.#isOver || this.#failed(asExpected(error)),
    );
  }

  get hasSaidHello(): boolean {
    return this.#calling.hasSaidHello;
  }

  giveUp(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop.abort();
    this.#meeting?.leave();
  }

  #connected(pipe: Pipe, to: Address): void {
    if (this.#isOver) {
      pipe.destroy();
      return;
    }
    const { world, pool, limits } = this.#context;
    const meeting = new Meeting(world, pipe, pool, this.#calling, limits.handshakeMs, {
      met: (met, wire) => this.#met(met, wire, meeting),
      refused: (why) => this.#failed(refused(why, to)),
      failed: (error) => this.#failed(error),
      over: () => {},
    });
    this.#meeting = meeting;
  }

  #met(met: Met, wire: Wire, meeting: Meeting): void {
    meeting.done();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.met(met, wire);
  }

  #failed(error: CoterieError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.failed(error);
  }
}

/** Whatever else an attempt is rejected with is a fault of the program. */
function asExpected(error: unknown): CoterieError {
  if (isCoterieError(error)) return error;
  throw error;
}

const REASONS: Readonly<Record<number, readonly [code: string, reason: string]>> = {
  [Refusal.MESH_REFUSED_NAME]: ["MESH_REFUSED", "name"],
  [Refusal.MESH_REFUSED_FULL]: ["MESH_REFUSED", "full"],
  [Refusal.MESH_REFUSED_PROOF]: ["MESH_SECRET", "secret"],
  [Refusal.MESH_REFUSED_KEY]: ["MESH_KEY", "key"],
};

function refused(why: Refusal, to: Address): CoterieError | undefined {
  const known = REASONS[why];
  if (known === undefined) return undefined;
  const [code, reason] = known;
  const where = formatAddress(to);
  return new CoterieError(code, `${where} refuses a link: ${reason}`, { details: { where, reason } });
}
