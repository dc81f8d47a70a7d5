/**
 * How the parts of a cell's node come to be, one upon the other: services, links, membership, replicas, administration, and what looks on.
 * Each leaves behind what undoes it as soon as it is there.
 */
import { type CarrierOptions, type Mesh, openMesh } from "../channel/index.ts";
import {
  type Calls,
  createVolumeServices,
  type Desk,
  type ExportRule,
  type MountPlace,
  openCalls,
  VolumeTree,
  type VolumeTreeOptions,
} from "../files/index.ts";
import type { Contract, Service } from "../marshal/index.ts";
import type { ReplicatedLog } from "../paxos/index.ts";
import { type RpcCall, RpcServer } from "../rpc/index.ts";
import type { ProcessReadings } from "../telemetry/index.ts";
import { type Address, isCoterieError, type Store, type World } from "../world/index.ts";
import { CellExports } from "./cell-exports.ts";
import type { Closer } from "./closers.ts";
import { type DirectoryFiles, RUNNING_FILE, writeRunning } from "./directory.ts";
import { formatExportRule } from "./export-text.ts";
import { createCellAdmin } from "./member/admin-service.ts";
import { CELL_LOG, type CellLogOptions } from "./member/cell-log.ts";
import { ROOT_VOLUME } from "./member/duties.ts";
import type { VolumeStores } from "./member/hosted.ts";
import type { Identity } from "./member/identity.ts";
import { Member } from "./member/member.ts";
import { MountIndex } from "./member/mount-index.ts";
import { OperatorDoor } from "./member/operator-door.ts";
import type { NodeSecurity } from "./member/security.ts";
import { type HostedVolume, type VolumeTuning, volumeHost } from "./member/volume-host.ts";
import { certificateProblems } from "./observe/certificate-problems.ts";
import { volumeLogName } from "./observe/node-families.ts";
import { NodeTelemetry } from "./observe/node-telemetry.ts";
import { STEPS_PORT, StepsPort } from "./observe/steps-port.ts";
import { PortmapRegistration } from "./portmap.ts";
import type { Portmap } from "./settings.ts";
import type { CellState } from "./state/cell-state.ts";
import type { CellVolume } from "./state/records.ts";
import type { NodeProblem } from "./status.ts";

export interface CellNodeOptions {
  readonly identity: Identity;
  readonly files: DirectoryFiles;
  readonly version: string;
  readonly pid: number;
  /** How links between nodes are made, and proven. */
  readonly carrier: CarrierOptions;
  /** Administration from other machines: operators, who come to the port for links and prove who they are. Without it there is none. */
  readonly security?: NodeSecurity;
  /** Tried in order, before those that the cell keeps for all nodes; the caller's first decides. */
  readonly exports: readonly ExportRule[];
  readonly portmap: Portmap;
  /** Where to listen for clients, if that is not the address that they are told. Port 0 lets the system choose. */
  readonly listen?: Address;
  readonly volumes?: VolumeTuning;
  readonly log?: Pick<CellLogOptions, "timeoutMs" | "timing" | "levels">;
  /** Where to serve the page of metrics, `/metrics`, over HTTP; it is served nowhere otherwise. Nothing proves who asks for it. */
  readonly metrics?: Address;
  /** What the process says of itself, for the metrics. */
  readonly readings?: ProcessReadings;
  /** The stores of volumes in the node's directory, to take away those that went elsewhere. Default: they stay. */
  readonly stores?: VolumeStores;
}

export interface CellParts {
  readonly mesh: Mesh;
  readonly store: Store;
  readonly member: Member;
  readonly calls: Calls;
  readonly server: RpcServer;
  readonly address: Address;
  readonly portmap: PortmapRegistration;
  readonly telemetry: NodeTelemetry;
  readonly metrics: Address | undefined;
}

export class CellAssembly {
  readonly #world: World;
  readonly #options: CellNodeOptions;
  readonly #closers: Closer[];
  readonly #leave: () => void;
  readonly #startedMs: number;
  readonly #telemetry: NodeTelemetry;
  readonly #exports: CellExports;
  #member: Member | undefined;
  #mounts: MountIndex | undefined;
  #server: RpcServer | undefined;
  #portmap: PortmapRegistration | undefined;
  #calls: Calls | undefined;
  #steps: StepsPort | undefined;

  constructor(world: World, options: CellNodeOptions, closers: Closer[], leave: () => void) {
    this.#telemetry = new NodeTelemetry(world, options.identity.self.name);
    this.#world = this.#telemetry.world;
    this.#options = options;
    this.#exports = new CellExports(options.exports);
    this.#closers = closers;
    this.#leave = leave;
    this.#startedMs = wallMs(world);
  }

  async build(): Promise<CellParts> {
    const { identity, carrier } = this.#options;
    // Clients come first: where they are served is part of what the cell is told. Until it is whole they are put off.
    const server = new RpcServer(this.#world);
    this.#server = server;
    const contracts = this.#serve(server);
    const address = await this.#listen(server);
    this.#closers.push(() => server.close());
    const bind = identity.self.mesh;
    const mesh = this.#telemetry.mesh(
      await openMesh(this.#letIn(), { name: identity.self.name, bind, carrier }),
    );
    const store = await this.#world.storage.open(`log-${CELL_LOG}`).catch(async (error) => {
      await mesh.close();
      throw error;
    });
    const member = await this.#join(mesh, store, address);
    const calls = openCalls(this.#world, mesh, { find: (id) => this.#localDesk(id) });
    this.#calls = calls;
    this.#closers.push(() => calls.close());
    // What is under way is answered while there is still a member that can.
    this.#closers.push(() => server.close());
    const portmap = await this.#register(contracts, address);
    const steps = new StepsPort(this.#world, mesh.open(STEPS_PORT), this.#telemetry.steps);
    this.#steps = steps;
    this.#closers.push(() => steps.close());
    const metrics = await this.#observe(member, server);
    await this.#leaveNote(address);
    const telemetry = this.#telemetry;
    return { mesh, store, member, calls, server, address, portmap, telemetry, metrics };
  }

  /** The world of the links, at whose port operators are let in too. */
  #letIn(): World {
    const { security } = this.#options;
    if (security === undefined) return this.#world;
    const door = new OperatorDoor(this.#world, security.credentials, this.#admin(true));
    security.onTrust = () => door.look();
    this.#closers.push(() => door.close());
    return door.world;
  }

  async #observe(member: Member, server: RpcServer): Promise<Address | undefined> {
    const { version, readings, metrics } = this.#options;
    const observed = { member, version, rpc: () => server.stats(), problems: () => this.#problems() };
    this.#telemetry.observe(observed, readings, this.#startedMs);
    if (metrics === undefined) return undefined;
    const pages = await this.#telemetry.serve(metrics);
    this.#closers.push(() => pages.close());
    return pages.local;
  }

  async #listen(server: RpcServer): Promise<Address> {
    const { identity, listen } = this.#options;
    try {
      return await server.listen(listen ?? identity.self.service);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  async #join(mesh: Mesh, store: Store, address: Address): Promise<Member> {
    const { identity, volumes = {}, log, stores = LEFT_ALONE } = this.#options;
    const measure = {
      desk: (desk: Desk) => this.#telemetry.desk(desk),
      log: <Reply>(volume: string, opened: ReplicatedLog<Reply>) =>
        this.#telemetry.log(volumeLogName(volume), opened),
      entry: (index: number, entry: Uint8Array) => this.#telemetry.entry(index, entry),
    };
    const host = volumeHost(this.#world, mesh, volumes, stores, measure, (id) => this.#remoteDesk(id));
    const { host: told } = identity.self.service;
    const service = { host: told, port: address.port };
    const about = () => this.#about(store);
    try {
      const member = await Member.start(this.#world, {
        identity,
        mesh,
        isProven: this.#options.carrier.kind === "tls",
        store,
        host,
        at: { mesh: { host: identity.self.mesh.host, port: mesh.self.address.port }, service },
        about,
        log: { ...log, watch: (opened) => this.#telemetry.log(CELL_LOG, opened) },
      });
      this.#closers.push(() => member.close());
      this.#member = member;
      this.#exports.attach(member);
      this.#mounts = new MountIndex(member.state);
      return member;
    } catch (error) {
      await mesh.close();
      await store.close();
      throw error;
    }
  }

  #serve(server: RpcServer): Contract[] {
    const services = createVolumeServices({
      ...this.#volumes(),
      named: (name) => {
        const volume = this.#member?.state.volumeNamed(name);
        return (volume && this.#desk(volume.id)) ?? this.#sought((state) => state.volumeNamed(name));
      },
      names: () => {
        const names = this.#member?.state.volumes.map(({ name }) => name) ?? [];
        return names.filter((name) => name !== ROOT_VOLUME);
      },
      exports: this.#exports,
    });
    for (const service of services) server.add(this.#telemetry.service(service));
    server.add(this.#admin(false));
    return services.map(({ contract }) => contract);
  }

  #volumes(): VolumeTreeOptions {
    return {
      root: () => {
        const root = this.#member?.state.volumeNamed(ROOT_VOLUME);
        return root && this.#desk(root.id);
      },
      find: (id) => this.#desk(id) ?? this.#sought((state) => state.volume(id)),
      placeOf: (id) => this.#placeOf(id),
    };
  }

  #admin(isProven: boolean): Service<RpcCall> {
    const { version, security } = this.#options;
    const rules = this.#exports;
    return createCellAdmin(this.#world, {
      member: () => this.#member,
      version,
      get exports() {
        return rules.rules.slice(0, MAX_TOLD_RULES).map(formatExportRule);
      },
      desk: (id) => this.#desk(id),
      tree: new VolumeTree(this.#volumes()),
      steps: async (wanted) => (await this.#steps?.gather(wanted)) ?? [],
      security,
      isProven,
      leave: this.#leave,
    });
  }

  async #register(contracts: readonly Contract[], address: Address): Promise<PortmapRegistration> {
    const { portmap } = this.#options;
    const registration = await PortmapRegistration.make(this.#world, { portmap, contracts, address });
    this.#closers.push(() => registration.close());
    this.#portmap = registration;
    return registration;
  }

  #placeOf(id: Uint8Array): MountPlace | undefined {
    const mount = this.#mounts?.of(id);
    return mount && { volume: mount.in_volume, inode: Number(mount.inode), generation: mount.generation };
  }

  /** The volume here, if this node can answer for it; else at the nodes that have a replica; undefined for one that this node does not know of. */
  #desk(id: Uint8Array): Desk | undefined {
    return this.#localDesk(id) ?? this.#remoteDesk(id);
  }

  /**
   * As of now, and not as of what this node has heard: a node that has just begun does not know of the last that its cell decided, and clients
   * throw away a handle that is called stale. Who cannot find it out puts the caller off.
   */
  async #sought(find: (state: CellState) => CellVolume | undefined): Promise<Desk | undefined> {
    const member = this.#member;
    if (member === undefined) return putOff;
    try {
      const isFounded = await member.log.read((state) => state.id !== undefined);
      const volume = find(member.state);
      return (volume && this.#desk(volume.id)) ?? (isFounded ? undefined : putOff);
    } catch (error) {
      if (isCoterieError(error)) return putOff;
      throw error;
    }
  }

  /** A replica that is still being sent the volume's state puts everybody off: others answer. */
  #localDesk(id: Uint8Array): Desk | undefined {
    const hosted = this.#member?.replicaOf(id) as HostedVolume | undefined;
    if (hosted === undefined) return undefined;
    const { log, isFormatted } = hosted.status();
    return !isFormatted || log.role === "joining" || log.role === "removed" ? undefined : hosted.watched;
  }

  #remoteDesk(id: Uint8Array): Desk | undefined {
    const member = this.#member;
    if (member?.state.volume(id) === undefined) return undefined;
    const remote = this.#calls?.remote(id, () => {
      const volume = member.state.volume(id);
      return [...new Set([...(volume?.replicas ?? []), ...(volume?.wanted ?? [])])].filter(
        (name) => name !== member.self,
      );
    });
    return remote && this.#telemetry.forwarded(remote);
  }

  #about(store: Store) {
    const { version, pid } = this.#options;
    const { usedBytes, freeBytes } = store.usage();
    const stats = this.#server?.stats();
    return {
      release: version,
      pid,
      started_ms: BigInt(Math.round(this.#startedMs)),
      now_ms: BigInt(Math.round(wallMs(this.#world))),
      total_bytes: BigInt(usedBytes + freeBytes),
      free_bytes: BigInt(freeBytes),
      connections: stats?.connections ?? 0,
      calls: BigInt(stats?.calls ?? 0),
      problems: this.#problems(),
    };
  }

  #problems(): NodeProblem[] {
    const problems = [
      ...this.#telemetry.problems(),
      ...certificateProblems(this.#world, this.#options.carrier),
    ];
    const { problem } = this.#exports;
    if (problem !== undefined) problems.push(problem);
    const failure = this.#portmap?.failure;
    if (failure !== undefined) problems.push({ code: "CELL_PORTMAP", message: failure });
    return problems;
  }

  /** Only a hint to other commands: a disk without room for it must not keep a node from being emptied. */
  async #leaveNote({ host, port }: Address): Promise<void> {
    const { files, pid } = this.#options;
    try {
      await writeRunning(files, { pid, host, port });
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#world.log.warn("running.json not written", { code: error.code, message: error.message });
    }
    this.#closers.push(() => files.remove(RUNNING_FILE));
  }
}

/** In one answer about a node (x/cell-admin.x). */
const MAX_TOLD_RULES = 1024;

const LEFT_ALONE: VolumeStores = { held: async () => [], remove: async () => {} };

const putOff: Desk = { submit: async () => "later" };

function wallMs(world: World): number {
  const { seconds, nanoseconds } = world.clock.wall();
  return seconds * 1000 + nanoseconds / 1e6;
}
