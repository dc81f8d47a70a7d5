/** Bugs that people write into reliable channels, each as a change of a few words to the one that has none. */
import type { Plant } from "../support/planted.ts";

const inbox = "connection/inbox.ts";
const outbox = "connection/outbox.ts";
const recovery = "connection/recovery.ts";
const sender = "connection/sender.ts";

export const CHANNEL_PLANTS: readonly Plant[] = [
  {
    name: "no sequence check: what comes early is taken for what is next",
    edits: [
      { file: inbox, find: "if (offset > this.base || this.isPaused", becomes: "if (this.isPaused" },
      {
        file: inbox,
        find: "this.take(bytes, at + this.base - offset, at + length);",
        becomes: "this.take(bytes, at, at + length);",
      },
    ],
  },
  {
    name: "no memory of what came: a repetition is taken again",
    edits: [
      {
        file: inbox,
        find: 'if (end <= this.base) return "taken";',
        becomes: "if (end <= this.base) this.base = offset;",
      },
    ],
  },
  {
    name: "acknowledgment before buffering: a message counts as delivered when its first piece comes",
    edits: [
      {
        file: inbox,
        find: "      this.base += 4;\n      this.length = length;",
        becomes: "      this.base += 4;\n      this.delivered++;\n      this.length = length;",
      },
      {
        file: inbox,
        find: "    this.partial = nothing;\n    this.delivered++;",
        becomes: "    this.partial = nothing;",
      },
    ],
  },
  {
    name: "acknowledgment of what was thrown away: a paused receiver drops pieces and acknowledges their packets",
    edits: [
      {
        file: inbox,
        find: "return this.keep(offset, bytes, at, length);",
        becomes: 'return this.isPaused ? "taken" : this.keep(offset, bytes, at, length);',
      },
    ],
  },
  {
    name: "incarnation forgotten: ids count from one in every life, and nothing tells packets of two lives apart",
    edits: [
      {
        file: "session-table.ts",
        find: "      const id = random.bytes(CHANNEL_ID_BYTES);",
        becomes:
          "      this.lives = (this.lives ?? 0) + 1;\n      const id = new Uint8Array(8).fill(this.lives);",
      },
      {
        file: "session-table.ts",
        find: "  readonly #byToken =",
        becomes: "  lives: number | undefined;\n  readonly #byToken =",
      },
      { file: "protection.ts", find: "    this.#salt = salt;", becomes: "    this.#salt = salt * 0;" },
    ],
  },
  {
    name: "window off by one: the sender goes a word beyond the receiver's limit",
    edits: [
      {
        file: sender,
        find: "outbox.nextOffset < Math.min(outbox.endOffset, this.peerLimit);",
        becomes: "outbox.nextOffset < Math.min(outbox.endOffset, this.peerLimit + 4);",
      },
      {
        file: sender,
        find: "outbox.lost.end(0) : Math.min(outbox.endOffset, this.peerLimit);",
        becomes: "outbox.lost.end(0) : Math.min(outbox.endOffset, this.peerLimit + 4);",
      },
    ],
  },
  {
    name: "timer not reset: once something was acknowledged nothing looks for what is not",
    edits: [
      {
        file: recovery,
        find: "if (this.inFlightBytes === 0) return Number.POSITIVE_INFINITY;",
        becomes:
          "if (this.inFlightBytes === 0 || this.largestAcknowledged > 0) return Number.POSITIVE_INFINITY;",
      },
    ],
  },
  {
    name: "lost pieces are not sent again",
    edits: [
      {
        file: outbox,
        find: "this.lost.addExcept(Math.max(start, this.arrivedTo), end, this.arrived);",
        becomes: "this.lost.addExcept(end, end, this.arrived);",
      },
    ],
  },
  {
    name: "selective acknowledgment off by one: a gap's last packet counts as received",
    edits: [
      {
        file: "connection/ack-reader.ts",
        find: "high = low - readUint32(frames, at + ACK_HEAD_BYTES + gap * GAP_BYTES) - 1;",
        becomes: "high = low - readUint32(frames, at + ACK_HEAD_BYTES + gap * GAP_BYTES);",
      },
    ],
  },
  {
    name: "of a lost stretch the first packet alone is sent again",
    edits: [
      {
        file: sender,
        find: "if (isRepeat) outbox.lost.remove(start, stop);",
        becomes: "if (isRepeat) outbox.lost.remove(start, available);",
      },
    ],
  },
  {
    name: "a clean end that does not wait for the acknowledgment of what was sent",
    edits: [
      {
        file: "connection/farewell.ts",
        find: "return this.isEnding && this.endArrived && outbox.acknowledged === outbox.sent && inbox.isEnded;",
        becomes: "return this.isEnding && this.endArrived && outbox.sent >= 0 && inbox.isEnded;",
      },
      {
        file: "connection/connection.ts",
        find: '    if (!farewell.isDone) {\n      this.violated("a farewell before everything was said");\n      return;\n    }\n',
        becomes: "",
      },
    ],
  },
  {
    name: "no checksum: packets that were altered are believed",
    edits: [
      {
        file: "protection.ts",
        find: "crc32c(packet, this.#salt, 0, end) !== readUint32(packet, end))",
        becomes: "crc32c(packet, this.#salt, 0, end) < 0)",
      },
    ],
  },
  {
    name: "what waited is kept in the wrong place when it wraps around",
    edits: [
      {
        file: inbox,
        find: "this.ring.set(bytes.subarray(source + first, at + length), 0);",
        becomes: "this.ring.set(bytes.subarray(source + first, at + length), 4);",
      },
    ],
  },
];
