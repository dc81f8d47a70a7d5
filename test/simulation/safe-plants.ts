/** Bugs that people write into messages that must survive everything, each as a change of a few words to what has none. */
import type { Plant } from "../support/planted.ts";

const messages = "safe/safe-messages.ts";
const machine = "safe/machine.ts";
const sender = "safe/sender.ts";
const senders = "safe/senders.ts";

export interface SafePlant extends Plant {
  /** It shows in runs without an end, of which few can be tried: it is enough that it is found. */
  readonly isEndless?: true;
}

export const SAFE_PLANTS: readonly SafePlant[] = [
  {
    name: "a sender is told that its message is safe when the log was asked to take it",
    edits: [
      {
        file: messages,
        find: "    this.#traceSend(entry);\n",
        becomes:
          '    this.#traceSend(entry);\n    for (const each of entry.sequences) this.#outcomes.end(each, "settled", undefined);\n',
      },
    ],
  },
  {
    name: "the position is that of the message after the one that is delivered",
    edits: [
      { file: messages, find: "return this.#machine.count;", becomes: "return this.#machine.count + 1;" },
    ],
  },
  {
    name: "a snapshot names a position that the program's state does not have",
    edits: [
      {
        file: machine,
        find: "delivered: this.#delivered, senders",
        becomes: "delivered: this.#delivered + 1, senders",
      },
    ],
  },
  {
    name: "a message that comes again is delivered again",
    edits: [{ file: senders, find: 'if (number < next) return "known";', becomes: "" }],
  },
  {
    name: "a message that comes before its predecessor is delivered",
    edits: [{ file: senders, find: 'if (number > next) return "early";', becomes: "" }],
  },
  {
    name: "what was delivered of whom is not in the snapshot",
    edits: [
      {
        file: machine,
        find: "senders: this.#senders.states() }",
        becomes: "senders: [] }",
      },
    ],
  },
  {
    name: "a message whose fate is unknown is sent again as a new one",
    edits: [
      {
        file: sender,
        find: '    if (answer === "unknown") entry.isDoubtful = true;\n',
        becomes:
          '    if (answer === "unknown") {\n      this.#unsettled.delete(number);\n      for (const { sequence, payload } of decodeEntry(entry.bytes)?.items ?? []) this.add(sequence, payload);\n      return;\n    }\n',
      },
      {
        file: sender,
        find: "import { EntryWriter }",
        becomes: "import { decodeEntry, EntryWriter }",
      },
    ],
  },
  {
    name: "a message that may be in the log is called refused",
    edits: [
      {
        file: sender,
        find: 'entry.isDoubtful ? "unknown" : "refused"',
        becomes: '"refused"',
      },
    ],
  },
  {
    name: "those that come after a given up message wait for it for ever",
    isEndless: true,
    edits: [{ file: senders, find: "Math.max(last + 1, base)", becomes: "last + 1 + 0 * base" }],
  },
  {
    name: "a program that kept its position is given everything again",
    edits: [
      {
        file: machine,
        find: "this.#delivered = options.from;",
        becomes: "this.#delivered = 0 * options.from;",
      },
    ],
  },
  {
    name: "one that follows takes entries that do not come after its own",
    edits: [
      {
        file: "safe/follower.ts",
        find: "if (after !== this.#machine.position) {",
        becomes: "if (after < 0) {",
      },
      {
        file: "safe/follower.ts",
        find: "after: this.#machine.position } as const",
        becomes: "after: this.#machine.position + 1 } as const",
      },
    ],
  },
];
