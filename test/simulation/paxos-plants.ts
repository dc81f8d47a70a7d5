/** Bugs that people write into replicated logs, each as a change of a few words to the one that has none. */
import type { Edit } from "../support/planted.ts";

export interface PaxosPlant {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const acceptor = "acceptor.ts";
const leader = "leader.ts";
const appends = "appends.ts";

/** A leader that steps down when it hears nobody hides bugs of its reads: the bug that lets them be seen. */
const NEVER_CUT_OFF: Edit = {
  file: leader,
  find: "return Math.max(this.contactMs, this.#sinceMs) < lateMs;",
  becomes: "return false;",
};

export const PAXOS_PLANTS: readonly PaxosPlant[] = [
  {
    name: "a promise is forgotten at the next start",
    edits: [
      {
        file: "log-store.ts",
        find: "return { promised: numberOf(promised),",
        becomes: "return { promised: 0 * numberOf(promised),",
      },
    ],
  },
  {
    name: "the leader counts its own accept before its disk has it",
    edits: [
      {
        file: leader,
        find: "state.promised === this.ballot ? state.durableEnd : 0;",
        becomes: "state.promised === this.ballot ? state.end : 0;",
      },
    ],
  },
  {
    name: "a follower confirms what its disk does not have yet",
    edits: [
      {
        file: acceptor,
        find: "const { durableEnd } = state;",
        becomes: "const { end: durableEnd } = state;",
      },
    ],
  },
  {
    name: "a new leader counts what older ones had accepted, and does not propose it again",
    edits: [
      {
        file: leader,
        find: "    for (const [at, entry] of recovered.entries()) {",
        becomes: "    for (const [at, entry] of recovered.slice(0, chosenTo - base).entries()) {",
      },
    ],
  },
  {
    name: "reads are answered by whoever thinks that it leads",
    edits: [
      {
        file: leader,
        find: "return this.#isLeased && nowMs < this.contactMs + leaseMsOf(timing);",
        becomes: "return nowMs < this.contactMs + 1e6 * leaseMsOf(timing);",
      },
      NEVER_CUT_OFF,
    ],
  },
  {
    name: "a lease is longer than the time for which followers are bound",
    edits: [
      NEVER_CUT_OFF,
      {
        file: "options.ts",
        find: "return (electionMs * (1 - drift))",
        becomes: "return (8 * electionMs * (1 - drift))",
      },
    ],
  },
  {
    name: "a replica looks before it has applied what the leader named",
    edits: [
      {
        file: "reads.ts",
        find: "this.#ready.push({ slot, waiting: this.#asked });",
        becomes: "this.#ready.push({ slot: Math.min(slot, 0), waiting: this.#asked });",
      },
    ],
  },
  {
    name: "the log is truncated before the snapshot is durable",
    edits: [
      {
        file: "snapshots.ts",
        find: "    this.#step(this.#writer);\n  }",
        becomes:
          "    this.#host.taken(this.#host.logStore.markChange(this.mark), prefix.slot + 1);\n    this.#step(this.#writer);\n  }",
      },
    ],
  },
  {
    name: "a write that the disk refused counts as durable",
    edits: [
      {
        file: "replica-disk.ts",
        find: "      (cause) => this.fail(cause),",
        becomes: "      () => this.#host.guard(then),",
      },
      {
        file: "replica-disk.ts",
        find: "return this.#store.failures !== this.#failuresAtOpen;",
        becomes: "return this.#store.failures < this.#failuresAtOpen;",
      },
    ],
  },
  {
    name: "after a broken link everything is sent again, and taken again",
    edits: [
      {
        file: appends,
        find: "if (this.#sent > 0 && ballot === this.#ballot) this.#ask(leader);",
        becomes: "if (this.#sent > 0 && ballot === this.#ballot) this.#forward(leader, 0, this.#sent);",
      },
      {
        file: "intake.ts",
        find: "for (let at = line.next - sequence; at < entries.length; at++) {",
        becomes: "for (let at = 0; at < entries.length; at++) {",
      },
      {
        file: "intake.ts",
        find: " && sequenceOf(entry) === sequence;",
        becomes: " && sequenceOf(entry) <= sequence;",
      },
    ],
  },
  {
    name: "what was with the leader before is sent to the next one, whatever became of it",
    edits: [
      {
        file: "prefix.ts",
        find: "return kindOf(entry) === PAXOS_NOOP || bornOf(entry) < this.fence;",
        becomes: "return kindOf(entry) === PAXOS_NOOP;",
      },
      {
        file: appends,
        find: "if (ballot === 0 || ballot !== this.#ballot) return;",
        becomes: "if (ballot === 0) return;\n    this.opened(ballot);",
      },
    ],
  },
  {
    name: "a switch of the voters does not hold back what comes after it",
    edits: [
      {
        file: leader,
        find: "    state.accept(entry);\n    if (kindOf(entry) === PAXOS_SWITCH) this.#barrier = slot;",
        becomes: "    state.accept(entry);",
      },
    ],
  },
  {
    name: "a state machine's own disk is ahead of the log's",
    edits: [
      {
        file: "engine.ts",
        find: "? Math.min(committed, replica.storedEnd) : committed;",
        becomes: "? committed : committed;",
      },
    ],
  },
  {
    name: "the log lets go of entries that a state machine's own disk does not have",
    edits: [
      {
        file: "durable-state.ts",
        find: "() => this.#machine.persist());",
        becomes: "() => Promise.resolve());",
      },
      {
        file: "durable-state.ts",
        find: "if (position < given)\n",
        becomes: "if (position < 0)\n",
      },
    ],
  },
  {
    name: "a state counts before all of it came",
    edits: [
      {
        file: "state-receiver.ts",
        find: "return this.#hasEnd && this.#added === this.#next;",
        becomes: "return this.#added > 20;",
      },
    ],
  },
];
