/** What a node asks of its logs, one look after another. Whole cells that do so are in `member.test.ts`. */
import { expect, test } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import { type CellCommand, CellState, encodeCellCommand } from "../state/cell-state.ts";
import type { Identity } from "./identity.ts";
import { DUTY_MS, Leading } from "./leading.ts";

const mesh = { host: "10.0.0.1", port: 4000 };
const service = { host: "10.0.0.1", port: 2049 };
const self = { name: "a", mesh, service, domain: "" };
const identity: Identity = {
  cell: new Uint8Array(16).fill(7),
  cellName: "home",
  self,
  isFounder: true,
  nodes: [self],
  created: "",
  madeBy: "",
};

/** A node whose log carries commands out at once, or refuses them. */
class Scene {
  readonly sim = new Simulation({ seed: 1 });
  readonly state = new CellState();
  readonly asked: cell_deed[] = [];
  isLeader = true;
  refusal: Error | undefined;
  at = { mesh, service };

  async run(scenario: (leading: Leading) => Promise<void>): Promise<void> {
    await this.sim.run(() =>
      this.sim.node("a").start(async (world) => {
        const leading = new Leading(world, {
          identity,
          at: this.at,
          log: this.#log(),
          outlook: {
            present: () => undefined,
            cell: () => ({
              state: this.state,
              voters: ["a"],
              isChanging: false,
              lost: [],
              nodeOf: () => ({ isUp: true, freeBytes: 1 }),
            }),
            volume: () => expect.unreachable(),
          },
          replicas: () => [],
        });
        await scenario(leading);
        await leading.close();
      }),
    );
  }

  #log() {
    const scene = this;
    return {
      state: this.state,
      get isLeader() {
        return scene.isLeader;
      },
      read: () => expect.unreachable(),
      reconfigure: () => expect.unreachable(),
      propose: async (command: CellCommand) => {
        this.asked.push(command.deed);
        if (this.refusal !== undefined) throw this.refusal;
        const reply = this.state.apply(Number(this.state.revision) + 1, encodeCellCommand(command));
        if (typeof reply !== "bigint") throw reply.toError();
        return reply;
      },
    };
  }
}

test("who leads founds the cell and makes its first volume in one go, and then rests", async () => {
  const scene = new Scene();
  await scene.run(async (leading) => {
    leading.look();
    await scene.sim.sleep(DUTY_MS * 3);
    expect(scene.asked).toEqual([cell_deed.CELL_FOUND, cell_deed.CELL_MAKE_VOLUME]);
    expect(scene.state.volumeNamed("root")?.replicas).toEqual(["a"]);
  });
});

test("who does not lead only tells where it is, if the cell has it elsewhere", async () => {
  const scene = new Scene();
  await scene.run((leading) => {
    leading.look();
    return scene.sim.sleep(DUTY_MS);
  });
  scene.isLeader = false;
  scene.asked.length = 0;
  const moved = new Scene();
  Object.assign(moved, {
    state: scene.state,
    isLeader: false,
    at: { mesh, service: { ...service, port: 1 } },
  });
  await moved.run(async () => {
    await moved.sim.sleep(DUTY_MS * 3);
    expect(moved.asked).toEqual([cell_deed.CELL_READDRESS]);
    expect(moved.state.node("a")?.service.port).toBe(1);
  });
});

test("what was refused is tried again with the next look, and not before; nothing is begun after the end", async () => {
  const scene = new Scene();
  scene.refusal = new CoterieError("LOG_NO_QUORUM", "alone");
  await scene.run(async (leading) => {
    leading.look();
    await scene.sim.sleep(DUTY_MS / 2);
    expect(scene.asked).toEqual([cell_deed.CELL_FOUND]);
    await scene.sim.sleep(DUTY_MS);
    expect(scene.asked).toEqual([cell_deed.CELL_FOUND, cell_deed.CELL_FOUND]);
    await leading.close();
    leading.look();
    await scene.sim.sleep(DUTY_MS * 2);
    expect(scene.asked).toHaveLength(2);
  });
});
