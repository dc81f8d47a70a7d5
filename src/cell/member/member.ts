/**
 * A node's membership in its cell: the cell's log, links to the other nodes, the replicas that should be here, reports, and the duties that
 * fall to whoever leads. It serves nobody by itself: the node puts file services and administration on top.
 */
import type { Mesh, MeshPort } from "../../channel/index.ts";
import {
  type Address,
  type CoterieError,
  isCoterieError,
  type Store,
  sleep,
  type Timer,
  type World,
} from "../../world/index.ts";
import { cell_deed, cell_standing, report_role } from "../gen/cell-admin.gen.ts";
import type { CellCommand, CellState } from "../state/cell-state.ts";
import { LEVELS } from "../state/level.ts";
import { CELL_LOG, CellLog, type CellLogOptions } from "./cell-log.ts";
import { type CellDuty, type CellView, cellDuty, type NodeView, volumeDuty } from "./duties.ts";
import type { HostedReplica, ReplicaHost } from "./hosted.ts";
import type { Identity, KnownNode } from "./identity.ts";
import { Keeper, type Keeping } from "./keeper.ts";
import { levelDuty } from "./level.ts";
import { MountDuties } from "./mount-duties.ts";
import { ownReplicas, ROLES } from "./own-report.ts";
import { isEstranged, Refusals, saysRevoked } from "./refusals.ts";
import { isOutside } from "./repair.ts";
import { type NodeReport, REPORTS_PORT, Reports } from "./reports.ts";

/** How often duties are looked at when nothing happens. */
export const DUTY_MS = 500;
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
  readonly #mounts: MountDuties;
  /** Resolves when the cell has let this node go. */
  readonly dismissed: Promise<void>;
  #dismiss: () => void = () => {};
  readonly #refusals: Refusals;
  /** A node of the cell said so when this one wanted a link with it. */
  #isRevoked = false;
  #isEstranged = false;
  #isLeaving = false;
  #isClosed = false;
  #isAsked = false;
  #looking: Promise<void> | undefined;
  #timer: Timer | undefined;
  /** The state, a replica, a report or a link changed. */
  onChange: () => void = () => {};

  private constructor(world: World, options: MemberOptions, log: CellLog) {
    const { identity, mesh, host } = options;
    this.self = identity.self.name;
    this.dismissed = new Promise((resolve) => {
      this.#dismiss = resolve;
    });
    this.#world = world;
    this.#options = options;
    this.#log = log;
    this.#mounts = new MountDuties(log, world.log);
    this.#keeper = new Keeper(world, this.self, log.state, host);
    this.#reports = new Reports(world, mesh.open(REPORTS_PORT), () => this.report());
    this.#refusals = new Refusals(mesh, options.isProven ?? false, () => ({
      gone: log.state.gone,
      voters: log.status().voters,
    }));
    mesh.onTrouble = (_, error) => this.#troubled(error);
    this.#keeper.onChange = () => this.#changed();
    this.#reports.onChange = () => {
      this.#rebuild();
      this.onChange();
    };
    log.state.onChange = () => this.#stateChanged();
    log.onStatus = () => this.#changed();
    this.#stateChanged();
    this.#arm();
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
    if (name === this.self) return { report: this.report(), ageMs: 0 };
    const heard = this.#reports.of(name);
    return heard && { report: heard.report, ageMs: this.#world.clock.monotonicMs() - heard.heardMs };
  }

  /** Whether a node is linked to this one. */
  isUp(name: string): boolean {
    return name === this.self || this.#reports.isUp(name);
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
      replicas: ownReplicas(this.#keeper.all, (id) => this.#placesOf(id)),
    };
  }

  #placesOf(id: Uint8Array): string[] {
    const { replicas = [], wanted = [] } = this.state.volume(id) ?? {};
    return [...new Set([...replicas, ...wanted])];
  }

  /** The cell has let this node go, and it has nothing to do here any more. */
  get isDismissed(): boolean {
    // A state that is not of now yet may lack the node because it was of before it joined.
    return this.isShutOut(this.self) || this.#isRevoked || this.#log.status().role === "removed";
  }

  /** Tells the others that it goes, closes replicas and the log, handing on what it leads, then the links. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isLeaving = true;
    this.#reports.tell();
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
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

  #troubled(error: CoterieError): void {
    if (isEstranged(error) && !this.#isEstranged) {
      this.#isEstranged = true;
      // Nothing proves that those who answer are the cell, so this is no reason to end.
      this.#world.log.warn("a node is of an authority that is not believed here", { message: error.message });
    }
    if (!saysRevoked(error)) return;
    this.#isRevoked = true;
    this.#changed();
  }

  #changed(): void {
    if (this.#isClosed) return;
    this.#refusals.look();
    if (this.isDismissed) this.#dismiss();
    this.onChange();
    this.#look();
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

  #arm(): void {
    this.#timer = this.#world.timers.after(DUTY_MS, () => {
      this.#look();
      this.#arm();
    });
  }

  /** One look at a time; what is asked for meanwhile is one look more. */
  #look(): void {
    this.#isAsked = true;
    if (this.#isClosed) return;
    this.#looking ??= this.#looks().finally(() => {
      this.#looking = undefined;
    });
  }

  async #looks(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      await Promise.all([
        this.#own(),
        this.#lead(),
        ...this.#keeper.all.map((each) => this.#leadVolume(each)),
      ]);
    }
  }

  /** What nobody else knows: where this node is. */
  async #own(): Promise<void> {
    const node = this.state.node(this.self);
    const { mesh, service } = this.#options.at;
    if (node === undefined || (same(node.mesh, mesh) && same(node.service, service))) return;
    const address = { node: this.self, mesh, service };
    await this.#try("address", this.#log.propose({ deed: cell_deed.CELL_READDRESS, address }));
  }

  async #lead(): Promise<void> {
    if (!this.#log.isLeader) return;
    if (this.state.id === undefined) {
      await this.#try("founding", this.#log.propose(foundingOf(this.#options.identity, this.#nowSeconds())));
      return;
    }
    const raising = levelDuty(this.state, (name) =>
      this.isUp(name) ? this.reportOf(name)?.report : undefined,
    );
    if (raising !== undefined) await this.#try("level", this.#log.propose(raising));
    const duty = this.#cellDuty();
    if (duty?.kind === "voters") await this.#try("voters of the cell", this.#log.reconfigure(duty.names));
    if (duty?.kind === "command") await this.#try("placement", this.#log.propose(duty.command));
  }

  #cellDuty(): CellDuty {
    return cellDuty(this.view(), () => this.#world.random.bytes(16), this.#nowSeconds());
  }

  /** What this node knows of the cell, for who has to place something. */
  view(): CellView {
    const { voters, wanted } = this.#log.status();
    return {
      state: this.state,
      voters,
      isChanging: wanted !== undefined,
      lost: this.#lost(voters, ({ role }) => role),
      nodeOf: (name: string) => this.#nodeView(name),
    };
  }

  #nodeView(name: string): NodeView | undefined {
    const known = this.reportOf(name);
    if (known === undefined) return undefined;
    const isUp = this.isUp(name) && !known.report.is_leaving;
    return { isUp, freeBytes: Number(known.report.free_bytes) };
  }

  async #leadVolume({ id, replica }: Keeping): Promise<void> {
    const volume = this.state.volume(id);
    if (volume === undefined || replica === undefined) return;
    const { log, isFormatted, quotaBytes } = replica.status();
    if (log.role !== "leader" || !log.isServing) return;
    const isChanging = log.wanted !== undefined;
    const { voters } = log;
    const duty = volumeDuty(volume, {
      voters,
      isChanging,
      isFormatted,
      quotaBytes,
      lost: this.#lost(voters, (report) => roleOf(report, id)),
      roleOf: (name) => {
        const report = this.reportOf(name)?.report;
        return report && roleOf(report, id);
      },
    });
    if (isFormatted && replica.mounts !== undefined) this.#mounts.look(id, replica.mounts);
    if (duty === undefined) return;
    if (duty.kind === "format") await this.#try("format", replica.format());
    if (duty.kind === "limit") await this.#try("limit of a volume", replica.limit(duty.quotaBytes));
    if (duty.kind === "voters") await this.#try("voters of a volume", replica.reconfigure(duty.names));
    if (duty.kind === "moved") {
      await this.#try("move", this.#log.propose({ deed: cell_deed.CELL_VOLUME_MOVED, moved: volume.id }));
    }
  }

  /** Replicas here that nobody counts on any more, and that cannot go on as they are. */
  #rebuild(): void {
    for (const { id, replica, isDamaged, failedMs } of this.#keeper.all) {
      const { replicas = [], wanted = [] } = this.state.volume(id) ?? {};
      const shallStay = (wanted.length > 0 ? wanted : replicas).includes(this.self);
      const isRemoved = shallStay && replica?.status().log.role === "removed";
      if (!isDamaged && !isRemoved) continue;
      if (isOutside(id, this.self, isDamaged ? failedMs : 0, this.#reports.all)) this.#keeper.rebuild(id);
    }
  }

  /** Voters that wait to be made members: their store is not the one which the log knows, and forgot what it had confirmed. */
  #lost(voters: readonly string[], roleIn: (report: NodeReport) => report_role | undefined): string[] {
    return voters.filter((name) => {
      const report = this.reportOf(name)?.report;
      return this.isUp(name) && report !== undefined && roleIn(report) === report_role.REPORT_JOINING;
    });
  }

  /** What could not be done now is decided on again later; only what is no outcome of a log or a cell is a bug. */
  async #try(what: string, deed: Promise<unknown>): Promise<void> {
    try {
      await deed;
      this.#isAsked = true;
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#world.log.warn("a duty of the cell was not done", {
        what,
        code: error.code,
        message: error.message,
      });
    }
  }

  #nowSeconds(): number {
    return this.#world.clock.wall().seconds;
  }
}

function link(mesh: Mesh, self: string, name: string, address: Address): void {
  if (name !== self && address.port !== 0)
    mesh.add({ name, address: { host: address.host, port: address.port } });
}

function roleOf(report: NodeReport, volume: Uint8Array): report_role | undefined {
  return report.replicas.find((each) => sameBytes(each.volume, volume))?.role;
}

function same(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function foundingOf(identity: Identity, nowSeconds: number): CellCommand {
  const nodes = identity.nodes.map((node) => newNode(node));
  const founding = { id: identity.cell, name: identity.cellName, made_seconds: BigInt(nowSeconds), nodes };
  return { deed: cell_deed.CELL_FOUND, founding };
}

/** A node as a command names it: its standing and its revisions are the log's to say. */
export function newNode({ name, mesh, service, domain }: KnownNode) {
  const standing = cell_standing.CELL_ACTIVE;
  return { name, mesh, service, domain, standing, joined: 0n, revision: 0n };
}
