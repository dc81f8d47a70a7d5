/** Calls that are brought to other nodes, over a simulated network, while those cannot say much. */
import { expect, test } from "vitest";
import { openMesh } from "../../channel/index.ts";
import { type SimNode, Simulation } from "../../sim/index.ts";
import { type Calls, openCalls } from "./calls.ts";
import type { Answer, Desk, VolumeCall } from "./volume-call.ts";

const ID = Uint8Array.from({ length: 16 }, (_, at) => at);
const DONE = Uint8Array.of(0, 0, 0, 7);
const WRITE = 7;
const READ = 6;

function call(procedure: number, version: 2 | 3 = 3): VolumeCall {
  return {
    version,
    procedure,
    args: new Uint8Array(40),
    credentials: { uid: 0, gid: 0, groups: [] },
    isReadOnly: false,
    transport: "tcp",
    identity: { high: 11, low: 12 },
  };
}

interface Site {
  readonly sim: Simulation;
  /** What each node has of the volume; calls go from the first to the others. */
  readonly desks: (Desk | undefined)[];
  readonly nodes: readonly SimNode[];
  readonly calls: Calls;
  /** The answer, and after how many simulated milliseconds. */
  ask(call: VolumeCall): Promise<[Answer, number]>;
}

async function atSite(body: (site: Site) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const nodes = ["n1", "n2", "n3"].map((name) => sim.node(name));
  const desks: (Desk | undefined)[] = [];
  await sim.run(async () => {
    const [calls] = await Promise.all(
      nodes.map(async ({ world, ip, name }, at) => {
        const mesh = await openMesh(world, {
          name,
          bind: { host: ip, port: 5000 },
          carrier: { kind: "tcp", isTrustedNetwork: true },
        });
        for (const peer of nodes) {
          if (peer.name !== name) mesh.add({ name: peer.name, address: { host: peer.ip, port: 5000 } });
        }
        return openCalls(world, mesh, { find: () => desks[at] });
      }),
    );
    await sim.sleep(500);
    const desk = (calls as Calls).remote(ID, () => ["n2", "n3"]);
    const ask = async (asked: VolumeCall): Promise<[Answer, number]> => {
      const startMs = sim.nowMs;
      return [await desk.submit(asked), sim.nowMs - startMs];
    };
    await body({ sim, nodes, desks, calls: calls as Calls, ask });
  });
}

test("a change is brought again until a node has the volume, and is the same call each time", async () => {
  await atSite(async ({ sim, desks, ask }) => {
    const seen: VolumeCall[] = [];
    const answers: Answer[] = ["unknown", "later", DONE];
    const desk = {
      submit: async (asked: VolumeCall) => {
        seen.push(asked);
        return answers[seen.length - 1] ?? "later";
      },
    };
    const asked = ask(call(WRITE));
    await sim.sleep(2000);
    desks[2] = desk;
    const [answer, ms] = await asked;
    expect(answer).toEqual(DONE);
    expect(ms).toBeGreaterThan(2000);
    expect(ms).toBeLessThan(6000);
    expect(seen.map(({ identity }) => identity)).toEqual(Array(3).fill({ high: 11, low: 12 }));
  });
});

test("a node that says that there is no quorum is not the first to be asked each time", async () => {
  await atSite(async ({ desks, ask }) => {
    desks[1] = { submit: async () => "later" };
    desks[2] = { submit: async () => DONE };
    const [answer, ms] = await ask(call(WRITE));
    expect(answer).toEqual(DONE);
    expect(ms).toBeLessThan(1000);
  });
});

test("what nobody answers is given up when patience is over; what one attempt left open stays open", async () => {
  await atSite(async ({ desks, ask }) => {
    const [answer, ms] = await ask(call(WRITE));
    expect(answer).toBe("later");
    expect(ms).toBeGreaterThan(28_000);
    expect(ms).toBeLessThan(31_000);
    let asked = 0;
    desks[1] = { submit: async () => (asked++ === 0 ? "unknown" : "elsewhere") };
    expect((await ask(call(WRITE)))[0]).toBe("unknown");
    expect(asked).toBeGreaterThan(10);
  });
});

test("a read of version 3 is put off at once; version 2 has no word for that", async () => {
  await atSite(async ({ sim, desks, ask }) => {
    const [answer, ms] = await ask(call(READ));
    expect(answer).toBe("later");
    expect(ms).toBeLessThan(100);
    const second = ask(call(READ, 2));
    await sim.sleep(1000);
    desks[1] = { submit: async () => DONE };
    expect((await second)[0]).toEqual(DONE);
  });
});

test("a volume that comes here meanwhile is for whoever asked to find, and a node that ends lets go", async () => {
  await atSite(async ({ sim, desks, calls, ask }) => {
    const moved = ask(call(WRITE));
    await sim.sleep(1000);
    desks[0] = { submit: async () => DONE };
    const [answer, ms] = await moved;
    expect(answer).toBe("later");
    expect(ms).toBeLessThan(3000);
    desks[0] = undefined;
    const left = ask(call(WRITE));
    await sim.sleep(1000);
    calls.close();
    expect((await left)[1]).toBeLessThan(3000);
  });
});
