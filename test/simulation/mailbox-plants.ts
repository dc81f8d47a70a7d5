/** Bugs that people write into mailboxes, each as a change of a few words to the code that has none. */
import type { Plant } from "../support/planted.ts";

const box = "mailbox/box.ts";
const incoming = "mailbox/incoming.ts";
const outbox = "mailbox/outbox.ts";
const outgoing = "mailbox/outgoing.ts";

export const MAILBOX_PLANTS: readonly Plant[] = [
  {
    name: "delivered as soon as sent: the mail has left, and is told to be in the mailbox",
    edits: [
      {
        file: outbox,
        find: 'else if (mail.until === "delivered") this.#awaitDelivered.push({ mail, place });',
        becomes: 'else if (mail.until === "delivered") mail.done(undefined);',
      },
    ],
  },
  {
    name: "received when delivered: who puts a mail into its mailbox reports it as taken out",
    edits: [
      {
        file: incoming,
        find: "    this.#came++;\n    this.delivered++;",
        becomes: "    this.#came++;\n    this.delivered++;\n    this.received++;\n    this.#want();",
      },
      { file: incoming, find: "    this.#taken++;\n    this.received++;", becomes: "    this.#taken++;" },
    ],
  },
  {
    name: "what had left is told never to arrive when the channel is lost",
    edits: [
      {
        file: "mailbox/failures.ts",
        find: '"the channel was lost", "unknown", cause)',
        becomes: '"the channel was lost", "never", cause)',
      },
    ],
  },
  {
    name: "a mailbox that closes does not say first what was taken out of it",
    edits: [
      {
        file: incoming,
        find: "    this.refusal = mailbox_refusal.MAILBOX_WAS_CLOSED;\n    this.isProgressWanted = true;",
        becomes: "    this.refusal = mailbox_refusal.MAILBOX_WAS_CLOSED;\n    this.isProgressWanted = false;",
      },
    ],
  },
  {
    name: "what a mailbox drops when it closes is told as taken out",
    edits: [
      {
        file: box,
        find: "    this.#mail.drain();\n",
        becomes: "    for (const { claim } of this.#mail.drain()) claim.claimant.taken();\n",
      },
    ],
  },
  {
    name: "counts are kept over a loss: what the next channel reports is less than what was waited for",
    edits: [{ file: outbox, find: "    this.#sent = this.#delivered = this.#received = 0;\n", becomes: "" }],
  },
  {
    name: "credit leaks: what a lost session had been promised is never free again",
    edits: [
      {
        file: incoming,
        find: "    for (const inlet of this.#inlets.values()) inlet.box?.detach(inlet);\n",
        becomes: "",
      },
    ],
  },
  {
    name: "credit is not given back when it is called back",
    edits: [
      {
        file: outgoing,
        find: "    if (canSend(slot)) this.#enqueue(slot);\n    else this.#giveBack(slot);",
        becomes: "    if (canSend(slot)) this.#enqueue(slot);",
      },
    ],
  },
  {
    name: "room is counted twice: a mail that is taken out leaves room for two",
    edits: [{ file: box, find: "    this.#freeMessages++;", becomes: "    this.#freeMessages += 2;" }],
  },
  {
    name: "numbers of requests are used again at once: a late answer goes to who asks next",
    edits: [
      {
        file: "mailbox/requests.ts",
        find: "    do this.#last = this.#last === 0xffff_ffff ? 1 : this.#last + 1;",
        becomes: "    this.#last = 0;\n    do this.#last++;",
      },
    ],
  },
  {
    name: "a queue from which something is taken out in the middle loses its first",
    edits: [
      {
        file: "mailbox/outbox.ts",
        find: "    this.#buffered.filter(",
        becomes: "    this.#buffered.shift();\n    this.#buffered.filter(",
      },
    ],
  },
  {
    name: "mail moves within a node in the very call of the program that takes it out",
    edits: [
      {
        file: "mailbox/local.ts",
        find: "    if (this.#isFlushDue) return;\n    this.#isFlushDue = true;\n    this.#timers.soon(() => {\n      this.#isFlushDue = false;\n      this.#flush();\n    });",
        becomes: "    this.#flush();",
      },
    ],
  },
  {
    name: "what was told never to leave, because its time was over, leaves all the same",
    edits: [
      {
        file: outbox,
        find: "      if (left) this.#bufferedBytes += bytes;\n      return left;",
        becomes: "      this.#bufferedBytes += bytes;\n      return true;",
      },
    ],
  },
  {
    name: "mail within a node comes with the padding of its frame",
    edits: [
      {
        file: "mailbox/frames.ts",
        find: "return frame.subarray(MESSAGE_AT, MESSAGE_AT + length);",
        becomes: "return frame.subarray(MESSAGE_AT, MESSAGE_AT + length + (-length & 3));",
      },
    ],
  },
];
