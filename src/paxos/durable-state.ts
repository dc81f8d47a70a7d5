/**
 * The state of a machine that keeps it itself, as the log sees it. When the log has grown, the machine makes durable what it has, and
 * then the log lets go of the entries which that holds; of nothing that a transfer under way will need. A state of another replica is
 * taken over in three durable steps: its mark is written aside, the machine switches, the log follows. A crash between the
 * second and the third is known by the mark aside and the machine's position (`found-state.ts`).
 */
import type { Mark } from "./log-store.ts";
import type { DurableStateMachine } from "./machine.ts";
import { guarded, machineFailed } from "./machine-guard.ts";
import type { Part, StateOffer, TransferMessage } from "./message.ts";
import { StateDonor } from "./state-donor.ts";
import {
  type Applied,
  firstKept,
  isDue,
  REPEAT_HEARTBEATS,
  type StateHost,
  type StateKeeper,
} from "./state-keeper.ts";
import { StateReceiver } from "./state-receiver.ts";

export class DurableState implements StateKeeper {
  mark: Mark;
  isSwitching = false;
  readonly #host: StateHost;
  readonly #machine: DurableStateMachine<unknown>;
  readonly #donor: StateDonor;
  #receiver: StateReceiver | undefined;
  #isPersisting = false;
  #bytesSince = 0;

  constructor(host: StateHost, mark: Mark, machine: DurableStateMachine<unknown>) {
    this.#host = host;
    this.mark = mark;
    this.#machine = machine;
    this.#donor = new StateDonor(host, machine);
  }

  /** What an unfinished transfer left is the machine's. */
  clean(): void {}

  /** The machine has its state. */
  restore(): void {}

  progressed(bytes: number): void {
    this.#bytesSince += bytes;
    const applied = this.#host.applied();
    if (this.#isPersisting || !isDue(applied.prefix, this.mark, this.#bytesSince, this.#host.limits)) return;
    this.#isPersisting = true;
    this.#bytesSince = 0;
    const persisted = guarded("persist its state", () => this.#machine.persist());
    this.#host.wait("persist its state", persisted, () => this.#persisted(applied));
  }

  #persisted({ prefix, given }: Applied): void {
    this.#isPersisting = false;
    // Another replica's state may have come meanwhile.
    if (prefix.slot <= this.mark.prefix.slot || this.isSwitching) return;
    const position = this.#machine.durablePosition();
    if (position < given)
      throw machineFailed("persist its state", `it is at ${position} and not at ${given}`);
    this.mark = markOf({ prefix, given });
    const first = Math.min(firstKept(prefix.slot, this.#host), this.#donor.heldSlot + 1);
    this.#host.taken(this.#host.logStore.markChange(this.mark), first);
  }

  offerTo(laggards: ReadonlySet<number>, ballot: number): void {
    if (!this.isSwitching) this.#donor.offer(laggards, ballot);
  }

  receive(from: number, message: TransferMessage): void {
    if (this.isSwitching) return;
    if (message.kind === "state") this.#offered(from, message);
    else if (message.kind === "part") this.#part(from, message);
    else if (message.kind === "more") this.#donor.wanted(from, message);
  }

  #offered(from: number, { stream, prefix }: StateOffer): void {
    const receiver = this.#receiver;
    if (receiver?.from === from && receiver.stream === stream) {
      receiver.want();
      return;
    }
    // One that goes on is not given up because another replica leads now.
    if (receiver !== undefined && !this.#isStalled(receiver)) return;
    this.#abandon();
    const sink = guarded("take a snapshot", () => this.#machine.take(prefix.slot));
    this.#receiver = new StateReceiver(this.#host, sink, from, stream, prefix);
    this.#receiver.want();
  }

  #isStalled({ heardMs }: StateReceiver): boolean {
    return this.#host.nowMs() >= heardMs + 2 * REPEAT_HEARTBEATS * this.#host.heartbeatMs;
  }

  #part(from: number, part: Part): void {
    const receiver = this.#receiver;
    if (receiver === undefined || receiver.from !== from || receiver.stream !== part.stream) return;
    const fate = receiver.take(part, () => this.#goOn(receiver));
    if (fate === "damaged") this.#abandon();
    else if (fate === "taken" && part.isEnd) this.#goOn(receiver);
  }

  #goOn(receiver: StateReceiver): void {
    if (this.#receiver !== receiver) return;
    receiver.want();
    if (receiver.isWhole) this.#finish(receiver);
  }

  #finish(receiver: StateReceiver): void {
    const { prefix } = receiver;
    if (!this.#host.isWanted(prefix.slot)) {
      this.#abandon();
      return;
    }
    this.isSwitching = true;
    this.#receiver = undefined;
    this.#donor.close();
    const { logStore } = this.#host;
    const mark = markOf({ prefix, given: prefix.slot });
    this.#host.write([logStore.takingChange(mark)], () => {
      receiver.finish(() => {
        this.isSwitching = false;
        this.mark = mark;
        this.#bytesSince = 0;
        this.#host.received(mark, [logStore.markChange(mark), logStore.takingChange(undefined)]);
      });
    });
  }

  #abandon(): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.abandon();
  }

  /** A transfer that stands still is asked for again, or given up when entries came instead. */
  tick(committed: number): void {
    if (this.isSwitching) return;
    this.#donor.tick();
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (receiver.prefix.slot <= committed) this.#abandon();
    else if (this.#isStalled(receiver)) receiver.want();
  }

  end(): void {
    this.#donor.close();
    this.#abandon();
  }
}

function markOf({ prefix, given }: Applied): Mark {
  return { prefix, given, bytes: 0, chunks: 0, checksum: 0, generation: 0 };
}
