/**
 * The checker where it belongs: at the end of scenarios with faults. A register on one node, clients that ask again over a
 * network that loses, doubles and reorders; and the same without its memory of what was asked already.
 */
import { describe, expect, it } from "vitest";
import type { World } from "../../world/index.ts";
import { defineScenario, drawPlan, runPlan, type Scenario, shrinkPlan } from "../scenario/index.ts";
import { History, type OpenOperation } from "./history.ts";
import { type RegisterInput, registerModel } from "./models/register.ts";
import { requireLinearizable } from "./require.ts";

const PORT = 7;
const TRIES = 5;
const PATIENCE_MS = 60;
const WRITE = 1;

interface Operation {
  readonly atMs: number;
  /** The client's node. */
  readonly node: number;
  /** To write, or undefined to read. */
  readonly value?: number;
}

/** A message is client, number, kind and value; its answer is the number and the value. `remembers`: at most once. */
async function serve({ net }: World, remembers: boolean): Promise<void> {
  const socket = await net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
  const last = new Map<number, { readonly number: number; readonly reply: Uint8Array }>();
  let held = 0;
  socket.onMessage = ([client = 0, number = 0, kind = 0, value = 0], from) => {
    const known = last.get(client);
    if (remembers && known !== undefined && number <= known.number) {
      if (number === known.number) socket.send(known.reply, from);
      return;
    }
    if (kind === WRITE) held = value;
    const reply = Uint8Array.of(number, held);
    last.set(client, { number, reply });
    socket.send(reply, from);
  };
}

class Client {
  readonly #world: World;
  readonly #id: number;
  readonly #server: string;
  readonly #waiting = new Map<number, (value: number) => void>();
  #number = 0;
  #send: (message: Uint8Array) => void = () => {};
  #busy: Promise<void>;

  constructor(world: World, id: number, server: string) {
    this.#world = world;
    this.#id = id;
    this.#server = server;
    this.#busy = this.#open();
  }

  /** One operation after the other. */
  perform(value: number | undefined, begin: () => OpenOperation<number | undefined>): void {
    this.#busy = this.#busy.then(() => this.#ask(value, begin()));
  }

  async #open(): Promise<void> {
    const socket = await this.#world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
    socket.onMessage = ([number = 0, value = 0]) => this.#waiting.get(number)?.(value);
    this.#send = (message) => socket.send(message, { host: this.#server, port: PORT });
  }

  #ask(value: number | undefined, operation: OpenOperation<number | undefined>): Promise<void> {
    const number = ++this.#number;
    const message = Uint8Array.of(this.#id, number, value === undefined ? 0 : WRITE, value ?? 0);
    return new Promise((resolve) => {
      const end = (tell: () => void): void => {
        if (!this.#waiting.delete(number)) return;
        tell();
        resolve();
      };
      this.#waiting.set(number, (answer) =>
        end(() => operation.returned(value === undefined ? answer : undefined)),
      );
      const attempt = (left: number): void => {
        if (left === 0) end(() => operation.unknown());
        if (!this.#waiting.has(number)) return;
        this.#send(message);
        this.#world.timers.after(PATIENCE_MS, () => attempt(left - 1));
      };
      attempt(TRIES);
    });
  }
}

const scenario = (remembers: boolean): Scenario<Operation> =>
  defineScenario<Operation>({
    name: remembers ? "register" : "forgetful register",
    nodes: 4,
    quietMs: 1500,
    faults: { loss: 2, duplicate: 2, reorder: 2, "slow-link": 1, partition: 1, pause: 1 },
    faultCount: { min: 1, max: 6 },
    workload: ({ random, quietMs }) =>
      Array.from({ length: 30 }, (_, i) => {
        const operation = { atMs: random.below(quietMs), node: 1 + random.below(3) };
        return random.chance(0.5) ? operation : { ...operation, value: i + 1 };
      }),
    async run({ nodes, node, sim, play, quiet }) {
      const history = new History<RegisterInput<number>, number | undefined>({ nowMs: () => sim.nowMs });
      const [server, ...others] = nodes;
      await server?.start((world) => serve(world, remembers));
      const clients = others.map(({ world }, id) => new Client(world, id, node(0).ip));
      await play(({ node: at, value }) => {
        const input = value === undefined ? ({ op: "read" } as const) : ({ op: "write", value } as const);
        clients[at - 1]?.perform(value, () => history.call(node(at).name, input));
      });
      await quiet(5000);
      requireLinearizable(registerModel(0), history.operations());
    },
  });

describe("a register over a bad network", () => {
  it("is linearizable when it remembers what it was asked", async () => {
    const honest = scenario(true);
    for (let seed = 1; seed <= 60; seed++) {
      const { failure } = await runPlan(honest, drawPlan(honest, seed));
      expect(failure, `seed ${seed}`).toBeUndefined();
    }
  });

  it("is not when it forgets: the evidence shrinks to a fault and a few operations", async () => {
    const forgetful = scenario(false);
    for (let seed = 1; seed <= 200; seed++) {
      const plan = drawPlan(forgetful, seed);
      const { failure } = await runPlan(forgetful, plan);
      if (failure === undefined) continue;
      expect(failure.message).toMatch(/no order of these operations is one of a register/);
      const again = async (smaller: typeof plan) => (await runPlan(forgetful, smaller)).failure;
      const shrunk = await shrinkPlan(forgetful, plan, failure, again);
      expect(shrunk.plan.faults.length).toBeLessThanOrEqual(2);
      expect(shrunk.plan.operations.length).toBeLessThanOrEqual(5);
      return;
    }
    throw new Error("200 seeds, and nothing was found");
  });
});
