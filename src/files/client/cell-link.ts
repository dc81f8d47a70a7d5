/**
 * The calls of a client that knows several nodes of a cell: an RPC client whose route is this, and a watch over it while calls wait. It
 * performs what `servers.ts` and `silence.ts` decide. A move takes all unanswered calls along, the same bytes under the same xids, which the
 * cell knows again whichever node has them already.
 */
import { RpcClient, type RpcClientOptions } from "../../rpc/index.ts";
import type { Address, Timer, World } from "../../world/index.ts";
import { NFS_V3_Client } from "../nfs/gen/nfs3.gen.ts";
import { type MoveReason, type ServerMove, Servers } from "./servers.ts";
import { Silence } from "./silence.ts";

/** How often a client whose calls wait looks whether its server is silent. */
export const LOOK_MS = 100;
/** A node that cannot tell a call's outcome says nothing; after so long it is asked again. */
export const RESEND_MS = 5000;
/** How long one probe may take. */
export const PROBE_MS = 3000;
/** How long the first node that answers is waited for, before it is tried with one that may come later. */
export const CHOOSE_MS = 1000;

export interface CellLinkOptions extends Omit<RpcClientOptions, "host" | "port" | "route" | "resendMs"> {
  readonly servers: readonly Address[];
  readonly prefersFirst?: boolean | undefined;
  readonly onMove?: ((move: ServerMove) => void) | undefined;
}

export class CellLink {
  readonly rpc: RpcClient;
  readonly #world: World;
  readonly #servers: Servers;
  readonly #silence: Silence;
  #timer: Timer | undefined;
  /** A call was answered since the last look. */
  #wasHeard = false;
  /** Ends the probes that are under way. */
  readonly #closing = new AbortController();

  /** A link to the node that answers first. @throws RangeError for impossible addresses. */
  static async open(world: World, options: CellLinkOptions): Promise<CellLink> {
    const { all } = new Servers(options.servers, world.random);
    const isGiven = all.length === 1 || options.prefersFirst === true;
    return new CellLink(world, options, isGiven ? 0 : await firstOf(world, all));
  }

  private constructor(world: World, options: CellLinkOptions, first: number) {
    const { servers: addresses, prefersFirst: _, onMove, ...rpc } = options;
    const servers = new Servers(addresses, world.random, first);
    const silence = new Silence(world.clock.monotonicMs());
    // Behind a promise: what goes wrong in the user's function is not in the way of answers, and not silent.
    if (onMove !== undefined) servers.onMove = (move) => void Promise.resolve(move).then(onMove);
    this.#world = world;
    this.#servers = servers;
    this.#silence = silence;
    const route = {
      get current() {
        return servers.current;
      },
      lost() {
        silence.restart(world.clock.monotonicMs());
        return servers.lost();
      },
      answered: () => {
        this.#wasHeard = true;
        servers.answered();
      },
    };
    this.rpc = new RpcClient(world, { ...rpc, ...servers.current, route, resendMs: RESEND_MS });
  }

  get current(): Address {
    return this.#servers.current;
  }

  /** A call is made: it is watched over. */
  watch(): void {
    if (this.#timer !== undefined || this.#closing.signal.aborted) return;
    this.#silence.restart(this.#world.clock.monotonicMs());
    this.#lookLater();
  }

  /** `server`, if it is still the one that is called, is not to be called for now. */
  leave(server: Address, reason: MoveReason, to?: Address): void {
    if (server !== this.current || this.#closing.signal.aborted) return;
    this.#servers.leave(reason, to);
    this.#silence.restart(this.#world.clock.monotonicMs());
    if (this.current !== server) this.rpc.move();
  }

  #lookLater(): void {
    this.#timer = this.#world.timers.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    const { inFlight, queued } = this.rpc.stats();
    if (inFlight + queued === 0) return;
    this.#lookLater();
    const nowMs = this.#world.clock.monotonicMs();
    if (this.#wasHeard) this.#silence.heard(nowMs);
    this.#wasHeard = false;
    const advice = this.#silence.look(nowMs, this.current);
    if (advice.kind === "ask") this.#ask();
    if (advice.kind === "leave") {
      const { current } = this;
      this.leave(current, "silent", advice.to);
      this.#silence.left(nowMs, current);
    }
  }

  #ask(): void {
    const { all } = this.#servers;
    if (all.length === 1) return;
    for (const server of all) {
      probe(this.#world, server, this.#closing.signal).then(
        () => this.#silence.isThere(server),
        () => {},
      );
    }
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#timer?.cancel();
    return this.rpc.close();
  }
}

/** The number of the server that answers first; 0 when none does soon. */
async function firstOf(world: World, servers: readonly Address[]): Promise<number> {
  const decided = new AbortController();
  const answers = servers.map((server, number) => probe(world, server, decided.signal).then(() => number));
  let timer: Timer | undefined;
  const late = new Promise<number>((resolve) => {
    timer = world.timers.after(CHOOSE_MS, () => resolve(0));
  });
  const first = await Promise.race([Promise.any(answers).catch(() => 0), late]);
  timer?.cancel();
  decided.abort();
  return first;
}

/** Asks a server for nothing, over a connection of its own. Rejects when it does not answer. */
async function probe(world: World, { host, port }: Address, signal: AbortSignal): Promise<void> {
  const rpc = new RpcClient(world, { host, port, reconnect: false, timeoutMs: PROBE_MS });
  try {
    await new NFS_V3_Client(rpc).NFSPROC3_NULL({ signal });
  } finally {
    rpc.close().catch(() => {});
  }
}
