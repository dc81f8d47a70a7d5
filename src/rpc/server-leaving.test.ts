/** When a server gives a connection up, and how long it waits when it stops. Time is simulated. */
import { expect, test } from "vitest";
import { type Procedure, type Xdr, XdrReader, XdrWriter } from "../marshal/index.ts";
import { Simulation } from "../sim/index.ts";
import type { CoterieError, Stream } from "../world/index.ts";
import { RpcServer, type RpcServerLimits } from "./index.ts";
import { LINGER_MS } from "./server-connection.ts";

const PORT = 700;
const PROGRAM = 0x2000_0005;
const DOUBLE = 1;
/** Never answered. */
const STUCK = 2;
const IDLE_MS = 60_000;

const uint: Xdr<number> = { encode: (w, v) => w.uint(v), decode: (r) => r.uint() };
const procedures = [DOUBLE, STUCK].map((number) => ({
  name: `P${number}`,
  number,
  idempotent: true,
  args: uint,
  result: uint,
})) as unknown as Procedure[];

/** A caller that closes nothing by itself. */
class Peer {
  readonly stream: Stream;
  /** What the replies so far say. */
  readonly results: number[] = [];
  isEnded = false;
  /** Undefined: it is open. */
  closed: { readonly error: CoterieError | undefined } | undefined = undefined;
  private bytes = new Uint8Array(0);

  constructor(stream: Stream) {
    this.stream = stream;
    stream.onData = (chunk) => this.receive(chunk);
    stream.onEnd = () => {
      this.isEnded = true;
    };
    stream.onClose = (error) => {
      this.closed = { error };
    };
  }

  call(procedure: number, value = 0): this {
    const w = new XdrWriter();
    for (const word of [0x8000_002c, value, 0, 2, PROGRAM, 1, procedure, 0, 0, 0, 0, value]) w.uint(word);
    this.stream.write(w.detach());
    return this;
  }

  /** A reply is 32 bytes, of which the last four are the result. */
  private receive(chunk: Uint8Array): void {
    this.bytes = Uint8Array.from([...this.bytes, ...chunk]);
    for (; this.bytes.length >= 32; this.bytes = this.bytes.slice(32)) {
      this.results.push(new XdrReader(this.bytes, 28).uint());
    }
  }
}

interface Parts {
  readonly sim: Simulation;
  readonly server: RpcServer;
  connect(): Promise<Peer>;
}

function scenario(limits: Partial<RpcServerLimits>, run: (parts: Parts) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 12 });
  const node = sim.node("server");
  const { world } = sim.node("peer");
  return sim.run(async () => {
    const server = new RpcServer(node.world, { limits: { idleMs: IDLE_MS, ...limits } });
    const handlers = [undefined, (value: number) => 2 * value, () => new Promise(() => {})];
    server.add({ contract: { name: "TEST", program: PROGRAM, version: 1, procedures }, handlers });
    await server.listen({ host: "0.0.0.0", port: PORT });
    const connect = async () => new Peer(await world.net.connect({ to: { host: node.ip, port: PORT } }));
    await run({ sim, server, connect });
  });
}

test("a connection whose peer ended is given up when its calls are not answered in idleMs", () =>
  scenario({}, async ({ sim, server, connect }) => {
    const peer = (await connect()).call(STUCK);
    await sim.sleep(IDLE_MS / 2);
    peer.stream.end();
    await sim.sleep(0.9 * IDLE_MS);
    expect(server.stats()).toMatchObject({ connections: 1, callsInFlight: 1 });
    await sim.sleep(0.5 * IDLE_MS);
    expect(server.stats()).toMatchObject({ connections: 0, connectionsDropped: 1 });
    expect(sim.trace.tail(10_000)).toContain("silence, 1 calls not answered");
  }));

test("one that is not read because of its stuck calls is given up, as nobody would see its peer going", () =>
  scenario({ maxCallsPerConnection: 2 }, async ({ sim, server, connect }) => {
    const peer = (await connect()).call(STUCK).call(STUCK).call(STUCK);
    await sim.sleep(100);
    peer.stream.destroy();
    await sim.sleep(2 * IDLE_MS);
    expect(server.stats()).toMatchObject({ connections: 0, connectionsDropped: 1, callsInFlight: 2 });
  }));

test("one whose peer waits for a slow call stays, and so does one whose other calls are answered", () =>
  scenario({ maxCallsPerConnection: 2 }, async ({ sim, server, connect }) => {
    const patient = (await connect()).call(STUCK);
    const busy = (await connect()).call(STUCK);
    for (let i = 0; i < 10; i++) {
      busy.call(DOUBLE, i);
      await sim.sleep(IDLE_MS / 2);
    }
    expect(busy.results).toHaveLength(10);
    expect(patient.closed).toBeUndefined();
    expect(server.stats()).toMatchObject({ connections: 2, connectionsDropped: 0 });
  }));

test("close does not wait for peers that have had their replies, even if they leave their side open", () =>
  scenario({}, async ({ sim, server, connect }) => {
    const peers = [await connect(), (await connect()).call(DOUBLE, 4)];
    await sim.sleep(LINGER_MS + 100);
    const beginMs = sim.nowMs;
    await server.close();
    expect(sim.nowMs - beginMs).toBeLessThan(1);
    await sim.sleep(100);
    expect(peers.map(({ results, isEnded, closed }) => [results, isEnded, closed])).toEqual([
      [[], true, undefined],
      [[8], true, undefined],
    ]);
  }));

test("close answers, and resets nobody who asks more while the last replies may be under way", () =>
  scenario({}, async ({ sim, server, connect }) => {
    const peer = await connect();
    peer.call(DOUBLE, 1);
    while (peer.results.length === 0) await sim.sleep(1);
    const beginMs = sim.nowMs;
    const closed = server.close();
    for (let i = 0; i < 8; i++) {
      await sim.sleep(LINGER_MS / 10);
      peer.call(DOUBLE, 2);
      expect(peer.closed).toBeUndefined();
    }
    await closed;
    expect(sim.nowMs - beginMs).toBeLessThanOrEqual(LINGER_MS);
    expect(peer).toMatchObject({ results: [2], isEnded: true });
  }));

test("close waits for what the network has not taken, for as long as closeMs", () =>
  scenario({ closeMs: 10_000 }, async ({ sim, server, connect }) => {
    const peer = await connect();
    peer.stream.pause();
    const count = 20_000;
    for (let i = 0; i < count; i++) peer.call(DOUBLE, i);
    await sim.sleep(3 * LINGER_MS);
    const closed = server.close();
    await sim.sleep(3 * LINGER_MS);
    expect(server.stats().connections).toBe(1);
    peer.stream.resume();
    await closed;
    await sim.sleep(100);
    expect(peer.results).toHaveLength(count);
    expect(peer.isEnded).toBe(true);
  }));
