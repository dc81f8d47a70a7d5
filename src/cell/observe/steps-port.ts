/**
 * Steps of calls at all nodes, gathered by one of them over a port of the mesh. Monotonic clocks have nothing in common, so each answer says what
 * time it was when it was given: it was given between the question's leaving and the answer's coming, and the middle of the two is wrong by half of
 * that at most (Cristian, "Probabilistic Clock Synchronization", 1989).
 */
import type { MeshPort } from "../../channel/index.ts";
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Timer, World } from "../../world/index.ts";
import {
  decode_steps_message,
  encode_steps_message,
  type node_steps,
  STEPS_MAX_REQUESTS,
  type step,
  type step_request,
  type steps_message,
  steps_message_kind,
  type steps_wanted,
} from "../gen/cell-admin.gen.ts";
import { keyOf, type Steps } from "./steps.ts";

export const STEPS_PORT = "steps";
/** How long other nodes are waited for. */
export const STEPS_MS = 1000;
/** Questions under way. */
export const MAX_STEP_QUESTIONS = 64;

interface Question {
  readonly told: node_steps[];
  readonly waiting: Set<string>;
  readonly sentMs: number;
  readonly timer: Timer;
  readonly done: () => void;
}

export class StepsPort {
  readonly #world: World;
  readonly #port: MeshPort;
  readonly #steps: Steps;
  readonly #up = new Set<string>();
  readonly #questions = new Map<number, Question>();
  readonly #writer = new XdrWriter(1024);
  #number = 0;

  constructor(world: World, port: MeshPort, steps: Steps) {
    this.#world = world;
    this.#port = port;
    this.#steps = steps;
    port.onUp = (peer) => void this.#up.add(peer);
    port.onDown = (peer) => {
      this.#up.delete(peer);
      for (const [number, question] of this.#questions) this.#lessOne(number, question, peer);
    };
    port.onMessage = (from, message) => this.#take(from, message);
  }

  /** This node's own first; then those that answered in time, by their names. */
  async gather(wanted: steps_wanted): Promise<node_steps[]> {
    const own = this.#steps.find(wanted);
    const told: node_steps[] = [];
    const requests = requestsIn(own, wanted);
    if (this.#up.size > 0 && requests.length > 0 && this.#questions.size < MAX_STEP_QUESTIONS) {
      await new Promise<void>((done) => this.#ask(requests, told, done));
    }
    told.sort((a, b) => (a.node < b.node ? -1 : 1));
    return [{ node: this.#port.self, uncertainty_ms: 0, steps: own }, ...told];
  }

  close(): void {
    this.#port.close();
    for (const number of [...this.#questions.keys()]) this.#end(number);
  }

  #ask(requests: step_request[], told: node_steps[], done: () => void): void {
    const number = ++this.#number >>> 0;
    const timer = this.#world.timers.after(STEPS_MS, () => this.#end(number));
    const question = { told, done, timer, waiting: new Set(this.#up), sentMs: this.#steps.nowMs };
    this.#questions.set(number, question);
    const ask = { number, wanted: { caller: "", requests } };
    for (const peer of question.waiting) {
      if (!this.#send(peer, { kind: steps_message_kind.STEPS_ASK, ask }))
        this.#lessOne(number, question, peer);
    }
  }

  #lessOne(number: number, { waiting }: Question, peer: string): void {
    waiting.delete(peer);
    if (waiting.size === 0) this.#end(number);
  }

  #end(number: number): void {
    const question = this.#questions.get(number);
    if (question === undefined) return;
    this.#questions.delete(number);
    question.timer.cancel();
    question.done();
  }

  #send(to: string, message: steps_message): boolean {
    this.#writer.reset();
    encode_steps_message(this.#writer, message);
    return this.#port.send(to, this.#writer.encoded());
  }

  #take(from: string, bytes: Uint8Array): void {
    try {
      const r = new XdrReader(bytes);
      const message = decode_steps_message(r);
      r.finish();
      if (message.kind === steps_message_kind.STEPS_ASK)
        this.#tell(from, message.ask.number, message.ask.wanted);
      else this.#told(from, message.tell.number, message.tell.now_ms, message.tell.steps);
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
      this.#world.log.warn("steps not understood", { from, error: error.message });
    }
  }

  #tell(to: string, number: number, wanted: steps_wanted): void {
    const steps = this.#steps.find(wanted);
    this.#send(to, {
      kind: steps_message_kind.STEPS_TELL,
      tell: { number, now_ms: this.#steps.nowMs, steps },
    });
  }

  #told(node: string, number: number, nowMs: number, steps: readonly step[]): void {
    const question = this.#questions.get(number);
    if (question === undefined || !question.waiting.has(node)) return;
    const uncertainty_ms = (this.#steps.nowMs - question.sentMs) / 2;
    const aheadMs = nowMs - (question.sentMs + uncertainty_ms);
    question.told.push({
      node,
      uncertainty_ms,
      steps: steps.map((each) => ({ ...each, at_ms: each.at_ms - aheadMs })),
    });
    this.#lessOne(number, question, node);
  }
}

/** Whose steps the others are asked for: those that were asked for, and those that were found here by their caller; the newest. */
function requestsIn(own: readonly step[], { requests }: steps_wanted): step_request[] {
  const all = [...requests, ...own.map(({ request }) => request)];
  return [...new Map(all.map((request) => [keyOf(request), request])).values()].slice(-STEPS_MAX_REQUESTS);
}
