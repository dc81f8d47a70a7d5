/** Members of a group as real processes on the machines of a site: started, killed, stopped and continued by their parent. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import type { BridgedSite } from "./bridged-site.ts";
import type { MemberArguments, MemberLine } from "./group-member.ts";

const PROGRAM = join(import.meta.dirname, "group-member.ts");
const TSX = import.meta.resolve("tsx");
const PORT = 7000;

/** One life of a process. */
export class GroupProcess {
  readonly child: ChildProcess;
  /** Everything that it said was read, and it is gone. */
  readonly ended: Promise<void>;
  trouble = "";
  isKilled = false;

  constructor(words: readonly string[], hear: (line: MemberLine) => void) {
    const [file, ...rest] = words;
    // In a session of its own, as a service is: Linux shares a processor among sessions, and one that is busy elsewhere has
    // little left here.
    this.child = spawn(file as string, rest, { stdio: ["pipe", "ignore", "pipe", "pipe"], detached: true });
    this.child.stderr?.on("data", (data: Buffer) => {
      this.trouble = (this.trouble + data.toString()).slice(-4000);
    });
    // It may be gone when it is told something.
    this.child.stdin?.on("error", () => {});
    const lines = createInterface({ input: this.child.stdio[3] as NodeJS.ReadableStream });
    lines.on("line", (text) => hear(JSON.parse(text) as MemberLine));
    this.ended = Promise.all([once(this.child, "close"), once(lines, "close")]).then(() => {});
  }

  say(line: string): void {
    (this.child.stdin as Writable).write(`${line}\n`);
  }

  /** kill -9. */
  kill(): Promise<void> {
    this.isKilled = true;
    this.child.kill("SIGKILL");
    return this.ended;
  }
}

export interface GroupProcessesOptions {
  readonly site: BridgedSite;
  readonly folder: string;
  readonly detector?: MemberArguments["detector"];
  hear(index: number, line: MemberLine): void;
  /** A process is gone; whoever did not kill it is told why with a text. */
  gone(index: number, why: string | undefined): void;
}

/** The processes of one group, each on a machine of its own. */
export class GroupProcesses {
  readonly #options: GroupProcessesOptions;
  readonly #processes: (GroupProcess | undefined)[];
  #isClosed = false;

  constructor(options: GroupProcessesOptions) {
    this.#options = options;
    this.#processes = Array.from({ length: options.site.count }, () => undefined);
  }

  at(index: number): GroupProcess | undefined {
    return this.#processes[index];
  }

  start(index: number): GroupProcess {
    const { site, folder, detector = "heartbeat", hear, gone } = this.#options;
    const hosts = this.#processes.map((_, machine) => site.host(machine));
    const words: MemberArguments = {
      index,
      hosts,
      port: PORT,
      directory: join(folder, `n${index}`),
      detector,
    };
    const program = [process.execPath, "--import", TSX, PROGRAM, JSON.stringify(words)];
    const started = new GroupProcess(site.command(index, program), (line) => hear(index, line));
    this.#processes[index] = started;
    void started.ended.then(() => {
      if (this.#processes[index] === started) this.#processes[index] = undefined;
      const { exitCode, signalCode } = started.child;
      const why = `n${index} ended by itself (${signalCode ?? `status ${exitCode}`}): ${started.trouble}`;
      gone(index, started.isKilled || this.#isClosed ? undefined : why);
    });
    return started;
  }

  async kill(index: number): Promise<void> {
    await this.#processes[index]?.kill();
  }

  signal(index: number, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#processes[index]?.child.kill(signal);
  }

  say(line: string): void {
    for (const each of this.#processes) each?.say(line);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#processes.map((each) => each?.kill()));
  }
}
