/** A group of real processes, everything that they say held against the spec, and a way to wait for what comes of it. */
import { BridgedSite } from "./bridged-site.ts";
import type { MemberArguments, MemberLine, MemberState } from "./group-member.ts";
import { GroupProcesses } from "./group-process.ts";
import { GroupTraces } from "./group-traces.ts";

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
  readonly #states: (MemberState | undefined)[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(options: WatchedGroupOptions) {
    const { members, folder, detector = "heartbeat" } = options;
    this.#options = options;
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

  /** Waits for something that comes of what the members say. Rejects when a process ends by itself, and when the spec is violated. */
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
    this.#failure ??= failure;
    this.#wake();
  }

  #hear(index: number, line: MemberLine): void {
    this.#options.hears?.(index, line);
    if (line.kind === "state") this.#states[index] = line.state;
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
