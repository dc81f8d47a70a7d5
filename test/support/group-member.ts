/**
 * One member of a group, as a process of its own. Its one argument is a `MemberArguments` as JSON; it is told what to do by lines on
 * its standard input, and ends with that. What happens at it goes to file descriptor 3, one line of JSON (`MemberLine`) for each event, written before
 * anything that follows from the event can leave the process: `kill -9` takes no event back that others can know of.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openMesh } from "../../src/channel/index.ts";
import { type DetectorOutput, HeartbeatDetector, SwimDetector } from "../../src/group/detector/index.ts";
import {
  type GroupEvent,
  type Guarantee,
  type Member,
  memberName,
  type Order,
  openGroup,
} from "../../src/group/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";

export interface MemberArguments {
  /** The number of this one, and where all of them are. */
  readonly index: number;
  readonly hosts: readonly string[];
  readonly port: number;
  /** Where it keeps its record. */
  readonly directory: string;
  readonly detector: "heartbeat" | "swim";
}

export type MemberLine = { readonly atNs: string } & (
  | { readonly kind: "event"; readonly member: string; readonly event: GroupEvent }
  | { readonly kind: "suspect"; readonly peer: string; readonly why: string }
  | { readonly kind: "state"; readonly state: MemberState }
  | { readonly kind: "closed"; readonly why: string }
);

/** What all members of a view have in common when they have delivered the same: sums over messages, and over the order of those that have one. */
export interface MemberState {
  readonly count: number;
  readonly sum: number;
  readonly chain: number;
}

type Mode = readonly [order: Order, guarantee: Exclude<Guarantee, "safe">];

const ORDERS: readonly Order[] = ["unordered", "fifo", "causal", "total", "causal-total", "sync"];
const MODES: readonly Mode[] = [
  ["unordered", "unreliable"],
  ["fifo", "unreliable"],
  ...ORDERS.map((order): Mode => [order, "reliable"]),
  ...ORDERS.map((order): Mode => [order, "atomic"]),
];
const TOTAL: ReadonlySet<Order> = new Set(["total", "causal-total", "sync"]);

const { index, hosts, port, directory, detector } = JSON.parse(process.argv[2] ?? "") as MemberArguments;
const addressOf = (machine: number) => ({ host: hosts[machine] as string, port });
const EMPTY: MemberState = { count: 0, sum: 0, chain: 0 };
let state = EMPTY;

function say(line: object): void {
  const text = JSON.stringify({ atNs: String(process.hrtime.bigint()), ...line });
  writeSync(3, `${text}\n`);
}

/** FNV-1a over the message's name and bytes. */
function digest(sender: Member, sequence: number, payload: Uint8Array): number {
  let hash = 0x811c_9dc5;
  const add = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  };
  for (const letter of `${memberName(sender)}/${sequence}`) add(letter.charCodeAt(0));
  for (const byte of payload) add(byte);
  return hash;
}

const world = createNodeWorld({ directory });
const mesh = await openMesh(world, {
  name: `n${index}`,
  bind: addressOf(index),
  carrier: { kind: "tcp", isTrustedNetwork: true },
});
const reporting = (output: DetectorOutput): DetectorOutput => ({
  ...output,
  suspect: (peer, why) => {
    say({ kind: "suspect", peer, why });
    output.suspect(peer, why);
  },
});
const group = await openGroup(world, mesh, {
  name: "members",
  founders: hosts.map((_, machine) => ({ name: `n${machine}`, address: addressOf(machine) })),
  detector: (output) =>
    detector === "swim"
      ? new SwimDetector(reporting(output), world.random)
      : new HeartbeatDetector(reporting(output)),
  trace: (member, event) => say({ kind: "event", member, event }),
  state: {
    capture: () => [new TextEncoder().encode(JSON.stringify(state))],
    restore: () => {
      let text = "";
      return {
        write: (piece) => {
          text += new TextDecoder().decode(piece);
        },
        end: () => {
          state = JSON.parse(text) as MemberState;
        },
      };
    },
  },
});
group.onView = (_, origin) => {
  if (origin === "nobody") state = EMPTY;
};
group.onDeliver = (sender, payload, sequence, order, guarantee) => {
  if (guarantee === "unreliable") return;
  const { count, sum, chain } = state;
  const hash = digest(sender, sequence, payload);
  state = {
    count: count + 1,
    sum: (sum + hash) >>> 0,
    chain: TOTAL.has(order) ? Math.imul(chain ^ hash, 0x0100_0193) >>> 0 : chain,
  };
};
group.onClose = (error) => {
  say({ kind: "closed", why: String(error) });
  process.exit(1);
};

let load: NodeJS.Timeout | undefined;
let sent = 0;

/** Every mode in its turn; every hundredth message is of many bundles. */
function sendOne(): void {
  const [order, guarantee] = MODES[sent % MODES.length] as Mode;
  const size = guarantee !== "unreliable" && sent % 97 === 0 ? 200_000 : 8 + ((sent * 37) % 1000);
  if (group.multicast(new Uint8Array(size).fill(sent), { order, guarantee }) !== 0) sent++;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, everyMs] = line.split(" ");
  if (word === "load") load = setInterval(sendOne, Number(everyMs));
  else if (word === "stop") clearInterval(load);
  else if (word === "state") say({ kind: "state", state });
  else throw new Error(`no such order: ${line}`);
}
process.exit(0);
