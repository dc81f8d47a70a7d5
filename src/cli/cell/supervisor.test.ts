import { expect, test } from "vitest";
import type { WorkerEnd, WorkerProcess } from "../../node/index.ts";
import { Simulation } from "../../sim/index.ts";
import { type NodeEvent, type NodeMessage, STEADY_MS, Supervisor } from "./supervisor.ts";

class FakeWorker implements WorkerProcess {
  readonly pid: number;
  readonly sent: unknown[] = [];
  onMessage: (message: unknown) => void = () => {};
  onEnd: (end: WorkerEnd) => void = () => {};
  constructor(pid: number) {
    this.pid = pid;
  }
  send(message: unknown): void {
    this.sent.push(message);
  }
  kill(): void {
    this.end("SIGKILL");
  }
  end(signal?: string): void {
    this.onEnd({ status: signal === undefined ? 0 : undefined, signal, error: undefined });
  }
  tell(message: NodeMessage): void {
    this.onMessage(message);
  }
}

/** A supervisor of fake workers in a simulated world. */
class Scene {
  readonly sim = new Simulation({ seed: 1 });
  readonly workers: FakeWorker[] = [];
  readonly told: string[] = [];
  readonly held = new Set<string>();
  supervisor!: Supervisor;

  start(...names: string[]): void {
    const { world } = this.sim.node("machine");
    this.supervisor = new Supervisor({
      clock: world.clock,
      timers: world.timers,
      names,
      start: () => {
        const worker = new FakeWorker(this.workers.length + 1);
        this.workers.push(worker);
        return worker;
      },
      isHeld: async (name) => this.held.has(name),
      onEvent: (name, event) => void this.told.push(`${name} ${text(event)}`),
    });
  }

  get last(): FakeWorker {
    return this.workers.at(-1) as FakeWorker;
  }
}

function text(event: NodeEvent): string {
  if (event.kind === "ended") return `ended (${event.why}), next ${event.nextMs ?? "never"}`;
  if (event.kind === "ready") return `ready ${event.port}`;
  return event.kind;
}

test("all are started, and told of when they are ready", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a", "b");
    await scene.sim.sleep(0);
    scene.workers[1]?.tell({ event: "ready", host: "127.0.0.1", port: 2050, pid: 2 });
    expect(scene.told).toEqual(["a started", "b started", "b ready 2050"]);
  });
});

test("one that is added is kept as the others", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a");
    await scene.sim.sleep(0);
    scene.supervisor.add("b");
    await scene.sim.sleep(0);
    scene.last.end("SIGKILL");
    await scene.sim.sleep(1000);
    expect(scene.told).toEqual([
      "a started",
      "b started",
      "b ended (it was ended by SIGKILL), next 250",
      "b started",
    ]);
    const over = scene.supervisor.leave();
    for (const worker of [scene.workers[0], scene.last]) worker?.end();
    await over;
  });
});

test("one that ends is started again, after pauses that grow and begin anew once it held", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a");
    for (const pauseMs of [250, 500, 1000]) {
      await scene.sim.sleep(0);
      const before = scene.workers.length;
      scene.last.end("SIGSEGV");
      await scene.sim.sleep(pauseMs - 1);
      expect(scene.workers).toHaveLength(before);
      await scene.sim.sleep(1);
      expect(scene.workers).toHaveLength(before + 1);
    }
    await scene.sim.sleep(STEADY_MS);
    scene.last.end();
    expect(scene.told.at(-1)).toBe("a ended (it ended with status 0), next 250");
  });
});

test("the reason that a node gives for its end is told", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a");
    await scene.sim.sleep(0);
    scene.last.tell({ event: "failed", code: "NET_ADDRESS_IN_USE", message: "port 2049" });
    scene.last.end();
    expect(scene.told.at(-1)).toBe("a ended (NET_ADDRESS_IN_USE: port 2049), next 250");
  });
});

test("one that its cell took out is not started again", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a");
    await scene.sim.sleep(0);
    scene.last.tell({ event: "failed", code: "CELL_DISMISSED", message: "a was taken out" });
    scene.last.end();
    await scene.sim.sleep(60_000);
    expect(scene.told.at(-1)).toBe("a ended (CELL_DISMISSED: a was taken out), next never");
    await scene.supervisor.leave();
  });
});

test("one that is held stays down until it is let go", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a");
    await scene.sim.sleep(0);
    scene.held.add("a");
    scene.last.end("SIGKILL");
    await scene.sim.sleep(60_000);
    expect(scene.workers).toHaveLength(1);
    expect(scene.told.slice(1)).toEqual(["a ended (it was ended by SIGKILL), next 250", "a held"]);
    scene.held.delete("a");
    await scene.sim.sleep(300);
    expect(scene.workers).toHaveLength(2);
  });
});

test("leaving tells all, waits for them, and kills those that take too long", async () => {
  const scene = new Scene();
  await scene.sim.run(async () => {
    scene.start("a", "b", "c");
    await scene.sim.sleep(0);
    const [a, b] = scene.workers as [FakeWorker, FakeWorker];
    scene.workers[2]?.end("SIGKILL");
    const left = scene.supervisor.leave();
    expect([a.sent, b.sent]).toEqual([[{ event: "leave" }], [{ event: "leave" }]]);
    a.end();
    await scene.sim.sleep(20_000);
    await left;
    expect(scene.workers).toHaveLength(3);
    expect(scene.told.slice(-2)).toEqual([
      "a ended (it ended with status 0), next never",
      "b ended (it was ended by SIGKILL), next never",
    ]);
  });
});
