/**
 * A node's membership in its cell: the cell's log, links to the other nodes, the replicas that should be here, reports, and the duties that
 * fall to whoever leads. It serves nobody by itself: the node puts file services and administration on top.
 */
import type { Mesh, MeshPort } from "../../channel/index.ts";
import { type Address, isCoterieError, type Store, sleep, type World } from "../../world/index.ts";
import type { CellState } from "../state/cell-state.ts";
import { LEVELS } from "../state/level.ts";
import { nodesOf, placesOf } from "../state/records.ts";
import { CELL_LOG, CellLog, type CellLogOptions } from "./cell-log.ts";
import { Dismissal } from "./dismissal.ts";
import type { CellView } from "./duties.ts";
import type { HostedReplica, ReplicaHost } from "./hosted.ts";
import type { Identity } from "./identity.ts";
import { Keeper, type Keeping } from "./keeper.ts";
import { Leading } from "./leading.ts";
import { Outlook } from "./outlook.ts";
import { ownReplicas, ROLES } from "./own-report.ts";
import { Refusals } from "./refusals.ts";
import { isOutside } from "./repair.ts";
import { type NodeReport, REPORTS_PORT, Reports } from "./reports.ts";

const SWEEP_RETRY_MS = 5000;

/** Fields of a report that the member itself knows. */
type OwnFields = "revision" | "role" | "replicas" | "is_leaving" | "level" | "oldest_level";

export interface MemberOptions {
  readonly identity: Identity;
  /** Open, under the node's name; closed by the member. */
  readonly mesh: Mesh;
  /** Links prove who is at their other end: nodes that the cell dismissed are refused. */
  readonly isProven?: boolean;
  /** Of the cell's log; closed by the member. */
  readonly store: Store;
  readonly host: ReplicaHost;
  /** Where this node is reached now. */
  readonly at: { readonly mesh: Address; readonly service: Address };
  /** What this node tells of itself, beside its replicas and its revision. */
  readonly about: () => Omit<NodeReport, OwnFields>;
  readonly log?: Pick<CellLogOptions, "timeoutMs" | "timing" | "levels" | "watch">;
}

export class Member {
  readonly self: string;
  readonly #world: World;
  readonly #options: MemberOptions;
  readonly #log: CellLog;
  readonly #keeper: Keeper;
  readonly #reports: Reports;
  readonly #refusals: Refusals;
  readonly #dismissal: Dismissal;
  readonly #outlook: Outlook;
  readonly #leading: Leading;
  #isLeaving = false;
  #isClosed = false;
  /** The state, a replica, a report or a link changed. */
  onChange: () => void = () => {};

  private constructor(world: World, options: MemberOptions, log: CellLog) {
    const { identity, mesh, host } = options;
    this.self = identity.self.name;
    this.#world = world;
    this.#options = options;
    this.#log = log;
    this.#keeper = new Keeper(world, this.self, log.state, host);
    this.#reports = new Reports(world, mesh.open(REPORTS_PORT), () => this.report());
    this.#refusals = new Refusals(mesh, options.isProven ?? false, () => ({
      gone: log.state.gone,
      voters: log.status().voters,
    }));
    // A state that is not of now yet may lack the node because it was of before it joined.
    const isOut = () => this.isShutOut(this.self) || log.status().role === "removed";
    this.#dismissal = new Dismissal(world.log, isOut);
    this.#outlook = new Outlook({
      self: this.self,
      clock: world.clock,
      log,
      reports: this.#reports,
      own: () => this.report(),
    });
    this.#leading = new Leading(world, {
      identity,
      at: options.at,
      log,
      outlook: this.#outlook,
      replicas: () => this.#keeper.all,
    });
    mesh.onTrouble = (_, error) => {
      if (this.#dismissal.hear(error)) this.#changed();
    };
    this.#keeper.onChange = () => this.#changed();
    this.#reports.onChange = () => {
      this.#rebuild();
      this.onChange();
    };
    log.state.onChange = () => this.#stateChanged();
    log.onStatus = () => this.#changed();
    this.#stateChanged();
    void this.#sweep();
  }

  /** Resolves when the state is as this node's store has it; links and replicas come after. */
  static async start(world: World, options: MemberOptions): Promise<Member> {
    const { identity, mesh, store } = options;
    for (const node of identity.nodes) link(mesh, identity.self.name, node.name, node.mesh);
    const founders = identity.nodes.map(({ name }) => name);
    const log = await CellLog.open(world, {
      store,
      port: mesh.open(CELL_LOG),
      ...(identity.isFounder && { founders }),
      ...options.log,
    });
    return new Member(world, options, log);
  }

  get state(): CellState {
    return this.#log.state;
  }

  /** Of the cell, 16 bytes. */
  get cell(): Uint8Array {
    return this.#options.identity.cell;
  }

  /** Nodes that this one refuses to have links with. */
  get cutOff(): readonly string[] {
    return this.#refusals.cutOff;
  }

  /** Refuses links with these nodes, and with no others, until it is told otherwise or ends. */
  cut(names: readonly string[]): void {
    this.#refusals.cut(names);
  }

  /** The cell has dismissed the node of this name, and believes its certificate no more. */
  isShutOut(name: string): boolean {
    return this.#refusals.isShutOut(name);
  }

  get log(): Pick<CellLog, "state" | "propose" | "read" | "status" | "isLeader" | "closed"> {
    return this.#log;
  }

  /** How often this node's replicas were made anew because their stores were damaged. */
  get rebuilds(): number {
    return this.#keeper.rebuilds;
  }

  get replicas(): readonly Keeping[] {
    return this.#keeper.all;
  }

  replicaOf(id: Uint8Array): HostedReplica | undefined {
    return this.#keeper.of(id)?.replica;
  }

  /** A port over the links with other nodes, for what belongs to a node beside its logs. @throws as `Mesh.open`. */
  openPort(name: string): MeshPort {
    return this.#options.mesh.open(name);
  }

  /** The last report of a node; its own is of now. */
  reportOf(name: string): { readonly report: NodeReport; readonly ageMs: number } | undefined {
    return this.#outlook.reportOf(name);
  }

  /** Whether a node is linked to this one. */
  isUp(name: string): boolean {
    return this.#outlook.isUp(name);
  }

  /** What this node knows of the cell, for who has to place something. */
  view(): CellView {
    return this.#outlook.cell();
  }

  report(): NodeReport {
    const { current, oldest } = this.#options.log?.levels ?? LEVELS;
    return {
      ...this.#options.about(),
      revision: this.state.revision,
      role: ROLES[this.#log.status().role],
      is_leaving: this.#isLeaving,
      level: current,
      oldest_level: oldest,
      replicas: ownReplicas(this.#keeper.all, (id) => this.#nodesOf(id)),
    };
  }

  #nodesOf(id: Uint8Array): string[] {
    const volume = this.state.volume(id);
    return volume === undefined ? [] : nodesOf(volume);
  }

  /** The cell has let this node go, and it has nothing to do here any more. */
  get isDismissed(): boolean {
    return this.#dismissal.isSo;
  }

  /** Resolves when the cell has let this node go. */
  get dismissed(): Promise<void> {
    return this.#dismissal.found;
  }

  /** Tells the others that it goes, closes replicas and the log, handing on what it leads, then the links. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isLeaving = true;
    this.#reports.tell();
    this.#isClosed = true;
    await this.#leading.close();
    await this.#keeper.close();
    await this.#log.close();
    this.#reports.close();
    await this.#options.mesh.close();
    await this.#options.store.close();
  }

  #stateChanged(): void {
    const { mesh } = this.#options;
    const names = this.state.nodes.map(({ name }) => name);
    for (const node of this.state.nodes) link(mesh, this.self, node.name, node.mesh);
    if (this.state.id !== undefined) {
      // Nodes that this one knew before it knew the state, and those that were dismissed.
      const gone = [...mesh.peers(), ...this.#options.identity.nodes].filter(
        ({ name }) => !names.includes(name),
      );
      for (const { name } of gone) mesh.remove(name);
      this.#reports.keep(names);
    }
    this.#keeper.wake();
    this.#changed();
  }

  #changed(): void {
    if (this.#isClosed) return;
    this.#refusals.look();
    this.#dismissal.look();
    this.onChange();
    this.#leading.look();
  }

  /** As soon as the state is that of a quorum, what is left of volumes that are elsewhere by now goes. */
  async #sweep(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#log.read(() => undefined);
        return this.#keeper.sweep();
      } catch (error) {
        if (!isCoterieError(error)) throw error;
        await sleep(this.#world.timers, SWEEP_RETRY_MS);
      }
    }
  }

  /** Replicas here that nobody counts on any more, and that cannot go on as they are. */
  #rebuild(): void {
    for (const { id, replica, isDamaged, failedMs } of this.#keeper.all) {
      const volume = this.state.volume(id);
      const shallStay = volume !== undefined && placesOf(volume).includes(this.self);
      const isRemoved = shallStay && replica?.status().log.role === "removed";
      if (!isDamaged && !isRemoved) continue;
      if (isOutside(id, this.self, isDamaged ? failedMs : 0, this.#reports.all)) this.#keeper.rebuild(id);
    }
  }
}

function link(mesh: Mesh, self: string, name: string, address: Address): void {
  if (name !== self && address.port !== 0)
    mesh.add({ name, address: { host: address.host, port: address.port } });
}
