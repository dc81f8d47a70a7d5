import { expect, test } from "vitest";
import {
  callEntry,
  callOf3,
  commands,
  formatEntry,
  layerCall,
  noChange,
  onlyReply,
  ROOT_HANDLE,
  resultOf,
  where,
} from "../../../test/support/volume-entries.ts";
import { Simulation } from "../../sim/index.ts";
import type { Store, World } from "../../world/index.ts";
import type { CREATE3res, FSSTAT3res, WRITE3res } from "../nfs/gen/nfs3.gen.ts";
import { RESERVED_PREFIX } from "../volume/types.ts";
import type { EntryReplies } from "./entries.ts";
import { refusal } from "./refusal.ts";
import { bytesOf } from "./sessions.ts";
import type { VolumeCall } from "./volume-call.ts";
import { VolumeState } from "./volume-state.ts";

const DQUOT = 69;
const SESSION = "00112233445566778899aabbccddeeff";

/** A volume's state that is given entries, one after the other. */
class Bench {
  readonly #world: World;
  readonly store: Store;
  state: VolumeState;
  #index = 0;

  constructor(world: World, store: Store) {
    this.#world = world;
    this.store = store;
    this.state = new VolumeState(world, store);
    this.entry(formatEntry());
  }

  entry(bytes: Uint8Array): EntryReplies {
    this.#index++;
    return this.state.apply(this.#index, bytes);
  }

  call(call: VolumeCall): Uint8Array {
    return onlyReply(this.entry(callEntry(call, this.#index, 2000 + this.#index)));
  }

  limit(bytes: number): void {
    this.entry(commands.limit(bytes).slice());
  }

  create(name: string): Uint8Array {
    const result = resultOf<CREATE3res>(8, this.call(creation(name)));
    if (result.status !== 0 || !result.resok.obj.handle_follows) throw new Error(`status ${result.status}`);
    return result.resok.obj.handle;
  }

  write(file: Uint8Array, offset: number, length: number): number {
    return resultOf<WRITE3res>(7, this.call(writing(file, offset, length))).status;
  }

  get used(): number {
    return this.state.made.usage.usedBytes;
  }

  /** The spec: what is in the store. */
  counted(): number {
    let sum = 0;
    for (const { key, value } of this.store.range({}))
      if (key[0] !== RESERVED_PREFIX) sum += key.length + value.length;
    return sum;
  }

  /** The same store, opened anew. */
  again(): void {
    this.state = new VolumeState(this.#world, this.store);
  }
}

function creation(name: string): VolumeCall {
  return callOf3(8, { where: where(name), how: { mode: 1, obj_attributes: noChange } });
}

function writing(file: Uint8Array, offset: number, length: number): VolumeCall {
  const data = new Uint8Array(length).fill(7);
  return callOf3(7, { file, offset: BigInt(offset), count: length, stable: 2, data });
}

function withBench(body: (bench: Bench) => void): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("n");
  return sim.run(async () => body(new Bench(world, await world.storage.open("s"))));
}

test("what is counted is what the store holds, whatever is done, and is there again when it is opened", async () => {
  await withBench((bench) => {
    const check = () => {
      expect(bench.used).toBe(bench.counted());
      bench.again();
      expect(bench.used).toBe(bench.counted());
    };
    check();
    const file = bench.create("file");
    expect(bench.write(file, 0, 10_000)).toBe(0);
    check();
    expect(bench.write(file, 100_000, 5000)).toBe(0);
    check();
    bench.call(
      callOf3(2, {
        object: file,
        new_attributes: { ...noChange, size: { set_it: true, size: 3n } },
        guard: { check: false },
      }),
    );
    check();
    bench.call(layerCall(1, "snapshot"));
    const before = bench.used;
    expect(bench.write(file, 0, 4000)).toBe(0);
    // What the snapshot keeps counts too.
    expect(bench.used).toBeGreaterThan(before + 4000);
    check();
    bench.call(callOf3(14, { from: where("file"), to: where("other") }));
    bench.call(callOf3(12, { object: where("other") }));
    bench.call(layerCall(2, "snapshot"));
    for (let step = bench.state.dueInBackground(); step !== undefined; step = bench.state.dueInBackground()) {
      bench.entry((step === "reclaim" ? commands.reclaim() : commands.reap(step.layer, step.step)).slice());
      check();
    }
    expect(bench.used).toBeLessThan(before);
  });
});

test("beyond the limit nothing grows, what is there can be overwritten, and room that is made can be used", async () => {
  await withBench((bench) => {
    const file = bench.create("file");
    expect(bench.write(file, 0, 50_000)).toBe(0);
    bench.limit(bench.used + 20_000);
    expect(bench.write(file, 50_000, 30_000)).toBe(DQUOT);
    expect(bench.write(file, 50_000, 15_000)).toBe(0);
    expect(bench.write(file, 65_000, 15_000)).toBe(DQUOT);
    expect(bench.write(file, 0, 65_000)).toBe(0);
    bench.limit(1);
    expect(resultOf<CREATE3res>(8, bench.call(creation("more"))).status).toBe(DQUOT);
    expect(bench.write(file, 0, 65_000)).toBe(0);
    bench.call(callOf3(14, { from: where("file"), to: where("moved") }));
    bench.limit(bench.used + 2000);
    const empty = bench.create("empty");
    // A hole is not room that the file has.
    bench.call(
      callOf3(2, {
        object: empty,
        new_attributes: { ...noChange, size: { set_it: true, size: 90_000n } },
        guard: { check: false },
      }),
    );
    expect(bench.write(empty, 10, 4000)).toBe(DQUOT);
    bench.call(callOf3(12, { object: where("moved") }));
    for (let step = bench.state.dueInBackground(); step !== undefined; step = bench.state.dueInBackground())
      bench.entry((step === "reclaim" ? commands.reclaim() : commands.reap(step.layer, step.step)).slice());
    expect(bench.write(empty, 10, 4000)).toBe(0);
    bench.limit(0);
    expect(bench.write(empty, 4010, 60_000)).toBe(0);
  });
});

test("a retry of what was refused is told the same, when there is room by then too", async () => {
  await withBench((bench) => {
    bench.limit(1);
    const call = creation("a");
    const refused = bench.call(call);
    expect(resultOf<CREATE3res>(8, refused).status).toBe(DQUOT);
    bench.limit(0);
    expect(bench.call(call)).toEqual(refused);
    expect(resultOf<CREATE3res>(8, bench.call(creation("a"))).status).toBe(0);
  });
});

test("unstable writes that were answered and are beyond the limit are lost, and the verifier says so", async () => {
  await withBench((bench) => {
    const file = bench.create("file");
    bench.entry(commands.beginSession(SESSION, "n").slice());
    const { verifier } = bench.state;
    const gathered = (offset: number, low: number, length: number) =>
      commands
        .writes({
          seen: 3,
          now: { seconds: 3000, nanoseconds: 0 },
          session: bytesOf(SESSION),
          credentials: { uid: 0, gid: 0, groups: [] },
          layer: 0,
          inode: 2,
          generation: generationOf(file),
          pieces: [{ identity: { high: 9, low }, offset, data: new Uint8Array(length) }],
        })
        .slice();
    bench.limit(bench.used + 5000);
    bench.entry(gathered(0, 1, 3000));
    expect(bench.state.verifier).toEqual(verifier);
    bench.entry(gathered(3000, 2, 3000));
    expect(bench.state.verifier).not.toEqual(verifier);
    expect(bench.used).toBe(bench.counted());
  });
});

test("clients are shown the limit as the size of the file system", async () => {
  await withBench((bench) => {
    const statistics = () => {
      const result = resultOf<FSSTAT3res>(18, bench.state.look(callOf3(18, { fsroot: ROOT_HANDLE })));
      if (result.status !== 0) throw new Error(`status ${result.status}`);
      return result.resok;
    };
    const disk = statistics();
    bench.limit(bench.used + 7000);
    expect(statistics()).toMatchObject({ tbytes: BigInt(bench.used) + 7000n, fbytes: 7000n, abytes: 7000n });
    bench.limit(1);
    expect(statistics()).toMatchObject({ tbytes: BigInt(bench.used), fbytes: 0n });
    bench.limit(0);
    expect(statistics().fbytes).toBe(disk.fbytes);
  });
});

test("version 2 has a word for it too", () => {
  expect([...refusal(2, 8, DQUOT)]).toEqual([0, 0, 0, DQUOT]);
});

test("bytes within chunks that are there in part count as they fill them", async () => {
  await withBench((bench) => {
    const file = bench.create("file");
    for (let chunk = 0; chunk < 8; chunk++) expect(bench.write(file, chunk * 4096, 1)).toBe(0);
    bench.limit(bench.used + 6000);
    expect(bench.write(file, 0, 4096)).toBe(0);
    expect(bench.write(file, 4096, 4096)).toBe(DQUOT);
    expect(bench.write(file, 0, 4097)).toBe(0);
    bench.limit(bench.used + 6000);
    bench.call(layerCall(1, "snapshot"));
    // The old chunk stays for the snapshot.
    expect(bench.write(file, 0, 10)).toBe(0);
    expect(bench.write(file, 4096, 4096)).toBe(DQUOT);
  });
});

function generationOf(handle: Uint8Array): number {
  return new DataView(handle.buffer, handle.byteOffset).getUint32(24);
}
