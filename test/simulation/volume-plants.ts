/**
 * Bugs that people write into replicated file services, each as a change of a few words to the one that has none. The general scenario
 * finds those without one of their own; the others hide behind the rarity of late copies, or of a crash between two batches.
 */
import type { Scenario } from "../../src/sim/index.ts";
import type { Plant } from "../support/planted.ts";
import type { ReplicatedModule } from "./volume-nodes.ts";
import {
  volumeCopiesScenario,
  volumeReclaimScenario,
  volumeUnstableScenario,
} from "./volume-plant-scenarios.ts";
import type { VolumeOperation } from "./volume-workload.ts";

export interface VolumePlant extends Plant {
  readonly scenario?: (module: ReplicatedModule) => Scenario<VolumeOperation>;
}

const calls = "replicated/call-entries.ts";
const writes = "replicated/write-entries.ts";
const behind = "replicated/write-behind.ts";
const commit = "replicated/commit.ts";
const layers = "replicated/volume-layers.ts";

export const VOLUME_PLANTS: readonly VolumePlant[] = [
  {
    name: "a call that another node has done already is done again",
    scenario: volumeCopiesScenario,
    edits: [
      {
        file: calls,
        find: "done.find(call.identity, oldest)?.reply;",
        becomes: "done.find({ high: 0, low: 0 }, oldest)?.reply;",
      },
    ],
  },
  {
    name: "calls that NFS says may be repeated are repeated, after later ones",
    scenario: volumeCopiesScenario,
    edits: [
      {
        file: calls,
        find: "return running.add(call, reply);",
        becomes: "return call.procedure === 7 ? reply : running.add(call, reply);",
      },
    ],
  },
  {
    name: "a call that failed is forgotten, and a late copy of it runs",
    scenario: volumeCopiesScenario,
    edits: [
      {
        file: calls,
        find: "return running.add(call, reply);",
        becomes: "return reply[3] === 0 ? running.add(call, reply) : reply;",
      },
    ],
  },
  {
    name: "what was done, and that it was done, are two batches",
    edits: [{ file: "replicated/held-store.ts", find: "if (!this.#isInEntry) {", becomes: "if (true) {" }],
  },
  {
    name: "each replica stamps with its own clock",
    edits: [
      {
        file: "replicated/entries.ts",
        find: "new CallEntries(made, notes)",
        becomes: "new CallEntries(Object.assign(made, { world }), notes)",
      },
      {
        file: calls,
        find: "const time = laterOf(call.now, running.time);",
        becomes: "const time = laterOf(this.#made.world.clock.wall(), running.time);",
      },
    ],
  },
  {
    name: "a replica answers from a damaged record as no other does",
    edits: [{ file: "replicated/held-store.ts", find: "    this.#check();\n", becomes: "" }],
  },
  {
    name: "reads show what this replica has, without asking the log",
    edits: [
      {
        file: "replicated/replica-desk.ts",
        find: "return this.#freshness.look(call.staleMs ?? 0, log, () => machine.state.look(call));",
        becomes: "return Promise.resolve(log && machine.state.look(call));",
      },
    ],
  },
  {
    name: "the verifier stays when a session is lost",
    scenario: volumeUnstableScenario,
    edits: [
      {
        file: "replicated/sessions.ts",
        find: "      this.epoch++;\n      this.lostCount++;",
        becomes: "      this.lostCount++;",
      },
    ],
  },
  {
    name: "COMMIT asks no other node",
    edits: [
      {
        file: commit,
        find: "reply: others.length === 0 ? parts.reply() : undefined",
        becomes: "reply: parts.reply()",
      },
    ],
  },
  {
    name: "COMMIT does not wait for what its own node answered",
    edits: [{ file: commit, find: "await parts.waitOwn(inode);", becomes: "" }],
  },
  {
    name: "a node that cannot be asked counts as one that has nothing",
    edits: [
      {
        file: commit,
        find: "if (!(await flush(session, inode))) await end(session.id);",
        becomes: "await flush(session, inode); void end;",
      },
    ],
  },
  {
    name: "writes of a session that was ended are done all the same",
    scenario: volumeUnstableScenario,
    edits: [
      {
        file: writes,
        find: "if (!sessions.has(idOf(writes.session))) {",
        becomes: "if (sessions.has('none')) {",
      },
    ],
  },
  {
    name: "unstable writes are answered before the log knows the session",
    edits: [
      {
        file: behind,
        find: "const mayTake = this.#goesOn();",
        becomes: 'const mayTake = this.#phase === "beginning" || this.#goesOn();',
      },
    ],
  },
  {
    name: "unstable writes that the log did not take are forgotten",
    edits: [
      {
        file: behind,
        find: "if (session === this.#session) this.#lose(String(error));",
        becomes:
          "if (session === this.#session && error) this.#settle(Math.max(this.#settled, batch.number));",
      },
    ],
  },
  {
    name: "an unstable write that came by two nodes is done twice",
    scenario: volumeUnstableScenario,
    edits: [
      {
        file: writes,
        find: "this.#write(writes, fresh, time);",
        becomes: "this.#write(writes, pieces, time);",
      },
    ],
  },
  {
    name: "an unstable write that the log refused counts as done when another node answers a copy",
    scenario: volumeUnstableScenario,
    edits: [
      { file: writes, find: "isWritten && !firsts.some(isRefusal)", becomes: "isWritten" },
      {
        file: "replicated/replica-desk.ts",
        find: "if (done.find(identity, done.oldest(machine.index)) !== undefined) return undefined;",
        becomes: "void done;",
      },
    ],
  },
  {
    name: "an unstable write comes over a later one of the same bytes by another node",
    scenario: volumeUnstableScenario,
    edits: [
      {
        file: "replicated/touched.ts",
        find: "if (a.inode !== b.inode) return false;",
        becomes: "if (a.inode !== b.inode || a.inode > 0) return false;",
      },
    ],
  },
  {
    name: "an unstable write comes into a file that another node has cut meanwhile by CREATE",
    scenario: volumeUnstableScenario,
    edits: [
      {
        file: calls,
        find: "touched ?? touchedByMaking(call, reply, view)",
        becomes: "(void touchedByMaking, touched)",
      },
    ],
  },
  {
    name: "what a former state left stays under the next one",
    edits: [
      {
        file: "replicated/state-stores.ts",
        find: "await removeAll(this.#other);",
        becomes: "void removeAll;",
      },
    ],
  },
  {
    name: "what a snapshot sees is changed where it lies",
    edits: [
      {
        file: "layers/writing.ts",
        find: "if (eraOf(current) > this.#table.newestOf(this.#reading.branch)) this.#putInPlace",
        becomes: "if (eraOf(current) >= 1) this.#putInPlace",
      },
    ],
  },
  {
    name: "a snapshot has the time of the replica that takes it",
    edits: [
      {
        file: layers,
        find: "const label = encodeTime(now);",
        becomes: "const label = encodeTime(this.#parts.world.clock.wall());",
      },
    ],
  },
  {
    name: "space of a dropped snapshot is taken back apart from the note of it",
    scenario: volumeReclaimScenario,
    edits: [
      {
        file: "replicated/entries.ts",
        find: `made.layers.reclaim();
        this.#notes.end(index);`,
        becomes: `this.#notes.end(index);
        made.layers.reclaim();`,
      },
    ],
  },
];
