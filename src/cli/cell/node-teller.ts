/**
 * Says what becomes of the nodes that a `coterie up` keeps: the banner once the cell serves, then a line for each thing that happens; under `--json` an
 * event for each, from the first process on.
 */
import type { ExportRule } from "../../files/index.ts";
import { CoterieError, isCoterieError } from "../../world/index.ts";
import { mountLines } from "../banner.ts";
import type { CliContext } from "../context.ts";
import { formatDuration, type Style } from "../style.ts";
import { formatCellBanner } from "./cell-banner.ts";
import { type CellDirectory, nodePath } from "./cell-directory.ts";
import type { NodeEvent } from "./supervisor.ts";

/** What is known of one node. */
export interface KnownState {
  readonly name: string;
  host: string;
  port: number;
  pid: number | undefined;
  isServing: boolean;
  isLeading: boolean;
  /** An operator wants it down, or it has ended at least once. */
  isMissed: boolean;
  isHeld: boolean;
  hasServed: boolean;
  /** How often its process has crashed since it served last. */
  crashes: number;
}

/** What the system ends a process with for what it did itself: read where no memory is, most often. */
const CRASH = /\bSIG(SEGV|BUS|ABRT|ILL|FPE)\b/;
/** One may be anything; so many, and nothing between, are the node's own data. */
const CRASHES_OF_DATA = 3;

export class NodeTeller {
  /** Resolves when none of the nodes could be started: there is nothing to wait for. */
  readonly hopeless: Promise<CoterieError>;
  /** Resolves when the cell serves, and the banner is out. */
  readonly ready: Promise<void>;
  isLeaving = false;
  readonly #context: CliContext;
  readonly #cell: CellDirectory;
  readonly #rules: readonly ExportRule[];
  readonly #isDefaultDirectory: boolean;
  readonly #nodes: KnownState[];
  #isReady = false;
  #tellReady: () => void = () => {};
  #giveUp: (why: CoterieError) => void = () => {};

  constructor(
    context: CliContext,
    cell: CellDirectory,
    rules: readonly ExportRule[],
    isDefaultDirectory: boolean,
  ) {
    this.#context = context;
    this.#cell = cell;
    this.#rules = rules;
    this.#isDefaultDirectory = isDefaultDirectory;
    this.#nodes = cell.nodes.map(stateOf);
    this.ready = new Promise((resolve) => {
      this.#tellReady = resolve;
    });
    this.hopeless = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  onEvent(name: string, event: NodeEvent): void {
    const node = this.#nodes.find((each) => each.name === name);
    if (node === undefined) return;
    const line = this.#take(node, event);
    const { kind, ...told } = event;
    const { output } = this.#context;
    if (output.json) output.result({ event: "node", node: name, state: kind, ...told }, () => "");
    else if (this.#isNews(event) && line !== undefined) output.result(undefined, line);
    if (event.kind === "ended" && event.code !== undefined) this.#failed(event.code, event.why);
    this.#readyOnce();
  }

  /** A node asks to be one of the cell. */
  joining(name: string): void {
    this.#context.output.result(
      { event: "node", node: name, state: "joining" },
      (style) => `${style.bold(name)} joins the cell`,
    );
  }

  /** From now on it is told of as the others. */
  joined(name: string): void {
    this.#nodes.push(stateOf(name));
    const nodes = this.#nodes.length;
    const { output } = this.#context;
    if (output.json) output.result({ event: "node", node: name, state: "joined", nodes }, () => "");
  }

  /** All have joined that were to. */
  grown(count: number): void {
    this.#context.output.result(
      { event: "grown", nodes: count },
      () =>
        `the cell has ${count} nodes here; volumes get replicas on them as they start (\`coterie status\`)`,
    );
  }

  notJoined(name: string, { code, message }: CoterieError, nextMs: number): void {
    const told = { event: "node", node: name, state: "refused", code, why: message, nextMs };
    this.#context.output.result(
      told,
      (style) =>
        `${style.yellow(name)} has not joined: ${code}: ${message}; it is tried again in ${formatDuration(nextMs)}`,
    );
  }

  /** What hinders, and ends nothing. */
  trouble(error: unknown): void {
    if (!isCoterieError(error)) throw error;
    const { code, message } = error;
    const told = { event: "trouble", code, message };
    this.#context.output.result(told, (style) => `${style.red(code)} ${message}`);
  }

  /** Until the banner, only what goes wrong. */
  #isNews({ kind }: NodeEvent): boolean {
    return !this.isLeaving && (this.#isReady || kind === "ended");
  }

  /** Nothing is wrong with waiting, but whoever looks on wants to know for what. */
  tellWait(): void {
    if (this.#isReady || this.isLeaving) return;
    const missing = this.#nodes.filter((node) => node.port === 0 || node.isMissed).map(({ name }) => name);
    const lacks = missing.length === 0 ? "" : `; missing: ${missing.join(", ")}`;
    this.#context.output.note(`the cell waits for a majority of its ${this.#nodes.length} nodes${lacks}`);
  }

  #take(node: KnownState, event: NodeEvent): ((style: Style) => string) | undefined {
    const { name } = node;
    switch (event.kind) {
      case "started":
        node.pid = event.pid;
        return undefined;
      case "ready":
        Object.assign(node, { host: event.host, port: event.port, pid: event.pid, isHeld: false });
        return undefined;
      case "standing":
        return this.#stand(node, event.isServing, event.isLeading);
      case "held":
        Object.assign(node, { isHeld: true, isMissed: true });
        return (style) => `${style.yellow(name)} stays down until \`coterie resume ${name}\``;
      case "ended":
        Object.assign(node, { isServing: false, isLeading: false, isMissed: true, pid: undefined });
        if (CRASH.test(event.why)) node.crashes++;
        return (style) =>
          `${style.red(name)} is down: ${event.why}${again(event.nextMs)}${this.#remedy(node)}`;
    }
  }

  /** Told once: lmdb ends the process that reads a damaged database. */
  #remedy({ name, crashes }: KnownState): string {
    if (crashes !== CRASHES_OF_DATA) return "";
    const { path } = this.#cell;
    const { commandName } = this.#context;
    const at = this.#isDefaultDirectory ? "" : ` --dir ${path}`;
    const stores = `${nodePath(path, name)}/log-* and volume-*`;
    return `
  It crashed ${crashes} times without serving: most likely its stores are damaged. While the others are well
  (${commandName} status${at}): ${commandName} kill${at} ${name}, remove ${stores} there,
  and ${commandName} resume${at} ${name}; it gets all of them from the others again.`;
  }

  #stand(node: KnownState, isServing: boolean, isLeading: boolean): ((style: Style) => string) | undefined {
    const { name } = node;
    const before = { ...node };
    Object.assign(node, { isServing, isLeading, hasServed: node.hasServed || isServing });
    if (isServing) node.crashes = 0;
    if (isLeading && !before.isLeading) return (style) => `${style.bold(name)} leads the cell`;
    if (isServing && !before.isServing)
      return (style) => `${style.green(name)} serves${before.hasServed ? " again" : ""}`;
    if (!isServing && before.isServing) return (style) => `${style.yellow(name)} waits for the others`;
    return undefined;
  }

  /** At the first start only: later, what failed is tried again for as long as it takes. */
  #failed(code: string, why: string): void {
    const isOver = this.#nodes.every(({ isMissed, hasServed }) => isMissed && !hasServed);
    if (this.#isReady || !isOver) return;
    this.#giveUp(new CoterieError(code, why.slice(code.length + 2)));
  }

  #readyOnce(): void {
    if (this.#isReady || this.isLeaving) return;
    const isServed = this.#nodes.some(({ isServing }) => isServing);
    if (!isServed || !this.#nodes.every(({ isServing, isMissed }) => isServing || isMissed)) return;
    this.#isReady = true;
    const { version, commandName, output, process } = this.#context;
    const tookMs = Math.round(process.sinceStartMs());
    const { path, name, cell } = this.#cell;
    const nodes = this.#nodes.map(({ name: node, host, port, pid, isLeading, isServing }) => ({
      node,
      host,
      port,
      pid,
      isServing,
      isLeading,
      ...(port !== 0 && { mount: mountLines(host, port) }),
      logFile: `${nodePath(path, node)}/log/node.log`,
    }));
    output.result({ event: "ready", version, cell, name, directory: path, tookMs, nodes }, (style) =>
      formatCellBanner(
        {
          version,
          commandName,
          tookMs,
          cell: this.#cell,
          rules: this.#rules,
          nodes: this.#nodes,
          isDefaultDirectory: this.#isDefaultDirectory,
        },
        style,
      ),
    );
    this.#tellReady();
  }
}

function stateOf(name: string): KnownState {
  return {
    name,
    host: "",
    port: 0,
    pid: undefined,
    isServing: false,
    isLeading: false,
    isMissed: false,
    isHeld: false,
    hasServed: false,
    crashes: 0,
  };
}

function again(nextMs: number | undefined): string {
  return nextMs === undefined ? "" : `; it is started again in ${formatDuration(nextMs)}`;
}
