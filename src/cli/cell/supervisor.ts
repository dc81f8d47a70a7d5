/**
 * Keeps the node processes of a cell on this machine: starts them, starts again those that end by themselves, and ends all of them in order.
 * One that an operator killed to try it out is `held`: it stays down until it is let go.
 *
 * What it starts are workers that tell when they are ready (`ready`) or why they cannot be (`failed`), and that end in order when they are
 * told to (`leave`), or when their supervisor is gone.
 */
import type { WorkerEnd, WorkerProcess } from "../../node/index.ts";
import type { Clock, Timer, Timers } from "../../world/index.ts";

export const FIRST_PAUSE_MS = 250;
export const MAX_PAUSE_MS = 10_000;
/** One that ran for so long begins again with short pauses. */
export const STEADY_MS = 30_000;
/** How often it is looked whether one that is held was let go. */
export const HELD_CHECK_MS = 250;
/** For how long nodes that are told to leave may take. */
export const LEAVE_MS = 15_000;

/** What a node says that its cell took out: to start it again would change nothing. */
export const GONE_FOR_GOOD: ReadonlySet<string> = new Set(["CELL_DISMISSED", "LOG_REMOVED"]);

/** What a node tells whoever started it. */
export type NodeMessage =
  | { readonly event: "ready"; readonly host: string; readonly port: number; readonly pid: number }
  | { readonly event: "standing"; readonly isServing: boolean; readonly isLeading: boolean }
  | { readonly event: "failed"; readonly code: string; readonly message: string };

export type NodeEvent =
  | { readonly kind: "started"; readonly pid: number | undefined }
  | { readonly kind: "ready"; readonly host: string; readonly port: number; readonly pid: number }
  /** Whether it can serve the cell's files, and whether it leads the cell, changed. */
  | { readonly kind: "standing"; readonly isServing: boolean; readonly isLeading: boolean }
  /** Ended; `code`: of the failure that it told; `nextMs`: until it is started again, undefined when it stays down. */
  | {
      readonly kind: "ended";
      readonly why: string;
      readonly code: string | undefined;
      readonly nextMs: number | undefined;
    }
  | { readonly kind: "held" };

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly names: readonly string[];
  start(name: string): WorkerProcess;
  /** An operator wants this one to stay down. */
  isHeld(name: string): Promise<boolean>;
  onEvent(name: string, event: NodeEvent): void;
}

interface Kept {
  readonly name: string;
  worker: WorkerProcess | undefined;
  timer: Timer | undefined;
  startedMs: number;
  /** Ends since it last ran for `STEADY_MS`. */
  ends: number;
  failure: { readonly code: string; readonly message: string } | undefined;
  isHeld: boolean;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #kept: Kept[];
  #leaving: Promise<void> | undefined;
  #allEnded: (() => void) | undefined;

  /** Starts all of them. */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#kept = options.names.map(keptOf);
    for (const node of this.#kept) void this.#begin(node);
  }

  /** Keeps one more, and starts it. */
  add(name: string): void {
    const node = keptOf(name);
    this.#kept.push(node);
    void this.#begin(node);
  }

  /** Tells all to leave, and resolves when they have ended; those that take too long are killed. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    for (const { worker, timer } of this.#kept) {
      timer?.cancel();
      worker?.send({ event: "leave" });
    }
    const patience = this.#options.timers.after(LEAVE_MS, () => {
      for (const { worker } of this.#kept) worker?.kill();
    });
    this.#isOver();
    await ended;
    patience.cancel();
  }

  #isOver(): void {
    if (this.#kept.every(({ worker }) => worker === undefined)) this.#allEnded?.();
  }

  async #begin(node: Kept): Promise<void> {
    const isHeld = await this.#options.isHeld(node.name);
    if (this.#leaving !== undefined) return;
    if (isHeld) {
      if (!node.isHeld) this.#tell(node, { kind: "held" });
      node.isHeld = true;
      this.#later(node, HELD_CHECK_MS);
      return;
    }
    node.isHeld = false;
    this.#start(node);
  }

  #start(node: Kept): void {
    node.startedMs = this.#options.clock.monotonicMs();
    node.failure = undefined;
    const worker = this.#options.start(node.name);
    node.worker = worker;
    worker.onMessage = (message) => this.#heard(node, message as NodeMessage);
    worker.onEnd = (end) => this.#ended(node, end);
    this.#tell(node, { kind: "started", pid: worker.pid });
  }

  #heard(node: Kept, message: NodeMessage): void {
    const { event, ...told } = message;
    if (message.event === "failed") node.failure = message;
    else this.#tell(node, { kind: event, ...told } as NodeEvent);
  }

  #ended(node: Kept, end: WorkerEnd): void {
    node.worker = undefined;
    const code = node.failure?.code;
    const why = node.failure === undefined ? describe(end) : `${code}: ${node.failure.message}`;
    if (this.#leaving !== undefined) {
      this.#tell(node, { kind: "ended", why, code, nextMs: undefined });
      this.#isOver();
      return;
    }
    if (code !== undefined && GONE_FOR_GOOD.has(code)) {
      this.#tell(node, { kind: "ended", why, code, nextMs: undefined });
      return;
    }
    if (this.#options.clock.monotonicMs() - node.startedMs >= STEADY_MS) node.ends = 0;
    const nextMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(node.ends, 10));
    node.ends++;
    this.#tell(node, { kind: "ended", why, code, nextMs });
    this.#later(node, nextMs);
  }

  #later(node: Kept, delayMs: number): void {
    node.timer = this.#options.timers.after(delayMs, () => void this.#begin(node), { keepAlive: true });
  }

  #tell(node: Kept, event: NodeEvent): void {
    this.#options.onEvent(node.name, event);
  }
}

function keptOf(name: string): Kept {
  return {
    name,
    worker: undefined,
    timer: undefined,
    startedMs: 0,
    ends: 0,
    failure: undefined,
    isHeld: false,
  };
}

function describe({ status, signal, error }: WorkerEnd): string {
  if (error !== undefined) return `it could not be started: ${error}`;
  return signal === undefined ? `it ended with status ${status ?? "unknown"}` : `it was ended by ${signal}`;
}
