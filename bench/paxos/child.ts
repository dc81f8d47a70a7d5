/**
 * A client of the benchmark: keeps so many puts under way, to a process of `server.ts` or to a member of etcd.
 *   child.ts server NAME PORT | etcd "" PORT
 */
import { openMesh } from "../../src/channel/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { endWithParent, say, serveParent } from "../support/child-side.ts";
import { quantile } from "../support/statistics.ts";
import { EtcdClient } from "./etcd-client.ts";
import { KEYS, putMessage } from "./values.ts";

export interface Load {
  readonly inFlight: number;
  readonly ms: number;
  readonly bytes: number;
}

export interface Measured {
  readonly puts: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Makes one put; `done` is called when it was acknowledged. */
type Put = (key: string, value: Uint8Array, done: () => void) => void;

const [role = "", name = "", port = "0"] = process.argv.slice(2);
const HOST = "127.0.0.1";

/** Puts over a mesh, to one of `server.ts`. */
async function toServer(): Promise<Put> {
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
    const number = count++ >>> 0;
    waiting.set(number, done);
    puts.send(name, putMessage(number, key, value));
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
  return { puts: times.length, perSecond: (1000 * times.length) / ms, p50Us: at(0.5), p99Us: at(0.99) };
}

async function client(put: Put): Promise<void> {
  serveParent(async (load: Load) => say(await run(put, load)));
  say("ready");
}

endWithParent();
await client(role === "server" ? await toServer() : await EtcdClient.connect(Number(port)));
