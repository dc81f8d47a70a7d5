/** Both sides connect at the same moment, over thousands of networks: one link is kept, nobody hears of the other. */
import { describe, expect, it } from "vitest";
import { CARRIERS, MeshScene, meshBytes } from "../../../test/support/mesh-scene.ts";
import { MeshSpec } from "./spec.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 1000);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 1);
const NAMES = ["a", "b"];

interface Outcome {
  readonly ups: number;
  readonly downs: number;
  readonly delivered: number;
  /** Streams, or first packets of channels, that were opened. */
  readonly attempts: number;
}

async function cross(seed: number, [, carrier]: (typeof CARRIERS)[number]): Promise<Outcome> {
  const link = { latencyMs: 1, jitterMs: seed % 3 === 0 ? 0 : 10 };
  const scene = new MeshScene(carrier, NAMES, { seed, link });
  const { sim, processes } = scene;
  const spec = new MeshSpec();
  await sim.run(async () => {
    for (const each of processes) {
      const mesh = await each.open();
      const watched = spec.watch(mesh.open("p"), "p");
      const { onUp } = watched.port;
      watched.port.onUp = (peer, session) => {
        onUp(peer, session);
        for (let n = 0; n < 5; n++) spec.send(watched, peer, meshBytes(`${each.name} ${n}`));
      };
    }
    const [first, second] = processes as [(typeof processes)[0], (typeof processes)[0]];
    first.mesh?.add(second.peer);
    await sim.sleep(sim.random.below(8) / 2);
    second.mesh?.add(first.peer);
    await sim.sleep(3000);
    spec.settled();
    expect([first.troubles, second.troubles]).toEqual([[], []]);
  });
  const attempts = [...sim.trace.records()].filter(({ what }) => what.endsWith(" connect")).length;
  return { ups: spec.ups, downs: spec.downs, delivered: spec.delivered, attempts };
}

describe.each(CARRIERS)(
  "two processes that connect to each other over %s at the same moment",
  (...carrier) => {
    it("keep one link, and lose nothing that was sent over it", async () => {
      const isTcp = carrier[0].startsWith("TCP");
      const share = carrier[0] === "TCP" ? 1 : carrier[0] === "TLS" ? 20 : 5;
      const seeds = Math.ceil(SEEDS / share);
      let crossed = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
        const { attempts, ...outcome } = await cross(seed, carrier).catch((error) => {
          throw new Error(`COTERIE_SEED=${seed} COTERIE_SEEDS=1: ${error.message}`, { cause: error });
        });
        expect(outcome, `COTERIE_SEED=${seed} COTERIE_SEEDS=1`).toEqual({ ups: 2, downs: 0, delivered: 10 });
        // One of the two that crossed went first: nobody had to try again.
        if (isTcp) expect(attempts, `COTERIE_SEED=${seed} COTERIE_SEEDS=1`).toBeLessThanOrEqual(2);
        if (attempts > 1) crossed++;
      }
      // They did meet on the way.
      if (isTcp && seeds >= 100) expect(crossed).toBeGreaterThan(seeds / 4);
    });
  },
);
