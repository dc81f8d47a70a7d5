/** Bugs that people write into shared objects, each as a change of a few words to the code that has none. */
import type { Plant } from "../support/planted.ts";

const sessions = "machine/sessions.ts";
const replica = "machine/replica.ts";

export const SHARED_PLANTS: readonly Plant[] = [
  {
    name: "a request that comes again is carried out again",
    edits: [{ file: sessions, find: "if (number > session.last) {", becomes: "if (number > 0) {" }],
  },
  {
    name: "a newcomer is not told which requests were carried out",
    edits: [{ file: replica, find: "sessions: this.#sessions.save(),", becomes: "sessions: []," }],
  },
  {
    name: "a newcomer is not told which requests wait for the primary",
    edits: [
      {
        file: replica,
        find: "    for (const { request, sender, position } of pending)\n",
        becomes: "    for (const { request, sender, position } of pending.slice(0, 0))\n",
      },
    ],
  },
  {
    name: "a newcomer counts the view twice in which it came",
    edits: [
      {
        file: replica,
        find: "if (view.id <= this.#view.id) return;",
        becomes: "if (view.id < this.#view.id) return;",
      },
    ],
  },
  {
    name: "a read looks at the copy that is here",
    edits: [
      {
        file: "machine/reads.ts",
        find: "      this.#waiting.add(reading);\n      this.#next();",
        becomes: "      reading.look();",
      },
    ],
  },
  {
    name: "what was cut off under way is told never to have happened",
    edits: [{ file: "machine/client.ts", find: "() => unknown(TOO_FEW),", becomes: "blockedError," }],
  },
  {
    name: "requests that are sent again have new numbers",
    edits: [
      {
        file: "machine/client.ts",
        find: "    for (const asking of this.#underWay.values()) this.#send(asking);",
        becomes:
          "    for (const asking of [...this.#underWay.values()]) {\n      this.#underWay.delete(asking.number);\n      asking.number = ++this.#number;\n      this.#underWay.set(asking.number, asking);\n      this.#send(asking);\n    }",
      },
    ],
  },
  {
    name: "a map does not compare before it sets",
    edits: [
      {
        file: "shared/map-object.ts",
        find: "if (expected !== null && toCount(expected) !== version) return reply(false, version);",
        becomes: "",
      },
    ],
  },
  {
    name: "a watch of a map is not told what it missed",
    edits: [{ file: "shared/map-object.ts", find: "    this.#watch.replaced(before);\n", becomes: "" }],
  },
  {
    name: "a queue keeps what was held by one who left",
    edits: [
      {
        file: "shared/queue-object.ts",
        find: "if (item.holder !== undefined && isAmong(left, item.holder.member)) this.#setFree(item);",
        becomes: "void item;",
      },
    ],
  },
  {
    name: "an item that is put back goes behind those that came later",
    edits: [
      {
        file: "shared/free-items.ts",
        find: "if (this.size === 0 || last === undefined || last < number)",
        becomes: "if (last === undefined || last !== number)",
      },
    ],
  },
  {
    name: "two leaders of one view have one number",
    edits: [
      {
        file: "shared/leader.ts",
        find: "Math.max(this.#token + 1, view * TOKENS_OF_VIEW)",
        becomes: "Math.max(this.#token, view * TOKENS_OF_VIEW)",
      },
    ],
  },
  {
    name: "a barrier counts who has left",
    edits: [
      {
        file: "shared/barrier.ts",
        find: "    this.#arrived = this.#arrived.filter(({ member }) => !isAmong(left, member));",
        becomes: "    void isAmong(left, { node: '', incarnation: 0 });",
      },
    ],
  },
  {
    name: "presence outlives its member",
    edits: [
      {
        file: "shared/presence.ts",
        find: "    for (const member of left) this.#remove(member);",
        becomes: "    void left;",
      },
    ],
  },
  {
    name: "half of a view is its majority",
    edits: [{ file: "calls/tally.ts", find: "Math.floor(size / 2) + 1", becomes: "Math.ceil(size / 2)" }],
  },
  {
    name: "a call loses those who left from its account",
    edits: [{ file: "calls/tally.ts", find: "left: [...this.#left.values()]", becomes: "left: []" }],
  },
];
