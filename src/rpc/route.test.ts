/** A client of several servers: which it connects to is its route's business, and no call is lost or made anew on the way. */
import { expect, test } from "vitest";
import { type Contract, type Procedure, type Xdr, xdrVoid } from "../marshal/index.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { NO_REPLY, type Route, type RpcCall, RpcClient, RpcServer } from "./index.ts";

const PORT = 700;
const uint: Xdr<number> = { encode: (w, v) => w.uint(v), decode: (r) => r.uint() };
const ADD: Procedure<number, number> = {
  name: "ADD",
  number: 1,
  idempotent: true,
  args: uint,
  result: uint,
};
const NULL: Procedure<void, void> = {
  name: "NULL",
  number: 0,
  idempotent: true,
  args: xdrVoid,
  result: xdrVoid,
};
const FILL: Procedure<Uint8Array, number> = {
  name: "FILL",
  number: 2,
  idempotent: true,
  args: { encode: (w, v) => w.opaque(v), decode: (r) => r.opaque() },
  result: uint,
};
const contract: Contract = {
  name: "TEST",
  program: 0x2000_0003,
  version: 1,
  procedures: [NULL, ADD, FILL] as unknown as Procedure[],
};

interface Scene {
  readonly sim: Simulation;
  readonly servers: readonly SimNode[];
  readonly client: RpcClient;
  readonly events: string[];
  readonly route: { at: number };
  /** Serves on a server; `answer` says what, and whether. */
  serve(at: number, answer?: (value: number, call: RpcCall) => unknown): Promise<void>;
  /** Messages that each server got, in hexadecimal. */
  readonly got: string[][];
}

function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 3 });
  const servers = [sim.node("s0"), sim.node("s1")];
  const node = sim.node("client");
  const events: string[] = [];
  const got: string[][] = [[], []];
  const at = { at: 0 };
  const addresses = servers.map(({ ip }) => ({ host: ip, port: PORT }));
  const route: Route = {
    get current() {
      return addresses[at.at] as { host: string; port: number };
    },
    lost() {
      events.push(`lost ${at.at}`);
      at.at = 1 - at.at;
      return 20;
    },
    answered: () => void events.push(`answered ${at.at}`),
  };
  const serve = (number: number, answer: (value: number, call: RpcCall) => unknown = (value) => value + 1) =>
    (servers[number] as SimNode).start(async (world) => {
      const server = new RpcServer(world);
      const add = (value: number, call: RpcCall) => {
        got[number]?.push(Buffer.from(call.message).toString("hex"));
        return answer(value, call);
      };
      server.add({ contract, handlers: [() => {}, add, (value: Uint8Array) => value.length] });
      await server.listen({ host: "0.0.0.0", port: PORT });
    });
  return sim.run(async () => {
    const client = new RpcClient(node.world, { host: "none", port: 1, route, resendMs: 1000 });
    await run({ sim, servers, client, events, route: at, serve, got });
    await client.close();
  });
}

test("when the connection breaks, the next is to the route's next server, which gets the same bytes", () =>
  scene(async ({ client, servers, serve, sim, events, got }) => {
    await serve(0, () => new Promise(() => {}));
    await serve(1);
    const sum = client.call(contract, ADD, 5);
    await sim.sleep(50);
    servers[0]?.crash();
    expect(await sum).toBe(6);
    expect(events).toEqual(["lost 0", "answered 1"]);
    expect(got[1]).toEqual(got[0]);
    expect(got[0]?.length).toBe(1);
    expect(client.stats()).toMatchObject({ retransmissions: 1, connects: 2 });
  }));

test("a server that answers, and ends a connection in order, is connected to again; one that ends it without an answer is left", () =>
  scene(async ({ client, serve, events, got }) => {
    const seen = new Set<unknown>();
    await serve(0, (value, { connection }) => {
      const isNew = !seen.has(connection);
      seen.add(connection);
      if (value < 2 || (value === 2 && isNew)) return value + 1;
      connection?.drop("for once");
      return NO_REPLY;
    });
    await serve(1);
    expect(await client.call(contract, ADD, 1)).toBe(2);
    expect(await client.call(contract, ADD, 2)).toBe(3);
    expect(events).toEqual(["answered 0", "answered 0"]);
    expect(got.map(({ length }) => length)).toEqual([3, 0]);
    expect(client.stats().connects).toBe(2);
    expect(await client.call(contract, ADD, 3)).toBe(4);
    expect(events.slice(2)).toEqual(["lost 0", "answered 1"]);
  }));

test("a server that refuses connections costs the delay that the route says", () =>
  scene(async ({ client, serve, servers, sim, events }) => {
    await servers[0]?.start(async () => {});
    await serve(1);
    const begin = sim.nowMs;
    expect(await client.call(contract, ADD, 1)).toBe(2);
    expect(events).toEqual(["lost 0", "answered 1"]);
    expect(sim.nowMs - begin).toBeGreaterThanOrEqual(20);
    expect(sim.nowMs - begin).toBeLessThan(30);
  }));

test("move takes what is unanswered along from a silent server, and late answers of it are nobody's", () =>
  scene(async ({ client, servers, serve, sim, route, got }) => {
    await serve(0);
    await serve(1);
    await client.call(contract, NULL, undefined);
    servers[0]?.pause();
    const sums = [1, 2, 3].map((value) => client.call(contract, ADD, value));
    await sim.sleep(500);
    route.at = 1;
    client.move();
    expect(await Promise.all(sums)).toEqual([2, 3, 4]);
    servers[0]?.resume();
    await sim.sleep(100);
    expect(await client.call(contract, ADD, 9)).toBe(10);
    expect(got[1]?.slice(0, 3)).toEqual(got[0]);
    expect(client.stats()).toMatchObject({ connects: 2, replies: 5, strayReplies: 0 });
  }));

test("move in the middle of connecting gives that attempt up", () =>
  scene(async ({ client, servers, serve, sim, route }) => {
    await serve(0);
    await serve(1);
    servers[0]?.crash({ power: true });
    const sum = client.call(contract, ADD, 1);
    await sim.sleep(300);
    expect(client.stats().connects).toBe(0);
    route.at = 1;
    client.move();
    expect(await sum).toBe(2);
    expect(client.stats()).toMatchObject({ connects: 1, retransmissions: 0 });
  }));

test("a call that the server drops is sent again after resendMs, the same bytes, and no other is", () =>
  scene(async ({ client, serve, sim, got }) => {
    let dropped = 0;
    await serve(0, (value) => (value === 7 && dropped++ < 2 ? NO_REPLY : value + 1));
    const begin = sim.nowMs;
    const seven = client.call(contract, ADD, 7);
    await sim.sleep(400);
    expect(await client.call(contract, ADD, 1)).toBe(2);
    expect(await seven).toBe(8);
    // After one second, and then after two more.
    expect(Math.floor((sim.nowMs - begin) / 1000)).toBe(3);
    expect(got[0]?.filter((message) => message === got[0]?.[0]).length).toBe(3);
    expect(got[0]?.length).toBe(4);
    expect(client.stats()).toMatchObject({ retransmissions: 2, connects: 1 });
  }));

test("what the network has not taken yet is not sent again", () =>
  scene(async ({ client, serve, sim, servers }) => {
    await serve(0, (value) => value + 1);
    expect(await client.call(contract, ADD, 0)).toBe(1);
    servers[0]?.pause();
    // More than the windows of a stopped server take.
    const calls = Array.from({ length: 40 }, (_, at) =>
      client.call(contract, FILL, new Uint8Array(16_000 + at)),
    );
    await sim.sleep(6500);
    expect(client.stats().retransmissions).toBe(0);
    servers[0]?.resume();
    expect(await Promise.all(calls)).toEqual(calls.map((_, at) => 16_000 + at));
  }));

test("calls that nothing was said of when the client closes fail, also while it moves", () =>
  scene(async ({ client, serve }) => {
    await serve(0, () => NO_REPLY);
    const call = client.call(contract, ADD, 1);
    client.move();
    await Promise.all([expect(call).rejects.toMatchObject({ code: "RPC_CLOSED" }), client.close()]);
    client.move();
    await expect(client.call(contract, ADD, 1)).rejects.toMatchObject({ code: "RPC_CLOSED" });
  }));
