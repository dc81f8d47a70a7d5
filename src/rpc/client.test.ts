import { describe, expect, test, vi } from "vitest";
import { type Contract, type Procedure, type Xdr, XdrReader, XdrWriter, xdrVoid } from "../marshal/index.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { type Stream, sleep, type World } from "../world/index.ts";
import { RpcClient, type RpcClientOptions, RpcServer, type RpcServerLimits } from "./index.ts";
import { WaitingCalls } from "./waiting-calls.ts";

const PORT = 700;
const uint: Xdr<number> = { encode: (w, v) => w.uint(v), decode: (r) => r.uint() };
const bytes: Xdr<Uint8Array> = { encode: (w, v) => w.opaque(v), decode: (r) => r.opaque() };
const procedure = <A, R>(number: number, args: Xdr<A>, result: Xdr<R>): Procedure<A, R> => ({
  name: `P${number}`,
  number,
  idempotent: true,
  args,
  result,
});
const DOUBLE = procedure(1, uint, uint);
const SLOW = procedure(2, uint, uint);
const SIZE = procedure(3, bytes, uint);
const MAKE = procedure(4, uint, bytes);
const contract: Contract = {
  name: "TEST",
  program: 0x2000_0003,
  version: 1,
  procedures: [DOUBLE, SLOW, SIZE, MAKE] as unknown as Procedure[],
};

interface Parts {
  readonly sim: Simulation;
  readonly server: SimNode;
  readonly node: SimNode;
  readonly world: World;
  /** Makes a client, which the test need not close. */
  client(options?: Partial<RpcClientOptions>): RpcClient;
}

function scenario(run: (parts: Parts) => Promise<void>, options = {}): Promise<void> {
  const sim = new Simulation({ seed: 11, ...options });
  const server = sim.node("server");
  const node = sim.node("client");
  const clients: RpcClient[] = [];
  return sim.run(async () => {
    const client = (more: Partial<RpcClientOptions> = {}) => {
      const made = new RpcClient(node.world, { host: server.ip, port: PORT, ...more });
      clients.push(made);
      return made;
    };
    await run({ sim, server, node, world: node.world, client });
    await Promise.all(clients.map((each) => each.close()));
  });
}

/** Serves the contract; SLOW takes as many milliseconds as its argument says. */
function serve(node: SimNode, limits: Partial<RpcServerLimits> = {}): Promise<RpcServer> {
  return node.start(async (world) => {
    const server = new RpcServer(world, { limits });
    const handlers = [
      undefined,
      (value: number) => value * 2,
      (delayMs: number) => sleep(world.timers, delayMs).then(() => delayMs),
      (value: Uint8Array) => value.length,
      (length: number) => new Uint8Array(length),
    ];
    server.add({ contract, handlers });
    await server.listen({ host: "0.0.0.0", port: PORT });
    return server;
  });
}

/** A peer that keeps what it gets and answers nothing by itself. */
async function rawTcp(node: SimNode): Promise<{ streams: Stream[]; got: Uint8Array[][] }> {
  const streams: Stream[] = [];
  const got: Uint8Array[][] = [];
  await node.start((world) =>
    world.net.listen({
      bind: { host: "0.0.0.0", port: PORT },
      onStream: (stream) => {
        const chunks: Uint8Array[] = [];
        streams.push(stream);
        got.push(chunks);
        stream.onData = (chunk) => void chunks.push(chunk);
      },
    }),
  );
  return { streams, got };
}

/** What a connection got so far, in one piece: the network cuts it anywhere. */
const joined = (chunks: readonly Uint8Array[] | undefined) => Uint8Array.from(Buffer.concat(chunks ?? []));

const xidOf = (record: Uint8Array, at = 4) => new XdrReader(record, at).uint();

/** A successful reply of one word, with its record mark. */
function reply(xid: number, value: number): Uint8Array {
  const w = new XdrWriter();
  for (const word of [0x8000_001c, xid, 1, 0, 0, 0, 0, value]) w.uint(word);
  return w.detach();
}

describe.each(["tcp", "udp"] as const)("over %s", (transport) => {
  test("many calls in flight come back to their callers, in whatever order", () =>
    scenario(async ({ server, client }) => {
      await serve(server);
      const rpc = client({ transport });
      const delays = Array.from({ length: 50 }, (_, i) => ((i * 37) % 50) * 3);
      expect(await Promise.all(delays.map((delay) => rpc.call(contract, SLOW, delay)))).toEqual(delays);
      expect(rpc.stats()).toMatchObject({ calls: 50, replies: 50, inFlight: 0, queued: 0, connects: 1 });
    }));

  test("more than maxInFlight wait for their turn; more than maxQueued fail with RPC_BUSY", () =>
    scenario(async ({ server, client }) => {
      const served = await serve(server);
      const rpc = client({ transport, maxInFlight: 4, maxQueued: 10 });
      const calls = Array.from({ length: 20 }, (_, i) => rpc.call(contract, SLOW, i));
      expect(rpc.stats()).toMatchObject({ inFlight: 4, queued: 10 });
      const settled = await Promise.allSettled(calls);
      expect(settled.slice(0, 14).every(({ status }) => status === "fulfilled")).toBe(true);
      for (const late of settled.slice(14)) {
        expect(late).toMatchObject({ status: "rejected", reason: { code: "RPC_BUSY" } });
      }
      expect(served.stats().calls).toBe(14);
    }));

  test("a deadline fails the call that it is for, sent or waiting, and no other", () =>
    scenario(async ({ sim, server, client }) => {
      await serve(server);
      const rpc = client({ transport, maxInFlight: 2 });
      await rpc.call(contract, DOUBLE, 1);
      const begin = sim.nowMs;
      const long = rpc.call(contract, SLOW, 2000);
      const late = rpc.call(contract, SLOW, 1900, { timeoutMs: 300 });
      const queued = rpc.call(contract, DOUBLE, 1, { timeoutMs: 100 });
      await expect(queued).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      expect(sim.nowMs - begin).toBeCloseTo(100, -1);
      await expect(late).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      expect(sim.nowMs - begin).toBeCloseTo(300, -1);
      expect(await long).toBe(2000);
      await sim.sleep(1000);
      expect(rpc.stats()).toMatchObject({ inFlight: 0, queued: 0 });
      expect(rpc.stats().strayReplies).toBeGreaterThanOrEqual(1);
    }));

  test("thousands of queued calls of different deadlines expire, each in time, without a walk over the queue", () =>
    scenario(async ({ sim, server, client }) => {
      await serve(server);
      const rpc = client({ transport, maxInFlight: 1 });
      const walks = vi.spyOn(WaitingCalls.prototype, "inOrder");
      const held = rpc.call(contract, SLOW, 10_000);
      const lateMs: number[] = [];
      const calls = Array.from({ length: 2000 }, (_, i) => {
        const dueMs = sim.nowMs + 2 * (1 + ((i * 7) % 2000));
        const call = rpc.call(contract, DOUBLE, 1, { timeoutMs: dueMs - sim.nowMs });
        return call.catch((error) => {
          lateMs.push(sim.nowMs - dueMs);
          return error.code;
        });
      });
      expect(new Set(await Promise.all(calls))).toEqual(new Set(["RPC_TIMEOUT"]));
      expect(Math.max(...lateMs)).toBeLessThanOrEqual(1);
      expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
      // Where many are over before their turn they are swept out, which halves what is there.
      expect(walks.mock.calls.length).toBeLessThan(2 * Math.log2(calls.length));
      walks.mockRestore();
      expect(await held).toBe(10_000);
    }));

  test("an AbortSignal gives a call up with its own reason: before, while waiting, while in flight", () =>
    scenario(async ({ server, client, sim }) => {
      await serve(server);
      const rpc = client({ transport, maxInFlight: 1 });
      const reason = new Error("changed my mind");
      await expect(rpc.call(contract, DOUBLE, 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const stop = new AbortController();
      const inFlight = rpc.call(contract, SLOW, 500, { signal: stop.signal });
      const waiting = rpc.call(contract, DOUBLE, 1, { signal: stop.signal });
      const other = rpc.call(contract, DOUBLE, 4);
      const both = Promise.allSettled([inFlight, waiting]);
      await sim.sleep(50);
      stop.abort(reason);
      expect(await both).toEqual([
        { status: "rejected", reason },
        { status: "rejected", reason },
      ]);
      expect(await other).toBe(8);
    }));

  test("calls that share a signal share one listener, which is gone when they are", () =>
    scenario(async ({ server, client, sim }) => {
      await serve(server);
      const rpc = client({ transport });
      const stop = new AbortController();
      const { signal } = stop;
      let listeners = 0;
      let most = 0;
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners++;
        most = Math.max(most, listeners);
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners--;
        remove(...args);
      };
      const call = (delay: number) => rpc.call(contract, SLOW, delay, { signal });
      expect(await Promise.all([1, 2, 3, 4, 5].map(call))).toEqual([1, 2, 3, 4, 5]);
      expect([most, listeners]).toEqual([1, 0]);
      const late = Promise.allSettled([call(5000), call(6000)]);
      expect(await call(10)).toBe(10);
      await sim.sleep(100);
      stop.abort("enough");
      expect(await late).toEqual([
        { status: "rejected", reason: "enough" },
        { status: "rejected", reason: "enough" },
      ]);
      expect(rpc.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    }));

  test("refusals come back as errors with their codes", () =>
    scenario(async ({ server, client }) => {
      await serve(server);
      const rpc = client({ transport });
      const call = (program: number, version: number, number: number) =>
        rpc.call({ ...contract, program, version }, procedure(number, xdrVoid, xdrVoid), undefined);
      await expect(call(5, 1, 0)).rejects.toMatchObject({ code: "RPC_PROG_UNAVAIL" });
      await expect(call(contract.program, 4, 0)).rejects.toMatchObject({
        code: "RPC_PROG_MISMATCH",
        details: { low: 1, high: 1 },
      });
      await expect(call(contract.program, 1, 9)).rejects.toMatchObject({ code: "RPC_PROC_UNAVAIL" });
      await expect(call(contract.program, 1, 1)).rejects.toMatchObject({ code: "RPC_GARBAGE_ARGS" });
      const short = rpc.call(contract, { ...DOUBLE, result: bytes }, 4);
      await expect(short).rejects.toMatchObject({ code: "RPC_BAD_REPLY", cause: { code: "XDR_SHORT" } });
      const trailing = rpc.call(contract, { ...DOUBLE, result: xdrVoid }, 1);
      await expect(trailing).rejects.toMatchObject({
        code: "RPC_BAD_REPLY",
        cause: { code: "XDR_TRAILING" },
      });
    }));

  test("arguments that are no value of their type fail alone and leave no trace on the wire", () =>
    scenario(async ({ server, client }) => {
      const served = await serve(server);
      const rpc = client({ transport });
      const good = rpc.call(contract, DOUBLE, 1);
      const bad = rpc.call(contract, DOUBLE, -1);
      const next = rpc.call(contract, DOUBLE, 3);
      await expect(bad).rejects.toMatchObject({ code: "XDR_RANGE" });
      expect(await Promise.all([good, next])).toEqual([2, 6]);
      expect(served.stats()).toMatchObject({ calls: 2, badMessages: 0 });
    }));

  test("close fails what is unanswered with RPC_CLOSED, and what comes later", () =>
    scenario(async ({ server, client, sim }) => {
      await serve(server);
      const rpc = client({ transport, maxInFlight: 1 });
      const calls = [rpc.call(contract, SLOW, 5000), rpc.call(contract, DOUBLE, 1)];
      const settled = Promise.allSettled(calls);
      await sim.sleep(100);
      await rpc.close();
      for (const each of await settled) expect(each).toMatchObject({ reason: { code: "RPC_CLOSED" } });
      await expect(rpc.call(contract, DOUBLE, 1)).rejects.toMatchObject({ code: "RPC_CLOSED" });
      expect(rpc.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    }));

  test("closing twice is closing once, and both are told when it is done", () =>
    scenario(async ({ server, client }) => {
      await serve(server);
      const rpc = client({ transport });
      expect(await rpc.call(contract, DOUBLE, 2)).toBe(4);
      await Promise.all([rpc.close(), rpc.close()]);
    }));

  test("a server that restarts looks slow, not dead", () =>
    scenario(async ({ server, client, sim }) => {
      const start = () => serve(server);
      await start();
      const rpc = client({ transport });
      await rpc.call(contract, DOUBLE, 1);
      server.crash();
      const call = rpc.call(contract, DOUBLE, 21);
      await sim.sleep(3000);
      await server.restart();
      expect(await call).toBe(42);
    }));
});

describe("over TCP", () => {
  test("the calls of a turn are one write", () =>
    scenario(async ({ server, world, sim }) => {
      await serve(server);
      const writes: number[] = [];
      const { net } = world;
      const watched: World = {
        ...world,
        net: {
          datagram: (options) => net.datagram(options),
          listen: (options) => net.listen(options),
          resolve: (name) => net.resolve(name),
          connect: async (options) => {
            const stream = await net.connect(options);
            const write = stream.write.bind(stream);
            stream.write = (data) => {
              writes.push(data.length);
              return write(data);
            };
            return stream;
          },
        },
      };
      const rpc = new RpcClient(watched, { host: server.ip, port: PORT });
      const first = [1, 2, 3].map((i) => rpc.call(contract, DOUBLE, i));
      await sim.sleep(100);
      // Each reply makes its caller call again: both calls leave together.
      const second = [first[0], first[1]].map((done) =>
        done?.then((value) => rpc.call(contract, DOUBLE, value)),
      );
      await Promise.all(second);
      expect(writes).toEqual([3 * 48, 2 * 48]);
      await rpc.close();
    }));

  test("a server that is full serves its connections in turn, however much one asks for", () =>
    scenario(async ({ server, world, client }) => {
      await serve(server, { maxCalls: 1 });
      const done: string[] = [];
      const ask = async (who: string, rpc: RpcClient) => {
        await rpc.call(contract, SLOW, 100);
        done.push(who);
      };
      const greedy = client();
      const calls = Array.from({ length: 20 }, () => ask("greedy", greedy));
      await sleep(world.timers, 250);
      const before = done.length;
      await ask("modest", client());
      expect(done.length - before).toBeLessThanOrEqual(3);
      await Promise.all(calls);
    }));

  test("what was unanswered is sent again on the new connection, same xid, same bytes, in order", () =>
    scenario(async ({ server, client, sim }) => {
      const { streams, got } = await rawTcp(server);
      const rpc = client();
      const calls = [1, 2, 3].map((i) => rpc.call(contract, DOUBLE, i));
      await sim.sleep(100);
      const sent = joined(got[0]);
      streams[0]?.write(reply(xidOf(sent, 52), 4));
      await sim.sleep(100);
      streams[0]?.destroy();
      await sim.sleep(2000);
      const again = joined(got[1]);
      expect([...again]).toEqual([...sent.subarray(0, 48), ...sent.subarray(96)]);
      streams[1]?.write(reply(xidOf(sent, 100), 6));
      streams[1]?.write(reply(xidOf(sent, 4), 2));
      expect(await Promise.all(calls)).toEqual([2, 4, 6]);
      expect(rpc.stats()).toMatchObject({ connects: 2, retransmissions: 2 });
    }));

  test("connections are tried with growing delays until the deadline, which names what the network said", () =>
    scenario(async ({ client, sim }) => {
      const rpc = client({ timeoutMs: 20_000 });
      await expect(rpc.call(contract, DOUBLE, 1)).rejects.toMatchObject({
        code: "RPC_TIMEOUT",
        cause: { code: "NET_REFUSED" },
      });
      const tries = sim.trace
        .tail(10_000)
        .split("\n")
        .filter((line) => line.includes("refused"));
      expect(tries.length).toBeGreaterThan(5);
      expect(tries.length).toBeLessThan(25);
    }));

  test("reconnect: false fails at once with RPC_UNREACHABLE, and when the connection breaks", () =>
    scenario(async ({ server, client, sim }) => {
      const rpc = client({ reconnect: false });
      await expect(rpc.call(contract, DOUBLE, 1)).rejects.toMatchObject({
        code: "RPC_UNREACHABLE",
        cause: { code: "NET_REFUSED" },
      });
      const { streams } = await rawTcp(server);
      const broken = rpc.call(contract, DOUBLE, 1);
      const settled = Promise.allSettled([broken]);
      await sim.sleep(100);
      streams[0]?.destroy();
      expect(await settled).toMatchObject([{ reason: { code: "RPC_UNREACHABLE" } }]);
    }));

  test("an idle connection that the server closes is made again by the next call", () =>
    scenario(async ({ server, client, sim }) => {
      const { streams, got } = await rawTcp(server);
      const rpc = client();
      const call = async (index: number) => {
        const result = rpc.call(contract, DOUBLE, 1);
        await sim.sleep(100);
        streams[index]?.write(reply(xidOf(joined(got[index])), 2));
        return result;
      };
      expect(await call(0)).toBe(2);
      streams[0]?.end();
      await sim.sleep(1000);
      expect(rpc.stats().connects).toBe(1);
      expect(await call(1)).toBe(2);
    }));

  test("a reply over maxRecordBytes fails its call; the others are asked again", () =>
    scenario(async ({ server, client }) => {
      await serve(server);
      const rpc = client({ maxRecordBytes: 1000 });
      const slow = rpc.call(contract, SLOW, 500);
      await expect(rpc.call(contract, MAKE, 2000)).rejects.toMatchObject({ code: "RPC_TOO_LARGE" });
      expect(await slow).toBe(500);
      expect(rpc.stats().connects).toBe(2);
    }));

  test("rubbish from the server breaks the connection, not the process; stray replies are counted", () =>
    scenario(async ({ server, client, sim }) => {
      const { streams, got } = await rawTcp(server);
      const rpc = client({ maxRecordBytes: 1000 });
      const call = rpc.call(contract, DOUBLE, 4);
      await sim.sleep(100);
      streams[0]?.write(reply(1, 9));
      streams[0]?.write(Uint8Array.of(0x80, 0, 0, 1, 7));
      await sim.sleep(100);
      expect(rpc.stats().strayReplies).toBe(2);
      streams[0]?.write(new Uint8Array(64).fill(0xff));
      await sim.sleep(1000);
      const xid = xidOf(joined(got[1]));
      streams[1]?.write(reply(xid, 8));
      expect(await call).toBe(8);
    }));

  test("large calls and small ones are sent again in their order", () =>
    scenario(async ({ server, node, client, sim }) => {
      await serve(server);
      const rpc = client();
      await rpc.call(contract, DOUBLE, 1);
      sim.network.setLink(node, server, { latencyMs: 300 });
      const sizes = [10, 70_000, 20, 30, 300_000, ...new Array<number>(40).fill(5000), 1];
      const calls = sizes.map((size) => rpc.call(contract, SIZE, new Uint8Array(size)));
      await sim.sleep(200);
      expect(sim.network.breakStreams(node, server)).toBe(1);
      expect(await Promise.all(calls)).toEqual(sizes);
      expect(rpc.stats().connects).toBe(2);
      // The large ones, and what was sent before them; the rest had to wait for room in the connection.
      expect(rpc.stats().retransmissions).toBeGreaterThanOrEqual(5);
    }));

  test("calls and results of megabytes pass, in both directions at once", () =>
    scenario(async ({ server, client }) => {
      await serve(server);
      const rpc = client();
      const size = 1024 * 1024;
      const results = await Promise.all([
        ...[0, 1, 2, 3, 4, 5].map((i) => rpc.call(contract, SIZE, new Uint8Array(size + i))),
        ...[0, 1, 2, 3, 4, 5].map((i) => rpc.call(contract, MAKE, size + i).then((made) => made.length)),
      ]);
      expect(results).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5].map((i) => size + i));
    }));
});

describe("the buffer of calls", () => {
  test.each(["tcp", "udp"] as const)(
    "over %s stays small, however many calls have gone through it",
    (transport) =>
      scenario(async ({ server, client }) => {
        await serve(server);
        const rpc = client({ transport });
        const { writer } = (rpc as unknown as { core: { link: { writer: XdrWriter } } }).core.link;
        const size = transport === "tcp" ? 300_000 : 20_000;
        for (let round = 0; round < 20; round++) {
          const calls = Array.from({ length: 8 }, () => rpc.call(contract, SIZE, new Uint8Array(size)));
          expect(await Promise.all(calls)).toEqual(new Array(8).fill(size));
          expect(writer.bytes.length).toBeLessThan(1 << 20);
        }
      }),
  );
});

describe("over UDP", () => {
  test("an unanswered call is sent again with the same bytes, after doubling times, until its deadline", () =>
    scenario(async ({ server, client, sim }) => {
      const got: { at: number; data: string }[] = [];
      await server.start(async (world) => {
        const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
        socket.onMessage = (data) => void got.push({ at: sim.nowMs, data: data.join() });
      });
      const rpc = client({ transport: "udp", timeoutMs: 16_000 });
      await expect(rpc.call(contract, DOUBLE, 1)).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      expect(new Set(got.map(({ data }) => data)).size).toBe(1);
      const gaps = got.slice(1).map(({ at }, i) => at - (got[i]?.at ?? 0));
      expect(gaps.length).toBeGreaterThanOrEqual(3);
      for (const [i, gap] of gaps.entries()) expect(gap).toBeCloseTo(1000 * 2 ** i, -1);
    }));

  test("the timer follows the server: after quick replies a loss is made good quickly", () =>
    scenario(async ({ server, node, client, sim }) => {
      await serve(server);
      const rpc = client({ transport: "udp" });
      for (let i = 0; i < 10; i++) await rpc.call(contract, DOUBLE, i);
      sim.network.setLink(node, server, { loss: 1 }, { oneWay: true });
      const begin = sim.nowMs;
      const call = rpc.call(contract, DOUBLE, 4);
      await sim.sleep(50);
      sim.network.setLink(node, server, { loss: 0 }, { oneWay: true });
      expect(await call).toBe(8);
      expect(sim.nowMs - begin).toBeLessThan(150);
    }));

  test("only the server's own address is listened to", () =>
    scenario(async ({ server, client, sim }) => {
      let to: { host: string; port: number } | undefined;
      let xid = 0;
      await server.start(async (world) => {
        const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
        socket.onMessage = (data, from) => {
          to = from;
          xid = xidOf(data, 0);
        };
      });
      const rpc = client({ transport: "udp", timeoutMs: 3000 });
      const call = rpc.call(contract, DOUBLE, 1);
      const settled = Promise.allSettled([call]);
      await sim.sleep(100);
      await sim.node("stranger").start(async (world) => {
        const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
        if (to !== undefined) socket.send(reply(xid, 666).subarray(4), to);
      });
      expect(await settled).toMatchObject([{ reason: { code: "RPC_TIMEOUT" } }]);
    }));

  test("a call that no datagram holds fails with RPC_TOO_LARGE, the next is fine", () =>
    scenario(async ({ server, client }) => {
      await serve(server);
      const rpc = client({ transport: "udp" });
      await expect(rpc.call(contract, SIZE, new Uint8Array(66_000))).rejects.toMatchObject({
        code: "RPC_TOO_LARGE",
      });
      expect(await rpc.call(contract, SIZE, new Uint8Array(60_000))).toBe(60_000);
    }));
});

describe("credentials", () => {
  test("AUTH_SYS arrives as it was given", () =>
    scenario(async ({ server, client }) => {
      const seen: unknown[] = [];
      await server.start(async (world) => {
        const rpc = new RpcServer(world);
        rpc.add({
          contract,
          handlers: [undefined, (_: number, call: { credential: unknown }) => seen.push(call.credential)],
        });
        await rpc.listen({ host: "0.0.0.0", port: PORT });
      });
      const credential = { flavor: "sys", stamp: 5, machine: "host", uid: 1, gid: 2, gids: [3, 4] } as const;
      await client({ credential }).call(contract, DOUBLE, 1);
      await client({ credential, transport: "udp" }).call(contract, DOUBLE, 1);
      await client().call(contract, DOUBLE, 1);
      expect(seen).toEqual([credential, credential, { flavor: "none" }]);
    }));

  test("one that the wire cannot hold is misuse", () =>
    scenario(async ({ client }) => {
      const credential = {
        flavor: "sys",
        stamp: 5,
        machine: "host",
        uid: 1,
        gid: 2,
        gids: new Array(17).fill(1),
      } as const;
      expect(() => client({ credential })).toThrow(expect.objectContaining({ code: "XDR_RANGE" }));
    }));
});
