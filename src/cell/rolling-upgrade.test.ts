/** A cell in the simulator whose nodes are upgraded one after the other, while a client writes without a pause. */
import { expect, test } from "vitest";
import { MemoryFiles } from "../../test/support/memory-files.ts";
import { NfsClient, parseExportRule } from "../files/index.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { CellNode } from "./cell-node.ts";
import { cell_deed } from "./gen/cell-admin.gen.ts";
import { ROOT_VOLUME } from "./member/duties.ts";
import type { KnownNode } from "./member/identity.ts";
import { type Levels, levelOf } from "./state/level.ts";

const OLD: Levels = { current: 1, oldest: 1, commands: new Map() };
/** With it comes a command that the old version does not know. */
const NEW: Levels = { current: 2, oldest: 1, commands: new Map([[cell_deed.CELL_LIMIT_VOLUME, 2]]) };

class Cell {
  readonly sim: Simulation;
  readonly nodes: CellNode[] = [];
  readonly #machines: readonly SimNode[];
  readonly #known: readonly KnownNode[];
  readonly #files: readonly MemoryFiles[];
  readonly #user: SimNode;

  constructor(seed: number, count: number) {
    this.sim = new Simulation({ seed });
    const names = Array.from({ length: count }, (_, at) => `node-${at + 1}`);
    this.#machines = names.map((name) => this.sim.node(name));
    this.#files = names.map((name) => new MemoryFiles(`/${name}`));
    this.#known = this.#machines.map(({ name, ip }) => ({
      name,
      mesh: { host: ip, port: 4000 },
      service: { host: ip, port: 2049 },
      domain: "",
    }));
    this.#user = this.sim.node("user");
    void this.#user.start(async () => {});
  }

  async start(at: number, levels: Levels): Promise<CellNode> {
    const self = this.#known[at] as KnownNode;
    const about = { cellName: "home", created: "", madeBy: "1.0.0" };
    const identity = {
      cell: new Uint8Array(16).fill(7),
      self,
      isFounder: true,
      nodes: this.#known,
      ...about,
    };
    const begin = (machine: SimNode) =>
      machine.start((world) =>
        CellNode.start(world, {
          identity,
          files: this.#files[at] as MemoryFiles,
          version: levels.current === 1 ? "1.0.0" : "2.0.0",
          pid: 1,
          carrier: { kind: "tcp", isTrustedNetwork: true },
          exports: [parseExportRule("10.0.0.0/8(rw,no_root_squash)")],
          portmap: "off",
          log: { levels },
        }),
      );
    const node = await begin(this.#machines[at] as SimNode);
    this.nodes[at] = node;
    return node;
  }

  /** Ends in order, and is started with another version once the others can do without the next. */
  async upgrade(at: number, levels: Levels): Promise<void> {
    await this.nodes[at]?.stop();
    await this.start(at, levels);
    await this.whole();
  }

  /** All nodes have a replica that follows or leads. */
  async whole(): Promise<void> {
    for (let tries = 0; tries < 1000; tries++) {
      const isWhole = this.nodes.every(({ member }) => {
        const root = member.state.volumeNamed(ROOT_VOLUME);
        const status = root && member.replicaOf(root.id)?.status();
        return status?.isFormatted === true && status.log.leader !== undefined;
      });
      if (isWhole) return;
      await this.sim.sleep(100);
    }
    throw new Error("the cell does not become whole");
  }

  async levels(): Promise<number[]> {
    for (let tries = 0; tries < 100; tries++) {
      const levels = new Set(this.nodes.map(({ member }) => levelOf(member.state)));
      if (levels.size === 1) return [...levels];
      await this.sim.sleep(100);
    }
    return this.nodes.map(({ member }) => levelOf(member.state));
  }

  limit(at: number): Promise<bigint> {
    const { member } = this.nodes[at] as CellNode;
    const volume = member.state.volumeNamed(ROOT_VOLUME)?.id ?? new Uint8Array(16);
    const quota = { volume, quota_bytes: 1n << 30n };
    return member.log.propose({ deed: cell_deed.CELL_LIMIT_VOLUME, quota });
  }

  connect(): Promise<NfsClient> {
    const servers = this.#known.map(({ service }) => service);
    return NfsClient.connect(this.#user.world, { servers });
  }
}

/** Writes files one after the other until it is told to end; every one that failed is noted. */
function writer(client: NfsClient) {
  let isOver = false;
  const failed: unknown[] = [];
  let written = 0;
  const ended = (async () => {
    while (!isOver) {
      const name = `/file-${written}`;
      await client.writeFile(name, new TextEncoder().encode(name)).then(
        () => void written++,
        (error: unknown) => void failed.push(error),
      );
    }
  })();
  const end = async () => {
    isOver = true;
    await ended;
    return { written, failed };
  };
  return { end };
}

for (const seed of [1, 2, 3]) {
  test(`nodes are upgraded one by one under a client that writes, and nothing fails (seed ${seed})`, async () => {
    const cell = new Cell(seed, 3);
    await cell.sim.run(async () => {
      await Promise.all([0, 1, 2].map((at) => cell.start(at, OLD)));
      await cell.whole();
      const client = await cell.connect();
      const writing = writer(client);
      for (const at of [0, 1, 2]) {
        await cell.upgrade(at, NEW);
        await cell.sim.sleep(3000);
        // A node of the new version writes nothing that the others could not read.
        if (at < 2) {
          expect(await cell.levels()).toEqual([1]);
          await expect(cell.limit(at)).rejects.toMatchObject({ code: "CELL_LEVEL" });
        }
      }
      expect(await cell.levels()).toEqual([2]);
      expect(typeof (await cell.limit(1))).toBe("bigint");
      const { written, failed } = await writing.end();
      expect(failed).toEqual([]);
      expect(written).toBeGreaterThan(10);
      for (let at = 0; at < written; at++) {
        expect(new TextDecoder().decode(await client.readFile(`/file-${at}`))).toBe(`/file-${at}`);
      }
    });
  });
}

test("a node that goes back to the old version is refused by what its own disk says, and served when it is new again", async () => {
  const cell = new Cell(4, 3);
  await cell.sim.run(async () => {
    await Promise.all([0, 1, 2].map((at) => cell.start(at, NEW)));
    await cell.whole();
    await cell.sim.sleep(3000);
    expect(await cell.levels()).toEqual([2]);
    await cell.limit(0);
    await cell.nodes[2]?.stop();
    // It knows from its log, or hears it from the others.
    const ended = async (node: CellNode) => {
      const why = await node.leaving;
      await node.stop();
      return why;
    };
    const refused = await cell.start(2, OLD).then(ended, (error: unknown) => error);
    expect(refused).toMatchObject({ code: "CELL_TOO_OLD" });
    await cell.start(2, NEW);
    await cell.whole();
  });
});

test("while a node is down the level stays, for nobody knows with which version it comes back", async () => {
  const cell = new Cell(5, 3);
  await cell.sim.run(async () => {
    await Promise.all([0, 1, 2].map((at) => cell.start(at, OLD)));
    await cell.whole();
    await cell.nodes[2]?.stop();
    for (const at of [0, 1]) {
      await cell.nodes[at]?.stop();
      await cell.start(at, NEW);
    }
    await cell.sim.sleep(10_000);
    expect(cell.nodes.slice(0, 2).map(({ member }) => levelOf(member.state))).toEqual([1, 1]);
    await cell.start(2, NEW);
    await cell.whole();
    await cell.sim.sleep(3000);
    expect(await cell.levels()).toEqual([2]);
  });
});
