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
  openCalls,
  VolumeTree,
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
import type { VolumeStores } from "./member/hosted.ts";
import type { Identity } from "./member/identity.ts";
import { Member } from "./member/member.ts";
import { OperatorDoor } from "./member/operator-door.ts";
import type { NodeSecurity } from "./member/security.ts";
import { type VolumeTuning, volumeHost } from "./member/volume-host.ts";
import { certificateProblems } from "./observe/certificate-problems.ts";
import { volumeLogName } from "./observe/node-families.ts";
import { NodeTelemetry } from "./observe/node-telemetry.ts";
import { STEPS_PORT, StepsPort } from "./observe/steps-port.ts";
import { PortmapRegistration } from "./portmap.ts";
import type { Portmap } from "./settings.ts";
import type { NodeProblem } from "./status.ts";
import { VolumeDesks } from "./volume-desks.ts";

/** What a node of a cell needs. */
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
  readonly #desks: VolumeDesks;
  #member: Member | undefined;
  #server: RpcServer | undefined;
  #portmap: PortmapRegistration | undefined;
  #steps: StepsPort | undefined;

  constructor(world: World, options: CellNodeOptions, closers: Closer[], leave: () => void) {
    this.#telemetry = new NodeTelemetry(world, options.identity.self.name);
    this.#world = this.#telemetry.world;
    this.#options = options;
    this.#exports = new CellExports(options.exports);
    this.#closers = closers;
    this.#leave = leave;
    this.#startedMs = wallMs(world);
    this.#desks = new VolumeDesks((remote) => this.#telemetry.forwarded(remote));
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
    const store = await this.#world.storage.open(`log-${CELL_LOG}`, { isLog: true }).catch(async (error) => {
      await mesh.close();
      throw error;
    });
    const member = await this.#join(mesh, store, address);
    const calls = openCalls(this.#world, mesh, { find: (id) => this.#desks.local(id) });
    this.#desks.connect(calls);
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
      appended: (outcome: Promise<unknown>) => this.#telemetry.appended(outcome),
      entry: (index: number, entry: Uint8Array) => this.#telemetry.entry(index, entry),
    };
    const host = volumeHost(this.#world, mesh, volumes, stores, measure, (id) => this.#desks.remote(id));
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
      this.#desks.attach(member);
      return member;
    } catch (error) {
      await mesh.close();
      await store.close();
      throw error;
    }
  }

  #serve(server: RpcServer): Contract[] {
    const services = createVolumeServices({
      ...this.#desks.tree,
      world: this.#world,
      named: (name) => this.#desks.named(name),
      names: () => this.#desks.names(),
      exports: this.#exports,
    });
    for (const service of services) server.add(this.#telemetry.service(service));
    server.add(this.#admin(false));
    return services.map(({ contract }) => contract);
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
      desk: (id) => this.#desks.of(id),
      tree: new VolumeTree(this.#desks.tree),
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

function wallMs(world: World): number {
  const { seconds, nanoseconds } = world.clock.wall();
  return seconds * 1000 + nanoseconds / 1e6;
}
