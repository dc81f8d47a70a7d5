import { expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { VolumeCell } from "../../../test/support/volume-cell.ts";
import { callOf3, noChange, resultOf } from "../../../test/support/volume-entries.ts";
import type { SimNode } from "../../sim/index.ts";
import { randomBelow } from "../../world/index.ts";
import { MOUNT_V3_Client } from "../nfs/gen/mount.gen.ts";
import type { READ3res } from "../nfs/gen/nfs3.gen.ts";
import { Freshness } from "./freshness.ts";

test("one question to the log is enough for all reads of its time, and each counts from when it was asked", async () => {
  const now = { ms: 1000 };
  const freshness = new Freshness({ monotonicMs: () => now.ms });
  let questions = 0;
  let waitMs = 0;
  const log = {
    async read<Seen>(look: () => Seen): Promise<Seen> {
      questions++;
      now.ms += waitMs;
      return look();
    },
  };
  const look = async (staleMs: number) => freshness.look(staleMs, log, () => now.ms);
  const asked = async (staleMs: number) => {
    const before = questions;
    await look(staleMs);
    return questions - before;
  };
  expect(await asked(100)).toBe(1);
  now.ms += 100;
  expect(await asked(100)).toBe(0);
  now.ms += 1;
  waitMs = 60;
  expect(await asked(100)).toBe(1);
  now.ms += 41;
  // It began to be true when the question was asked, and not when it was answered.
  expect(await asked(100)).toBe(1);
  expect(await asked(0)).toBe(1);
  expect(await asked(60)).toBe(0);
  expect(await asked(59)).toBe(1);
});

interface Acknowledged {
  readonly value: number;
  readonly atMs: number;
}

/** The newest value that everybody may count on at a time. */
function newest(all: readonly Acknowledged[], atMs: number): number {
  return all.findLast((each) => each.atMs <= atMs)?.value ?? 0;
}

async function makeFile(cell: VolumeCell): Promise<Uint8Array> {
  await cell.begin();
  const mounted = await new MOUNT_V3_Client(cell.rpc(0)).MOUNTPROC3_MNT(new TextEncoder().encode("/"));
  if (mounted.fhs_status !== 0) throw new Error("mount");
  const made = await cell.nfs(0).NFSPROC3_CREATE({
    where: { dir: mounted.mountinfo.fhandle, name: new TextEncoder().encode("count") },
    how: { mode: 1, obj_attributes: noChange },
  });
  if (made.status !== 0 || !made.resok.obj.handle_follows) throw new Error("create");
  return made.resok.obj.handle;
}

/** The number in the file as one node tells it; undefined when it does not. */
async function told(
  cell: VolumeCell,
  at: number,
  file: Uint8Array,
  staleMs: number,
): Promise<number | undefined> {
  const answer = await cell.replica(at).submit(callOf3(6, { file, offset: 0n, count: 100 }, { staleMs }));
  if (!(answer instanceof Uint8Array)) return undefined;
  const reply = resultOf<READ3res>(6, answer);
  return reply.status === 0 ? Number(new TextDecoder().decode(reply.resok.data)) : undefined;
}

/** Writes 1, 2, 3 … until the end. */
async function count(
  cell: VolumeCell,
  file: Uint8Array,
  isOver: () => boolean,
  done: Acknowledged[],
): Promise<void> {
  for (let value = 1; !isOver(); value++) {
    const data = new TextEncoder().encode(String(value).padStart(8, "0"));
    const written = await cell.nfs(value % 3).NFSPROC3_WRITE({ file, offset: 0n, count: 8, stable: 2, data });
    if (written.status !== 0) throw new Error(`write: ${written.status}`);
    done.push({ value, atMs: cell.sim.nowMs });
    await cell.sim.sleep(20);
  }
}

const BOUNDS_MS = [0, 80, 600] as const;

test.each([1, 2])(
  "no read is older than it may be, whatever is cut off or stands still (seed %i)",
  async (seed) => {
    const cell = new VolumeCell({ seed });
    const random = seededRandom(seed);
    const below = (limit: number) => randomBelow(random, limit);
    await cell.run(async () => {
      const file = await makeFile(cell);
      const endMs = cell.sim.nowMs + 12_000;
      const isOver = () => cell.sim.nowMs >= endMs;
      const done: Acknowledged[] = [];
      const answered = new Map<number, number>(BOUNDS_MS.map((bound) => [bound, 0]));
      let behind = 0;
      const reads = async (at: number, staleMs: number) => {
        while (!isOver()) {
          const askedMs = cell.sim.nowMs;
          const seen = await told(cell, at, file, staleMs);
          if (seen !== undefined) {
            expect(seen, `node ${at}, ${staleMs} ms`).toBeGreaterThanOrEqual(newest(done, askedMs - staleMs));
            if (seen < newest(done, askedMs)) behind++;
            answered.set(staleMs, (answered.get(staleMs) ?? 0) + 1);
          }
          await cell.sim.sleep(1 + below(60));
        }
      };
      const trouble = async () => {
        while (!isOver()) {
          const node = cell.nodes[below(3)] as SimNode;
          const others = cell.nodes.filter((each) => each !== node);
          if (below(3) === 0) {
            node.pause();
            await cell.sim.sleep(50 + below(900));
            node.resume();
          } else {
            const cut = cell.sim.partition([node], others);
            await cell.sim.sleep(50 + below(1500));
            cut.heal();
          }
          await cell.sim.sleep(below(800));
        }
      };
      const readers = [0, 1, 2].flatMap((at) => BOUNDS_MS.map((bound) => reads(at, bound)));
      await Promise.all([count(cell, file, isOver, done), trouble(), ...readers]);
      for (const bound of BOUNDS_MS) expect(answered.get(bound)).toBeGreaterThan(50);
      // Else nothing would have been tried: some were behind, as they may be.
      expect(behind).toBeGreaterThan(0);
      expect(done.length).toBeGreaterThan(20);
    });
  },
);

test("a node that is cut off answers for as long as its callers allow, and no longer", async () => {
  const cell = new VolumeCell();
  await cell.run(async () => {
    const file = await makeFile(cell);
    const done: Acknowledged[] = [];
    await count(cell, file, () => done.length === 3, done);
    expect(await told(cell, 1, file, 3000)).toBe(3);
    const [a, b, c] = cell.nodes as [SimNode, SimNode, SimNode];
    cell.sim.partition([b], [a, c]);
    expect(await told(cell, 1, file, 3000)).toBe(3);
    await cell.sim.sleep(2000);
    expect(await told(cell, 1, file, 3000)).toBe(3);
    await cell.sim.sleep(1001);
    expect(await told(cell, 1, file, 3000)).toBeUndefined();
    expect(await told(cell, 0, file, 3000)).toBe(3);
  });
});
