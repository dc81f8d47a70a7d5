/**
 * What a node measures of itself. Its parts are wrapped in ones that count, so that none of them knows of it; what they know anyway is read
 * when somebody asks. Nothing that the node does depends on any of it.
 */
import type { Mesh } from "../../channel/index.ts";
import { type Desk, identitiesIn } from "../../files/index.ts";
import type { Service } from "../../marshal/index.ts";
import type { ReplicatedLog } from "../../paxos/index.ts";
import type { RpcCall } from "../../rpc/index.ts";
import {
  EXPOSITION_TYPE,
  type MeasuredWorld,
  measureStorage,
  type Pages,
  type ProcessReadings,
  Registry,
  registerProcess,
  servePages,
} from "../../telemetry/index.ts";
import type { Address, World } from "../../world/index.ts";
import { step_kind } from "../gen/cell-admin.gen.ts";
import type { NodeProblem } from "../status.ts";
import { DeskMeter } from "./measured-desk.ts";
import { LogMeter } from "./measured-log.ts";
import { measureMesh } from "./measured-mesh.ts";
import { ServiceMeter } from "./measured-services.ts";
import { type Observed, registerNode } from "./node-families.ts";
import { Spans } from "./spans.ts";
import { Steps } from "./steps.ts";

/** Durable writes that take longer, by their median, are those of a slow disk, or of a busy one. */
export const SLOW_SYNC_MS = 20;

export class NodeTelemetry {
  readonly registry = new Registry();
  /** The node's world, whose stores are measured. */
  readonly world: MeasuredWorld;
  readonly steps: Steps;
  readonly #spans: Spans;
  readonly #services: ServiceMeter;
  readonly #desks: DeskMeter;
  readonly #logs: LogMeter;

  /** `node`: its name, which spans carry. */
  constructor(world: World, node: string) {
    this.#spans = new Spans({ "coterie.node": node });
    this.world = measureStorage(world, this.registry);
    this.steps = new Steps(world.clock);
    this.#services = new ServiceMeter(world.clock, this.registry, this.steps, this.#spans);
    this.#desks = new DeskMeter(world.clock, this.registry, this.steps, this.#spans);
    this.#logs = new LogMeter(world.clock, this.registry, this.steps, this.#spans, world.log);
  }

  mesh(mesh: Mesh): Mesh {
    return measureMesh(mesh, this.registry, this.world.log);
  }

  service(service: Service<RpcCall>): Service<RpcCall> {
    return this.#services.measured(service);
  }

  /** `name`: as metrics call the log. */
  log<Reply>(name: string, log: ReplicatedLog<Reply>): ReplicatedLog<Reply> {
    return this.#logs.measured(name, log);
  }

  /** A call that a volume is given in this turn goes into its log. */
  appended(outcome: Promise<unknown>): void {
    this.#logs.follow(outcome);
  }

  /** An entry of a volume's log is about to be applied here. */
  entry(index: number, entry: Uint8Array): void {
    for (const identity of identitiesIn(entry)) {
      this.steps.record(step_kind.STEP_APPLY, identity, index);
      this.#spans.applied(identity, index);
    }
  }

  /** A replica of this node. */
  desk(desk: Desk): Desk {
    return this.#desks.here(desk);
  }

  /** A volume that is at other nodes. */
  forwarded(desk: Desk): Desk {
    return this.#desks.forwarded(desk);
  }

  /** The parts are whole: what they know can be asked for. */
  observe(observed: Observed, readings: ProcessReadings | undefined, startedMs: number): void {
    registerNode(this.registry, observed);
    if (readings !== undefined) registerProcess(this.registry, readings, startedMs / 1000);
  }

  /** Rejects with NET_…. */
  serve(bind: Address): Promise<Pages> {
    const page = { type: EXPOSITION_TYPE, text: () => this.registry.text() };
    return servePages(this.world, { bind, pages: { "/metrics": page } });
  }

  /** What is wrong by what was measured. */
  problems(): NodeProblem[] {
    const syncMs = this.world.recentSyncMs();
    if (syncMs === undefined || syncMs < SLOW_SYNC_MS) return [];
    const message = `a durable write takes ${Math.round(syncMs)} ms, by the median of the last ones`;
    return [{ code: "CELL_DISK_SLOW", message }];
  }
}
