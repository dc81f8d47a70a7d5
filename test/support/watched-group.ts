/**
 * A group of real processes, everything that they say held against the spec, and a way to wait for what comes of it. When something is wrong,
 * what was said last is written to a file that the error names.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BridgedSite } from "./bridged-site.ts";
import type { MemberArguments, MemberLine, MemberState } from "./group-member.ts";
import { GroupProcesses } from "./group-process.ts";
import { GroupTraces } from "./group-traces.ts";

/** Lines that are kept for a failure. */
const KEPT_LINES = 50_000;

export interface WatchedGroupOptions {
  readonly members: number;
  readonly folder: string;
  readonly detector?: MemberArguments["detector"];
  /** Told of every suspicion. */
  readonly suspects?: (words: string) => void;
  /** Told of everything that is said. */
  readonly hears?: (index: number, line: MemberLine) => void;
}

export class WatchedGroup {
  readonly site: BridgedSite;
  readonly processes: GroupProcesses;
  readonly traces: GroupTraces;
  /** Who suspected whom, and why, in the order in which it was heard of. */
  readonly suspicions: string[] = [];
  readonly #options: WatchedGroupOptions;
  /** Rejects when a process ends by itself, and when the spec is violated. */
  readonly failed: Promise<never>;
  readonly #states: (MemberState | undefined)[] = [];
  #said: string[] = [];
  #failure: Error | undefined;
  #reject: (failure: Error) => void = () => {};
  #wake: () => void = () => {};

  constructor(options: WatchedGroupOptions) {
    const { members, folder, detector = "heartbeat" } = options;
    this.#options = options;
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => {});
    this.traces = new GroupTraces(members);
    this.site = new BridgedSite(members);
    this.processes = new GroupProcesses({
      site: this.site,
      folder,
      detector,
      hear: (index, line) => this.#hear(index, line),
      gone: (index, why) => this.#gone(index, why),
    });
  }

  /** Resolves when all are in one view. */
  async start(): Promise<void> {
    for (let index = 0; index < this.#options.members; index++) this.processes.start(index);
    await this.atRest();
  }

  /** Waits for something that comes of what the members say, one at a time. Rejects as `failed` does. */
  async until(isSo: () => boolean, limitMs = 120_000): Promise<void> {
    const timer = setTimeout(() => {
      this.#fail(new Error(`it does not happen within ${limitMs} ms:\n${this.traces.describe()}`));
    }, limitMs);
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        if (isSo()) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  atRest(): Promise<void> {
    return this.until(() => this.traces.isAtRest());
  }

  /** What each has when all are at rest. */
  async states(): Promise<MemberState[]> {
    for (;;) {
      await this.atRest();
      const { events } = this.traces;
      this.#states.length = 0;
      this.processes.say("state");
      await this.until(
        () => this.#states.filter((each) => each !== undefined).length === this.#options.members,
      );
      if (this.traces.events === events) return this.#states as MemberState[];
    }
  }

  async close(): Promise<void> {
    await this.processes.close();
    this.site.close();
  }

  #fail(failure: Error): void {
    if (this.#failure !== undefined) return;
    const path = join(tmpdir(), `coterie-group-${process.pid}.jsonl`);
    writeFileSync(path, this.#said.join(""));
    failure.message += `\nthe last ${this.#said.length} lines are in ${path}`;
    this.#failure = failure;
    this.#reject(failure);
    this.#wake();
  }

  #keep(index: number, line: MemberLine): void {
    if (this.#said.length >= 2 * KEPT_LINES) this.#said = this.#said.slice(-KEPT_LINES);
    this.#said.push(`${JSON.stringify({ index, ...line })}\n`);
  }

  #hear(index: number, line: MemberLine): void {
    this.#options.hears?.(index, line);
    this.#keep(index, line);
    if (line.kind === "closed") this.#fail(new Error(`n${index}: ${line.why}`));
    else if (line.kind === "state") this.#states[index] = line.state;
    else if (line.kind === "suspect") {
      this.suspicions.push(`n${index} suspects ${line.peer}: ${line.why}`);
      this.#options.suspects?.(this.suspicions.at(-1) as string);
    } else if (line.kind === "event") this.traces.add(index, line.member, line.event);
    this.#check();
  }

  #gone(index: number, why: string | undefined): void {
    if (why !== undefined) this.#fail(new Error(why));
    this.traces.gone(index);
    this.#check();
  }

  #check(): void {
    const { violation } = this.traces.spec;
    if (violation !== undefined) this.#fail(new Error(`${violation.property}: ${violation.text}`));
    this.#wake();
  }
}
