import { describe, expect, test } from "vitest";
import type { WorkerEnd, WorkerProcess } from "../../node/index.ts";
import type { Timers } from "../../world/index.ts";
import { type Answer, SimulationClient } from "./client.ts";
import type { Request } from "./messages.ts";

/** A worker that the test plays. */
class FakeWorker implements WorkerProcess {
  readonly pid = 1;
  readonly requests: Request[] = [];
  killed = false;
  onMessage: (message: unknown) => void = () => {};
  onEnd: (end: WorkerEnd) => void = () => {};

  send(message: unknown): void {
    this.requests.push(message as Request);
  }

  kill(): void {
    this.killed = true;
  }

  end(end: Partial<WorkerEnd> = {}): void {
    this.onEnd({ status: undefined, signal: undefined, error: undefined, ...end });
  }
}

/** Timers that ring when the test says so. */
class HandTimers implements Timers {
  readonly pending = new Set<() => void>();
  readonly delaysMs: number[] = [];

  after(delayMs: number, fire: () => void) {
    this.delaysMs.push(delayMs);
    this.pending.add(fire);
    return { cancel: () => void this.pending.delete(fire) };
  }

  soon(run: () => void): void {
    run();
  }

  ring(): void {
    for (const fire of [...this.pending]) fire();
  }
}

function setUp() {
  const workers: FakeWorker[] = [];
  const timers = new HandTimers();
  const start = () => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  };
  const client = new SimulationClient({ file: "x.ts", limitMs: 1000, timers, start });
  const answers: Answer[] = [];
  const ask = (seed: string) =>
    void client.ask({ type: "run", scenario: "s", seed }).then((answer) => answers.push(answer));
  const seeds = (worker: FakeWorker | undefined) =>
    worker?.requests.map((request) => (request.type === "run" ? request.seed : request.type));
  return { client, workers, timers, answers, ask, seeds };
}

const ran = (seed: string) => ({ type: "ran", seed, digest: "d", nowMs: 1, events: 1 }) as const;
/** Until the answers of a turn have arrived. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a client", () => {
  test("starts its worker when it is first needed, and answers in order", async () => {
    const { workers, answers, ask, seeds } = setUp();
    expect(workers).toHaveLength(0);
    ask("1");
    ask("2");
    expect(seeds(workers[0])).toEqual(["load", "1", "2"]);
    workers[0]?.onMessage({ type: "loaded", scenarios: [] });
    workers[0]?.onMessage(ran("1"));
    workers[0]?.onMessage(ran("2"));
    await turn();
    expect(answers).toEqual([ran("1"), ran("2")]);
  });

  test("gives a dead worker's request its death, and the rest to a new one", async () => {
    const { workers, answers, ask, seeds } = setUp();
    ask("1");
    ask("2");
    workers[0]?.onMessage({ type: "loaded", scenarios: [] });
    workers[0]?.end({ signal: "SIGABRT" });
    expect(seeds(workers[1])).toEqual(["load", "2"]);
    workers[1]?.onMessage({ type: "loaded", scenarios: [] });
    workers[1]?.onMessage(ran("2"));
    await turn();
    expect(answers).toEqual([
      {
        type: "died",
        failure: expect.objectContaining({ code: "SIM_DIED", message: expect.stringContaining("SIGABRT") }),
      },
      ran("2"),
    ]);
  });

  test("kills a worker that takes too long, and says that it was stuck", async () => {
    const { workers, timers, answers, ask } = setUp();
    ask("1");
    workers[0]?.onMessage({ type: "loaded", scenarios: [] });
    expect(timers.pending.size).toBe(1);
    timers.ring();
    expect(workers[0]?.killed).toBe(true);
    workers[0]?.end({ signal: "SIGKILL" });
    await turn();
    expect(answers).toEqual([
      {
        type: "died",
        failure: expect.objectContaining({
          property: "SIM_STUCK",
          message: expect.stringContaining("1000 ms"),
        }),
      },
    ]);
  });

  test("gives a file a minute to load, however short a run may be, and says what hung", async () => {
    const { client, workers, timers } = setUp();
    const loading = client.scenarios();
    expect([...timers.delaysMs]).toEqual([60_000]);
    timers.ring();
    workers[0]?.end({ signal: "SIGKILL" });
    await expect(loading).rejects.toMatchObject({
      code: "CLI_SCENARIO",
      message: "cannot load x.ts: the file had not been loaded after 60000 ms of real time, and was stopped",
    });
  });

  test("gives every request its own time, and none to nobody", async () => {
    const { workers, timers, ask } = setUp();
    ask("1");
    ask("2");
    const [first] = timers.pending;
    workers[0]?.onMessage({ type: "loaded", scenarios: [] });
    workers[0]?.onMessage(ran("1"));
    expect(timers.pending.size).toBe(1);
    expect(timers.pending.has(first as () => void)).toBe(false);
    workers[0]?.onMessage(ran("2"));
    expect(timers.pending.size).toBe(0);
  });

  test("asks again after an interrupt that the worker was not yet deaf to", async () => {
    const { workers, answers, ask, seeds } = setUp();
    ask("1");
    workers[0]?.end({ signal: "SIGINT" });
    expect(seeds(workers[1])).toEqual(["load", "1"]);
    await turn();
    expect(answers).toEqual([]);
  });

  test("tells of a file that has no scenarios, and of a worker that dies of it", async () => {
    const refused = setUp();
    const loading = refused.client.scenarios();
    refused.workers[0]?.onMessage({
      type: "refused",
      code: "CLI_SCENARIO",
      message: "x.ts exports no scenario",
    });
    await expect(loading).rejects.toMatchObject({
      code: "CLI_SCENARIO",
      message: "x.ts exports no scenario",
    });
    const dead = setUp();
    const dying = dead.client.scenarios();
    dead.workers[0]?.end({ status: 1 });
    await expect(dying).rejects.toMatchObject({
      code: "CLI_SCENARIO",
      message: expect.stringContaining("status 1"),
    });
  });

  test("answers nobody once it is closed, and starts nothing", async () => {
    const { client, workers, timers, answers, ask } = setUp();
    ask("1");
    client.close();
    expect(workers[0]?.killed).toBe(true);
    workers[0]?.end({ signal: "SIGKILL" });
    ask("2");
    await turn();
    expect(answers).toEqual([]);
    expect(workers).toHaveLength(1);
    expect(timers.pending.size).toBe(0);
  });
});
