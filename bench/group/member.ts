/**
 * One member of a group of ours, told what to do by lines on its standard input, as the members of the peers are:
 *   member.ts FOLDER NAME PORT,… ORDER GUARANTEE [MULTICAST-PORT]
 * Members are called m0, m1, … and listen at the ports in this order. Says "ready" when all are in the view.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openMesh } from "../../src/channel/index.ts";
import { type Guarantee, type Member, memberName, type Order, openGroup } from "../../src/group/index.ts";
import { createNodeWorld, letGarbageLie } from "../../src/node/index.ts";
import { quantile } from "../support/statistics.ts";

const [folder = "", name = "", ports = "", order = "", guarantee = "", multicastPort] = process.argv.slice(2);
const HOST = "127.0.0.1";
const how = { order: order as Order, guarantee: guarantee as Exclude<Guarantee, "safe"> };
const founders = ports.split(",").map((port, i) => ({
  name: `m${i}`,
  address: { host: HOST, port: Number(port) },
}));
const own = founders.find((founder) => founder.name === name);
if (own === undefined) throw new RangeError(`${name}: there are only ports ${ports}`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

letGarbageLie();
const world = createNodeWorld({ directory: join(folder, `${name}-${process.pid}`) });
const mesh = await openMesh(world, {
  name,
  bind: own.address,
  ...(multicastPort === undefined
    ? {}
    : { multicast: { group: "239.255.20.3", port: Number(multicastPort) } }),
});
const group = await openGroup(world, mesh, { name: "bench", founders });

let messages = 0;
let bytes = 0;
let self = "";
let isReady = false;
let awaited: (() => void) | undefined;

group.onView = (view) => {
  self = memberName(group.self);
  if (view.members.length < founders.length || isReady) return;
  isReady = true;
  say("ready");
};
group.onDeliver = (sender: Member, payload: Uint8Array) => {
  messages++;
  bytes += payload.length;
  if (awaited !== undefined && memberName(sender) === self) awaited();
};

let sending: Uint8Array | undefined;

/** Until there is no room, and then when there is. What others send has its turn in between. */
function pump(): void {
  const payload = sending;
  if (payload === undefined) return;
  for (let i = 0; i < 4096; i++) if (group.multicast(payload, how) === 0) return;
  setImmediate(pump);
}
group.onRoom = pump;

async function ping(size: number, count: number): Promise<void> {
  const payload = new Uint8Array(size).fill(7);
  const tookMs: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await new Promise<void>((resolve) => {
      awaited = resolve;
      group.multicast(payload, how);
    });
    tookMs.push(performance.now() - began);
  }
  awaited = undefined;
  const at = (share: number) => 1000 * quantile(tookMs, share);
  say(`pinged ${at(0.5)} ${at(0.99)}`);
}

const lines = createInterface({ input: process.stdin });
lines.on("close", () => process.exit(0));
for await (const line of lines) {
  const [word, size = "", count = ""] = line.split(" ");
  if (word === "start") {
    sending = new Uint8Array(Number(size)).fill(7);
    pump();
  } else if (word === "stop") sending = undefined;
  else if (word === "count") say(`count ${messages} ${bytes} ${process.hrtime.bigint()}`);
  else if (word === "ping") await ping(Number(size), Number(count));
  else throw new Error(line);
}
