/**
 * One of three processes that keep a map together, and serve puts over a port of their mesh: each a replica of a log whose state machine
 * the map is, or a member of a group whose safe messages are the puts.
 *   server.ts replica|member FOLDER NAME PORT PEERS
 * The others are JSON: [{ name, port }, …].
 */
import { type MeshPort, openMesh } from "../../src/channel/index.ts";
import { type Group, openGroup, type Verdict } from "../../src/group/index.ts";
import { createNodeWorld, letGarbageLie } from "../../src/node/index.ts";
import { type LogStatus, openLog, type ReplicatedLog, type StateMachine } from "../../src/paxos/index.ts";
import { endWithParent, say, serveParent } from "../support/child-side.ts";
import { NUMBER_BYTES, Values } from "./values.ts";

/** What it may be asked. */
export type ServerRequest = "status" | "values";
export type ServerStatus = Pick<LogStatus, "isServing" | "leader">;
export interface ServerValues {
  readonly keys: number;
  readonly digest: string;
}

/** Begins a put; the entry's bytes live no longer than the call. */
type Put = (entry: Uint8Array) => Promise<unknown>;

const [role = "", folder = "", name = "", port = "0", peers = "[]"] = process.argv.slice(2);
const HOST = "127.0.0.1";
const others = JSON.parse(peers) as readonly { readonly name: string; readonly port: number }[];
const founders = [{ name, port: Number(port) }, ...others]
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  .map((each) => ({ name: each.name, address: { host: HOST, port: each.port } }));

letGarbageLie();
endWithParent();
const world = createNodeWorld({ directory: folder });
const mesh = await openMesh(world, { name, bind: { host: HOST, port: Number(port) } });
for (const founder of founders) if (founder.name !== name) mesh.add(founder);
const values = new Values();
let status = (): ServerStatus => ({ isServing: false, leader: undefined });

servePuts(mesh.open("puts"), role === "member" ? await member() : await replica());
serveParent((request: ServerRequest) => say(request === "status" ? status() : held()));
say("ready");

async function replica(): Promise<Put> {
  const log = await openedLog({
    apply: (_: number, entry: Uint8Array) => values.put(entry.slice()),
    snapshot: () => values.capture(),
    restore: (pieces) => values.restore(pieces),
  });
  return (entry) => log.append(entry);
}

/** Resolves when all are in the view. */
async function member(): Promise<Put> {
  // As the group opens it by itself; here, to know who leads it.
  const open = (machine: StateMachine<Verdict>) => openedLog(machine);
  const group = await openGroup(world, mesh, { name: "map", founders, safe: { state: values, open } });
  group.onDeliver = (_, payload) => values.put(payload);
  group.onClose = (error) => {
    throw error ?? new Error("the group was closed");
  };
  await fullView(group);
  return async (entry) => {
    const sequence = group.multicast(entry, { guarantee: "safe" });
    if (sequence === 0) throw new Error("the group has no room");
    await group.settled(sequence);
  };
}

function fullView(group: Group): Promise<void> {
  return new Promise((resolve) => {
    group.onView = (view) => {
      if (view.members.length === founders.length) resolve();
    };
  });
}

async function openedLog<Reply>(machine: StateMachine<Reply>): Promise<ReplicatedLog<Reply>> {
  const store = await world.storage.open("log", { isLog: true });
  const names = founders.map((founder) => founder.name);
  const log = await openLog(world, {
    name: "map",
    store,
    port: mesh.open("map"),
    machine,
    founders: names,
  });
  status = () => log.status();
  return log;
}

/** Answers each put when it is durable. One that fails ends this process, and with it the measurement. */
function servePuts(puts: MeshPort, put: Put): void {
  puts.onMessage = (from, message) => {
    const number = message.slice(0, NUMBER_BYTES);
    void put(message.subarray(NUMBER_BYTES)).then(() => puts.send(from, number));
  };
}

function held(): ServerValues {
  return { keys: values.size, digest: values.digest() };
}
