import { describe, expect, it } from "vitest";
import { openClient, PORT, Server } from "../../test/support/channel-scene.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { DueQueue } from "./due-queue.ts";
import { TURN_PACKETS } from "./flush-queue.ts";
import type { Endpoint } from "./index.ts";
import { type Asker, MAX_QUESTIONS, MAX_UNREAD_PACKETS, Questions } from "./questions.ts";

class Caller implements Asker {
  isWaitingToAsk = false;
  askedAtMs = Number.NaN;
  wants = true;
  readonly asked: number[] = [];

  ask(nowMs: number): boolean {
    this.asked.push(nowMs);
    return this.wants;
  }
}

interface Played {
  readonly questions: Questions;
  readonly sleep: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  /** Has each of so many turns that questions wait for read as much as the platform reads in one. */
  readonly fill: (turns: number) => void;
  readonly packetsRead: () => number;
}

/** Questions in a node's own time. */
function inTime(test: (played: Played) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  return sim.run(async () => {
    const { clock, timers } = sim.node("a").world;
    const counts = { packetsReceived: 0 };
    let turns = 0;
    const soon = (run: () => void) =>
      timers.soon(() => {
        if (turns-- > 0) counts.packetsReceived += TURN_PACKETS;
        run();
      });
    const due = new DueQueue(clock, timers);
    const questions = new Questions(clock, { after: timers.after.bind(timers), soon }, due, counts);
    await test({
      questions,
      sleep: (ms) => sim.sleep(ms),
      nowMs: () => clock.monotonicMs(),
      fill: (count) => {
        turns = count;
      },
      packetsRead: () => counts.packetsReceived,
    });
    questions.close();
    due.close();
  });
}

const callers = (count: number) => Array.from({ length: count }, () => new Caller());
const asks = (all: readonly Caller[]) => all.reduce((sum, { asked }) => sum + asked.length, 0);

describe("questions", () => {
  it("go in the order in which they came due, each once", () =>
    inTime(async ({ questions, sleep }) => {
      const order: Caller[] = [];
      const all = callers(3);
      for (const caller of all) {
        caller.ask = () => order.push(caller) > 0;
        questions.add(caller);
        questions.add(caller);
      }
      expect(order).toEqual([]);
      await sleep(1);
      expect(order.map((caller) => all.indexOf(caller))).toEqual([0, 1, 2]);
      expect(questions.underWay).toBe(3);
    }));

  it("are under way in so many places, which answers make free", () =>
    inTime(async ({ questions, sleep, nowMs }) => {
      const all = callers(MAX_QUESTIONS + 10);
      for (const caller of all) questions.add(caller);
      await sleep(1);
      expect([asks(all), questions.underWay]).toEqual([MAX_QUESTIONS, MAX_QUESTIONS]);
      for (const caller of all.slice(0, 4)) questions.answered(caller, nowMs());
      await sleep(1);
      expect([asks(all), questions.underWay]).toEqual([MAX_QUESTIONS + 4, MAX_QUESTIONS]);
      // Who leaves without an answer makes room too.
      for (const caller of all.slice(4, 10)) questions.forget(caller);
      await sleep(1);
      expect(asks(all)).toBe(MAX_QUESTIONS + 10);
    }));

  it("without an answer give their places up, sooner where answers were quick", () =>
    inTime(async ({ questions, sleep, nowMs }) => {
      const all = callers(2 * MAX_QUESTIONS + 1);
      for (const caller of all) questions.add(caller);
      await sleep(990);
      expect(asks(all)).toBe(MAX_QUESTIONS);
      await sleep(20);
      expect(asks(all)).toBe(2 * MAX_QUESTIONS);
      for (const caller of all.slice(MAX_QUESTIONS)) questions.answered(caller, nowMs());
      await sleep(1);
      const late = callers(MAX_QUESTIONS);
      for (const caller of late) questions.add(caller);
      await sleep(300);
      expect(asks(late)).toBe(MAX_QUESTIONS);
    }));

  it("take no place where there was nothing to ask any more", () =>
    inTime(async ({ questions, sleep }) => {
      const all = callers(1000);
      for (const caller of all) {
        caller.wants = false;
        questions.add(caller);
      }
      await sleep(1);
      expect([asks(all), questions.underWay]).toEqual([1000, 0]);
    }));

  it("that are asked again stay one, and have their places for as long again", () =>
    inTime(async ({ questions, sleep }) => {
      const caller = new Caller();
      questions.add(caller);
      await sleep(600);
      questions.add(caller);
      await sleep(600);
      expect([caller.asked.length, questions.underWay]).toEqual([2, 1]);
    }));

  it("wait for the end of a turn that brings no more than is read in one", () =>
    inTime(async ({ questions, sleep, fill, packetsRead }) => {
      const caller = new Caller();
      const askedAfter: number[] = [];
      caller.ask = () => askedAfter.push(packetsRead()) > 0;
      fill(20);
      questions.add(caller);
      await sleep(1);
      // Twenty full turns, and one that was not.
      expect(askedAfter).toEqual([20 * TURN_PACKETS]);
    }));

  it("wait no longer than for what lay in the socket, however much comes after it", () =>
    inTime(async ({ questions, sleep, fill, packetsRead }) => {
      const caller = new Caller();
      const askedAfter: number[] = [];
      caller.ask = () => askedAfter.push(packetsRead()) > 0;
      fill(Number.POSITIVE_INFINITY);
      questions.add(caller);
      await sleep(1);
      expect(askedAfter).toEqual([MAX_UNREAD_PACKETS]);
    }));
});

/** Many idle channels between two nodes, and what became of them. */
async function idleChannels(
  sim: Simulation,
  count: number,
  limits: { keepaliveMs: number; timeoutMs: number },
): Promise<{ client: Endpoint; closed: (string | undefined)[] }> {
  const server = new Server();
  const many = { maxHalfOpen: count, maxHalfOpenPerHost: count, cookiesFrom: count + 1 };
  const open = { initiationsPerSecond: 1e9, ...many };
  const [asking, answering] = [sim.node("asking"), sim.node("answering")];
  await server.open(answering.world, { limits: { ...limits, ...open, keepaliveMs: 0 } });
  const client = await openClient(
    asking.world,
    { kind: "checksum" },
    { limits: { ...limits, maxOpenings: count } },
  );
  const to = { host: answering.ip, port: PORT };
  const closed: (string | undefined)[] = [];
  for (let opened = 0; opened < count; opened += 200) {
    const channels = await Promise.all(Array.from({ length: 200 }, () => client.connect(to)));
    for (const channel of channels) channel.onClose = (error) => closed.push(error?.code);
  }
  await sim.sleep(100);
  expect(client.stats().channels).toBe(count);
  return { client, closed };
}

describe("thousands of idle channels", () => {
  it("outlive a side that does not run for longer than their timeout, in the midst of questions", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const { client, closed } = await idleChannels(sim, 1000, { keepaliveMs: 5000, timeoutMs: 10_000 });
      const [asking, answering] = sim.nodes as [SimNode, SimNode];
      const partition = sim.partition([answering], [asking], { oneWay: true });
      await sim.sleep(7000);
      asking.pause();
      await sim.sleep(30_000);
      partition.heal();
      asking.resume();
      await sim.sleep(20_000);
      expect([closed, client.stats().channels]).toEqual([[], 1000]);
    });
  });

  it("are asked as often as a peer can answer that seldom runs, and not given up", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      // Each wants to ask once a second; a socket of the peer takes some 250 questions while it does not run.
      const { client, closed } = await idleChannels(sim, 3000, { keepaliveMs: 1000, timeoutMs: 10_000 });
      const answering = sim.nodes[1];
      const before = client.stats();
      for (let round = 0; round < 40; round++) {
        answering?.pause();
        await sim.sleep(489);
        answering?.resume();
        await sim.sleep(1);
      }
      expect([closed, client.stats().channels]).toEqual([[], 3000]);
      const { packetsSent, packetsReceived } = client.stats();
      const asked = packetsSent - before.packetsSent;
      expect(asked).toBeGreaterThan(40 * MAX_QUESTIONS);
      // What was lost, because the first pause was not expected, and what is under way.
      expect(asked - (packetsReceived - before.packetsReceived)).toBeLessThan(asked / 10);
      await sim.sleep(5000);
      // Once it runs again, each is asked once a second.
      expect(client.stats().packetsReceived - packetsReceived).toBeGreaterThan(4 * 3000);
    });
  });

  it("whose peer is gone are given up in time", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const { closed } = await idleChannels(sim, 2000, { keepaliveMs: 5000, timeoutMs: 10_000 });
      await sim.sleep(6000);
      sim.nodes[1]?.crash({ power: true });
      await sim.sleep(5000 + 10_000 + 5000);
      expect(closed.length).toBe(2000);
      expect(new Set(closed)).toEqual(new Set(["CHANNEL_TIMEOUT"]));
    });
  });
});
