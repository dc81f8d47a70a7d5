/**
 * The nodes of a cell as real processes, which their parent starts, kills, stops and asks. On a site each has a machine of its own; without
 * one all of them share this machine's loopback.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FloatingPlace } from "../../src/node/index.ts";
import type { Address } from "../../src/world/index.ts";
import type { BridgedSite } from "./bridged-site.ts";
import { freePortsBelow } from "./cell-ports.ts";
import type {
  NodeAnswer,
  NodeRequest,
  NodeWords,
  Release,
  VolumeDigest,
  VolumeState,
} from "./cell-program.ts";

const PROGRAM = join(import.meta.dirname, "cell-program.ts");
const SITE_MESH_PORT = 4000;
const SITE_NFS_PORT = 2049;
/** What a process said last, for who asks why it ended. */
const KEPT_TROUBLE = 8000;
const ASKED_EVERY_MS = 20;

export interface CellProcessesOptions {
  readonly count: number;
  /** Each node has a folder in it. */
  readonly folder: string;
  /** Has at least `count` machines; the nodes are on the first ones. */
  readonly site?: BridgedSite;
  /** A floating address of the nodes; needs a site. */
  readonly vip?: FloatingPlace;
  /** The words that run a node, before its own: by default the sources, as they are. */
  readonly program?: readonly string[];
}

/** One life of a process. */
class Life {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  isWanted = true;
  trouble = "";
  #asked: { request: NodeRequest; resolve: (answer: NodeAnswer) => void; reject: (error: Error) => void }[] =
    [];

  constructor(words: readonly string[]) {
    const [file, ...rest] = words;
    this.child = spawn(file as string, rest, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.child.stderr?.on("data", (data: Buffer) => {
      this.trouble = (this.trouble + data.toString()).slice(-KEPT_TROUBLE);
    });
    this.ended = once(this.child, "close").then(() => {
      for (const { reject } of this.#asked.splice(0)) reject(new Error("the node is gone"));
    });
    this.ready = new Promise((resolve, reject) => {
      this.child.once("message", (answer: NodeAnswer) => {
        if (answer.kind === "ready") resolve();
        else reject(new Error(`the node did not start: ${JSON.stringify(answer)}`));
        this.child.on("message", (later: NodeAnswer) => this.#answered(later));
      });
      void this.ended.then(() => reject(new Error(`the node ended before it was ready: ${this.trouble}`)));
    });
    // Whoever kills it before it is ready waits for nothing.
    this.ready.catch(() => {});
  }

  /** Answers come in the order of the questions of their kind. */
  ask(request: NodeRequest): Promise<NodeAnswer> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ request, resolve, reject });
      this.child.send(request, (error) => {
        if (error) reject(error);
      });
    });
  }

  #answered(answer: NodeAnswer): void {
    const kind = answer.kind === "stopped" ? "stop" : answer.kind;
    const at = this.#asked.findIndex(({ request }) => request === kind);
    if (at >= 0) this.#asked.splice(at, 1)[0]?.resolve(answer);
  }
}

export class CellProcesses {
  readonly count: number;
  /** Where clients reach each node. */
  readonly addresses: readonly Address[];
  /** Rejects when a process ends that nobody ended. */
  readonly failed: Promise<never>;
  readonly #options: CellProcessesOptions;
  readonly #nodes: NodeWords["nodes"];
  readonly #lives: (Life | undefined)[] = [];
  #fail: (error: Error) => void = () => {};

  private constructor(options: CellProcessesOptions, nodes: NodeWords["nodes"]) {
    this.count = options.count;
    this.#options = options;
    this.#nodes = nodes;
    this.addresses = nodes.map(({ service }) => service);
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  /** Chooses their addresses; starts nobody. */
  static async prepare(options: CellProcessesOptions): Promise<CellProcesses> {
    const { count, site } = options;
    const ports = site === undefined ? await freePortsBelow(2 * count) : [];
    const nodes = Array.from({ length: count }, (_, index) => {
      const host = site?.host(index) ?? "127.0.0.1";
      const mesh = { host, port: ports[index] ?? SITE_MESH_PORT };
      const service = { host, port: ports[count + index] ?? SITE_NFS_PORT };
      return { name: `node-${index + 1}`, mesh, service, domain: "" };
    });
    return new CellProcesses(options, nodes);
  }

  /** Starts all, and waits until the cell's volume can be used at each. */
  async begin(): Promise<void> {
    for (const index of this.#nodes.keys()) this.start(index);
    await this.whole();
  }

  /** Starts one, without waiting for it. */
  start(index: number, release?: Release): void {
    const { site } = this.#options;
    const usual = [process.execPath, "--import", import.meta.resolve("tsx"), PROGRAM];
    const { program = usual } = this.#options;
    const directory = this.directory(index);
    const { vip } = this.#options;
    const optional = { ...(release && { release }), ...(vip && { vip }) };
    const argument: NodeWords = { index, nodes: this.#nodes, directory, ...optional };
    const words = [...program, JSON.stringify(argument)];
    const life = new Life(site === undefined ? words : site.command(index, words));
    this.#lives[index] = life;
    void life.ended.then(() => {
      if (this.#lives[index] === life) this.#lives[index] = undefined;
      if (!life.isWanted) return;
      const { exitCode, signalCode } = life.child;
      this.#fail(new Error(`node-${index + 1} ended by itself (${signalCode ?? exitCode}): ${life.trouble}`));
    });
  }

  /** Starts one that shall not come to serve; gives what it said of itself until it ended. */
  async refused(index: number, release: Release): Promise<string> {
    this.start(index, release);
    const life = this.#lives[index] as Life;
    life.isWanted = false;
    await life.ended;
    return life.trouble;
  }

  directory(index: number): string {
    return join(this.#options.folder, `node-${index + 1}`);
  }

  isRunning(index: number): boolean {
    return this.#lives[index] !== undefined;
  }

  pid(index: number): number | undefined {
    return this.#lives[index]?.child.pid;
  }

  /** What the present life of a process has said of itself. */
  trouble(index: number): string {
    return this.#lives[index]?.trouble ?? "";
  }

  /** kill -9; resolves when it is gone. */
  async kill(index: number): Promise<void> {
    const life = this.#lives[index];
    if (life === undefined) return;
    life.isWanted = false;
    life.child.kill("SIGKILL");
    await life.ended;
  }

  signal(index: number, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#lives[index]?.child.kill(signal);
  }

  /** Ends it in order. */
  async stop(index: number): Promise<void> {
    const life = this.#lives[index];
    if (life === undefined) return;
    life.isWanted = false;
    await life.ask("stop");
    await life.ended;
  }

  async status(index: number): Promise<VolumeState | undefined> {
    const life = this.#lives[index];
    if (life === undefined) return undefined;
    await life.ready;
    return (await life.ask("status")) as NodeAnswer & { kind: "status" };
  }

  async digest(index: number): Promise<VolumeDigest | undefined> {
    const life = this.#lives[index];
    const answer = (await life?.ask("digest")) as (NodeAnswer & { kind: "digest" }) | undefined;
    return answer?.digest;
  }

  /** The number of the node that leads the volume, as soon as one does that others agree with. */
  async leader(): Promise<number> {
    for (;;) {
      const states = await this.#states();
      const at = states.findIndex((state) => state?.role === "leader" && state.isServing);
      if (at >= 0) return at;
      await this.#aWhile();
    }
  }

  /** Resolves when each process runs, has a replica of the volume, and knows who leads it. */
  async whole(): Promise<void> {
    for (;;) {
      const states = await this.#states();
      const isWhole = states.every(
        (state) =>
          state?.isFormatted === true &&
          state.leader !== undefined &&
          (state.role === "leader" || state.role === "follower") &&
          state.voters.length === Math.min(this.count, 3),
      );
      if (isWhole) return;
      await this.#aWhile();
    }
  }

  /** The digests of all replicas, taken when all have applied the same: nobody may be changing anything. */
  async digests(): Promise<VolumeDigest[]> {
    for (;;) {
      const all = await Promise.all(this.#nodes.map((_, index) => this.digest(index)));
      const digests = all.filter((each) => each !== undefined);
      if (digests.length === all.length && new Set(digests.map(({ index }) => index)).size === 1)
        return digests;
      await this.#aWhile();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((_, index) => this.kill(index)));
  }

  #states(): Promise<(VolumeState | undefined)[]> {
    return Promise.all(this.#nodes.map((_, index) => this.status(index)));
  }

  /** They tell nobody when they change: they are asked again. */
  #aWhile(): Promise<void> {
    return Promise.race([sleep(ASKED_EVERY_MS), this.failed]);
  }
}
