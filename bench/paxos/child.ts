/**
 * One process of the benchmark: a replica with a map as its state machine, which serves puts over a port of its mesh; or a client
 * that keeps so many puts under way, to a replica or to etcd.
 */
import { openMesh } from "../../src/channel/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { openLog } from "../../src/paxos/index.ts";
import { endWithParent, say, serveParent } from "../support/child-side.ts";
import { quantile } from "../support/statistics.ts";
import { EtcdClient } from "./etcd-client.ts";

export interface Load {
  readonly inFlight: number;
  readonly ms: number;
  readonly bytes: number;
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Makes one put; `done` is called when it was acknowledged. */
type Put = (key: string, value: Uint8Array, done: () => void) => void;

const [role = "", name = "", folder = "", port = "0", peers = "[]"] = process.argv.slice(2);
const HOST = "127.0.0.1";
const KEYS = 10_000;

interface PeerAt {
  readonly name: string;
  readonly port: number;
}

const others = JSON.parse(peers) as PeerAt[];

async function replica(): Promise<void> {
  const world = createNodeWorld({ directory: folder });
  const mesh = await openMesh(world, { name, bind: { host: HOST, port: Number(port) } });
  for (const peer of others) mesh.add({ name: peer.name, address: { host: HOST, port: peer.port } });
  const values = new Map<string, Uint8Array>();
  const machine = {
    apply: (_: number, entry: Uint8Array) => {
      const end = 1 + (entry[0] as number);
      values.set(
        Buffer.from(entry.buffer, entry.byteOffset + 1, end - 1).toString("latin1"),
        entry.slice(end),
      );
    },
    snapshot: () => [new Uint8Array(1)],
    restore: () => {},
  };
  const store = await world.storage.open("log");
  const founders = [name, ...others.map((peer) => peer.name)];
  const log = await openLog(world, { name: "map", store, port: mesh.open("map"), machine, founders });
  const served = mesh.open("puts");
  served.onMessage = (from, message) => {
    const number = message.slice(0, 4);
    log.append(message.subarray(4)).then(
      () => served.send(from, number),
      (error) => console.error(String(error)),
    );
  };
  serveParent(() => say(log.status()));
  say("ready");
}

/** Puts over a mesh, to one replica. */
async function toReplica(): Promise<Put> {
  const mesh = await openMesh(createNodeWorld({}), { name: "client", bind: { host: HOST, port: 0 } });
  const puts = mesh.open("puts");
  const waiting = new Map<number, () => void>();
  let count = 0;
  puts.onMessage = (_, message) => {
    const number = Buffer.from(message).readUInt32BE();
    const done = waiting.get(number);
    waiting.delete(number);
    done?.();
  };
  await new Promise<void>((resolve) => {
    puts.onUp = () => resolve();
    mesh.add({ name, address: { host: HOST, port: Number(port) } });
  });
  return (key, value, done) => {
    const message = Buffer.allocUnsafe(5 + key.length + value.length);
    const number = count++ >>> 0;
    message.writeUInt32BE(number);
    message[4] = key.length;
    message.write(key, 5, "latin1");
    message.set(value, 5 + key.length);
    waiting.set(number, done);
    puts.send(name, message);
  };
}

function run(put: Put, { inFlight, ms, bytes }: Load): Promise<Measured> {
  const value = new Uint8Array(bytes).fill(7);
  const times: number[] = [];
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let open = inFlight;
    let key = 0;
    const next = () => {
      const atMs = performance.now();
      if (atMs >= startedMs + ms) {
        if (--open === 0) resolve(summary(times, performance.now() - startedMs));
        return;
      }
      put(`key${key++ % KEYS}`, value, () => {
        times.push(performance.now() - atMs);
        next();
      });
    };
    for (let i = 0; i < inFlight; i++) next();
  });
}

function summary(times: readonly number[], ms: number): Measured {
  const at = (share: number) => 1000 * quantile(times, share);
  return { perSecond: (1000 * times.length) / ms, p50Us: at(0.5), p99Us: at(0.99) };
}

async function client(put: Put): Promise<void> {
  serveParent(async (load: Load) => say(await run(put, load)));
  say("ready");
}

endWithParent();
if (role === "replica") await replica();
else if (role === "client") await client(await toReplica());
else await client(await EtcdClient.connect(Number(port)));
