/** The process a command runs in: who and where it is, and the signals it is sent. */
import { hostname, release } from "node:os";
import { createProcessReadings, type ProcessReadings } from "./process-readings.ts";
import {
  type ParentOptions,
  type ParentProcess,
  parentProcess,
  startWorker,
  type WorkerProcess,
} from "./worker-process.ts";

/** The signals that a command may wait for. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR2";

/** What a program may ask of its own process and machine: who it is, signals, workers. */
export interface ProcessControl {
  readonly pid: number;
  /** `linux`, `darwin`, … */
  readonly platform: string;
  readonly architecture: string;
  /** The system's release, as `uname -r` says it. */
  readonly release: string;
  readonly nodeVersion: string;
  readonly hostname: string;
  /** User and group of the process; undefined where the system has none. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Supplementary groups of the process; none where the system has none. */
  readonly groups: readonly number[];
  /** Milliseconds since the process began, start-up of the runtime included. */
  sinceStartMs(): number;
  /** Calls `handler` for each of the signals until the returned function is called; until then they end nothing. */
  onSignal(signals: readonly SignalName[], handler: (signal: SignalName) => void): () => void;
  /** Calls `handler` with an error that nobody caught, before it ends the process, until the returned function is called. */
  onCrash(handler: (error: unknown) => void): () => void;
  /** What the system says of this process, measured from now on; for whoever closes it. */
  readings(): ProcessReadings;
  /** Ends the process at once, without waiting for anything. */
  exit(code: number): never;
  /** The words that start this program load TypeScript of any file. */
  readonly runsTypeScript: boolean;
  /** Sends a signal to a process of this machine; false where there is none, or it is another user's. */
  signal(pid: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): boolean;
  /** Runs this program again, with these arguments, as a worker; `nodeOptions` are for the runtime. */
  startWorker(args: readonly string[], nodeOptions: readonly string[]): WorkerProcess;
  /** The process that started this one as a worker; asked for once, by who knows that it is one. */
  parent(options: ParentOptions): ParentProcess;
}

export interface ProcessControlOptions {
  /** The words that start this program: the runtime, its options, the script. Default: those that started it. */
  readonly command?: readonly [runtime: string, ...rest: string[]];
}

/** The control of the process that calls it. */
export function createProcessControl(options: ProcessControlOptions = {}): ProcessControl {
  const [runtime, ...rest] = options.command ?? [
    process.execPath,
    ...process.execArgv,
    process.argv[1] ?? "",
  ];
  return {
    pid: process.pid,
    platform: process.platform,
    architecture: process.arch,
    release: release(),
    nodeVersion: process.versions.node,
    hostname: hostname(),
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    groups: process.getgroups?.() ?? [],
    sinceStartMs: () => performance.now(),
    onSignal(signals, handler) {
      for (const signal of signals) process.on(signal, handler);
      return () => {
        for (const signal of signals) process.off(signal, handler);
      };
    },
    onCrash(handler) {
      process.on("uncaughtExceptionMonitor", handler);
      return () => process.off("uncaughtExceptionMonitor", handler);
    },
    readings: createProcessReadings,
    exit: (code) => process.exit(code),
    runsTypeScript: rest.some((word) => /\btsx\b/.test(word)),
    signal(pid, signal) {
      // 0 and below mean groups of processes.
      if (!(pid > 0)) return false;
      try {
        return process.kill(pid, signal);
      } catch {
        return false;
      }
    },
    startWorker: (args, nodeOptions) => startWorker([runtime, ...nodeOptions, ...rest, ...args]),
    parent: parentProcess,
  };
}
