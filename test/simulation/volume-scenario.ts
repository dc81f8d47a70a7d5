/**
 * A replicated volume under faults: replicas at three to five nodes, and clients that go from node to node with the same call until one
 * answers. What they do to few names and files is a history that is held against a sequential model; what they write unstably
 * into a file of their own, and committed, they find again byte for byte, by whichever node. When the faults are over everything is
 * answered, and all replicas hold the same bytes. Snapshots show for ever what was there when they were taken. The log is kept short, so that states are sent from replica to replica all the time.
 */
import { defineScenario, requireLinearizable, type Scenario, type Stage } from "../../src/sim/index.ts";
import { powerLoss } from "../support/scenario-faults.ts";
import { volumeModel } from "./volume-model.ts";
import { type ReplicatedModule, VolumeNodes } from "./volume-nodes.ts";
import { VolumeUsers } from "./volume-users.ts";
import { drawOperations, simplify, type VolumeOperation } from "./volume-workload.ts";

const QUIET_MS = 9000;
const SETTLE_MS = 15_000;

const blackout = powerLoss("blackout");

/** What clients and replicas do otherwise in some scenarios. */
export interface VolumeHabits {
  /** How long a client waits for one node before it asks the next one. */
  readonly patienceMs?: number;
  /** How long a node waits, on COMMIT, for what another has answered. */
  readonly flushMs?: number;
}

export function volumeScenario(
  module: ReplicatedModule,
  change: Partial<Scenario<VolumeOperation>> = {},
  habits: VolumeHabits = {},
): Scenario<VolumeOperation> {
  return defineScenario<VolumeOperation>({
    name: "volume",
    nodes: { min: 3, max: 5 },
    faultsFromMs: 1000,
    quietMs: QUIET_MS,
    faultCount: { min: 0, max: 8 },
    layout: () => () => ({ disk: { syncMs: 2, syncJitterMs: 10 } }),
    kinds: [blackout],
    faults: {
      blackout: 3,
      "crash-restart": 5,
      "disk-lost": 1,
      pause: 4,
      partition: 3,
      "one-way-partition": 2,
      "partial-partition": 2,
      loss: 2,
      duplicate: 1,
      reorder: 1,
      reset: 2,
      "slow-link": 2,
      "slow-disk": 2,
      "full-disk": 1,
      "failing-disk": 2,
      "corrupt-read": 1,
      "clock-step": 2,
      "clock-drift": 1,
    },
    // A majority's disks must keep what they confirmed: one replica at a time may lose its own.
    allow: ({ kind }, others) => kind !== "disk-lost" || others.every((other) => other.kind !== "disk-lost"),
    workload: drawOperations,
    simplify,
    run: (stage) => run(module, stage, habits),
    ...change,
  });
}

async function run(
  module: ReplicatedModule,
  stage: Stage<VolumeOperation>,
  { patienceMs, flushMs }: VolumeHabits,
): Promise<void> {
  const nodes = new VolumeNodes(module, stage, flushMs);
  const users = new VolumeUsers(stage, nodes, patienceMs);
  nodes.start();
  await stage.sim.node("clients").start(async (world) => {
    await nodes.format(world);
    await users.begin(world);
  });
  await stage.play((operation) => users.take(operation));
  await stage.quiet();
  await settle(stage, nodes, users);
}

/** Faults are over: everything is answered, everybody serves, and all replicas are the same. */
async function settle(stage: Stage<VolumeOperation>, nodes: VolumeNodes, users: VolumeUsers): Promise<void> {
  if (stage.plan.faults.some(({ kind }) => kind === "disk-lost")) await nodes.rebuild();
  await stage.quiet(SETTLE_MS);
  stage.check(users.left === 0, "all is answered in the end", `${users.left} left\n${nodes.describe()}`);
  await users.checkAll();
  await users.readAll();
  requireLinearizable(volumeModel, users.history.operations());
  await stage.quiet(SETTLE_MS + 8000);
  await nodes.compare();
}
