/**
 * The volume in process, over a real store in memory (/dev/shm) and on the disk.
 *
 * Each line is operations a second and microseconds an operation, medians of a hundred slices. `settled` awaits durability after each
 * operation, as a server does with one call in flight; `settled 32` shares one wait among 32. The figures of one
 * run compare chunk sizes and directories with each other; between machines they say little.
 *
 *     npm run bench -- volume --quick
 *     npm run bench -- volume --places /dev/shm --chunk 16,64 --only read,write
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Context,
  Fault,
  type Handle,
  type Outcome,
  openVolume,
  type StoredVolume,
} from "../src/files/volume/index.ts";
import { createNodeWorld } from "../src/node/index.ts";
import { counts, options, text, words } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { median, rounded } from "./support/statistics.ts";

const asked = options({
  chunk: counts("KiB of a chunk", { usual: [16] }),
  places: text("paths, with commas between them", "/dev/shm,."),
  entries: counts("files in the directory", { usual: [10, 10_000], quick: [10] }),
  only: words("parts of names of operations"),
});
const { only } = asked;

const KIB = 1024;
const MIB = 1024 * KIB;
/** Each figure is the median of so many: on a shared machine a mean is mostly somebody else's work. */
const SLICES = 100;
const FILE_BYTES = 64 * MIB;
const encoder = new TextEncoder();

function ok<T>(outcome: Outcome<T>): T {
  if (outcome instanceof Fault) throw new Error(outcome.reason);
  return outcome;
}

type Figure = {
  readonly operation: string;
  readonly perSecond: number;
  readonly us: number;
  readonly mibPerSecond?: number;
};

class Bench {
  readonly volume: StoredVolume;
  readonly context: Context;
  readonly #figures: Figure[];

  constructor(volume: StoredVolume, context: Context, figures: Figure[]) {
    this.volume = volume;
    this.context = context;
    this.#figures = figures;
  }

  /** The same measurement of the volume opened again. */
  over(volume: StoredVolume): Bench {
    return new Bench(volume, this.context, this.#figures);
  }

  /** Runs `operation` `count` times, awaiting durability after every `each` of them (0: never). */
  async measure(
    name: string,
    count: number,
    each: number,
    operation: (i: number) => void,
    bytes = 0,
  ): Promise<void> {
    const isWanted = only === undefined || only.some((word) => name.includes(word));
    const slice = Math.max(1, each, Math.floor(count / SLICES));
    const tookUs: number[] = [];
    for (let i = 0; i < count; ) {
      const first = i;
      const startedMs = performance.now();
      for (const end = Math.min(count, i + slice); i < end; i++) {
        operation(i);
        if (each > 0 && (i + 1) % each === 0) await this.volume.settle(undefined);
      }
      tookUs.push(((performance.now() - startedMs) * 1000) / (i - first));
    }
    await this.volume.settle(undefined);
    if (!isWanted) return;
    const us = median(tookUs);
    const rate = bytes === 0 ? {} : { mibPerSecond: rounded(bytes / MIB / (us / 1e6)) };
    this.#figures.push({ operation: name, perSecond: rounded(1e6 / us), us: rounded(us), ...rate });
    console.error(JSON.stringify(this.#figures.at(-1)));
  }
}

async function names(bench: Bench, directory: Handle, entries: number): Promise<void> {
  const { volume, context } = bench;
  // Kept flat: a million objects of the measurement's own would be what the garbage collector is busy with.
  const inodes = new Float64Array(entries);
  const generations = new Uint32Array(entries);
  const file = { type: "file", how: "guarded", initial: { mode: 0o644 } } as const;
  for (let i = 0; i < entries; i++) {
    const { handle } = ok(volume.create(context, directory, encoder.encode(`file-${i}`), file));
    inodes[i] = handle.inode;
    generations[i] = handle.generation;
    if (i % 1000 === 999) await volume.settle(undefined);
  }
  await volume.settle(undefined);
  const some = (i: number) => (i * 7919) % entries;
  const handle = (i: number) => ({ inode: inodes[i] as number, generation: generations[i] as number });
  await bench.measure("attributes", 500_000, 0, (i) => ok(volume.attributes(handle(some(i)))));
  await bench.measure("lookup", 200_000, 0, (i) =>
    ok(volume.lookup(context, directory, encoder.encode(`file-${some(i)}`))),
  );
  await bench.measure(
    "list (an entry)",
    200_000,
    0,
    (() => {
      let at = ok(volume.entries(context, directory, 0))[Symbol.iterator]();
      return () => {
        if (at.next().done) at = ok(volume.entries(context, directory, 0))[Symbol.iterator]();
      };
    })(),
  );
  for (const each of [0, 32, 1]) {
    const how = each === 0 ? "" : each === 1 ? ", settled" : `, settled ${each}`;
    const count = each === 1 ? 5_000 : 20_000;
    const made = Array.from({ length: count }, (_, i) => encoder.encode(`new-${i}`));
    const moved = Array.from({ length: count }, (_, i) => encoder.encode(`moved-${i}`));
    await bench.measure(`create${how}`, count, each, (i) =>
      ok(volume.create(context, directory, made[i] as Uint8Array, file)),
    );
    await bench.measure(`rename${how}`, count, each, (i) =>
      ok(volume.rename(context, directory, made[i] as Uint8Array, directory, moved[i] as Uint8Array)),
    );
    await bench.measure(`remove${how}`, count, each, (i) =>
      ok(volume.remove(context, directory, moved[i] as Uint8Array)),
    );
  }
}

async function content(bench: Bench, directory: Handle): Promise<void> {
  const { volume, context } = bench;
  const made = volume.create(context, directory, encoder.encode("content"), {
    type: "file",
    how: "guarded",
    initial: {},
  });
  const { handle } = ok(made);
  const large = new Uint8Array(MIB).map((_, i) => i * 31);
  const small = large.slice(0, 4 * KIB);
  const pieces = FILE_BYTES / MIB;
  const blocks = FILE_BYTES / small.length;
  const block = (i: number) => ((i * 7919) % blocks) * small.length;
  await bench.measure(
    "write 1 MiB unstable",
    pieces,
    0,
    (i) => ok(volume.write(context, handle, i * MIB, large, "unstable")),
    MIB,
  );
  await bench.measure("commit 64 MiB, settled", 1, 1, () => ok(volume.commit(context, handle)), FILE_BYTES);
  await bench.measure(
    "write 1 MiB stable, settled",
    pieces,
    1,
    (i) => ok(volume.write(context, handle, i * MIB, large, "file-sync")),
    MIB,
  );
  await bench.measure(
    "read 1 MiB, cached",
    4 * pieces,
    0,
    (i) => ok(volume.read(context, handle, (i % pieces) * MIB, MIB)),
    MIB,
  );
  await bench.measure("read 4 KiB, cached, random", 500_000, 0, (i) =>
    ok(volume.read(context, handle, block(i), small.length)),
  );
  await bench.measure("write 4 KiB stable, settled", 3000, 1, (i) =>
    ok(volume.write(context, handle, block(i), small, "file-sync")),
  );
  await bench.measure("write 4 KiB stable, settled 32", 9600, 32, (i) =>
    ok(volume.write(context, handle, block(i), small, "file-sync")),
  );
  await bench.measure("write 4 KiB unstable", 10_000, 0, (i) =>
    ok(volume.write(context, handle, block(i), small, "unstable")),
  );
  ok(volume.commit(context, handle));
  await volume.settle(undefined);
}

/** After a fresh opening, so that nothing is cached but by the system. */
async function uncached(bench: Bench, directory: Handle): Promise<void> {
  const { volume, context } = bench;
  const { handle } = ok(volume.lookup(context, directory, encoder.encode("content")));
  const blocks = FILE_BYTES / (4 * KIB);
  await bench.measure("read 4 KiB, uncached, random", 4000, 0, (i) =>
    ok(volume.read(context, handle, ((i * 7919) % blocks) * 4 * KIB, 4 * KIB)),
  );
  const again = await openVolumeAgain(bench);
  await again.measure(
    "read 1 MiB, uncached",
    FILE_BYTES / MIB,
    0,
    (i) => ok(again.volume.read(context, handle, i * MIB, MIB)),
    MIB,
  );
}

let reopen: (() => Promise<StoredVolume>) | undefined;

async function openVolumeAgain(bench: Bench): Promise<Bench> {
  await bench.volume.close();
  return bench.over(await (reopen as () => Promise<StoredVolume>)());
}

async function run(place: string, chunkKiB: number, entries: number): Promise<readonly Figure[]> {
  const parent = resolve(place);
  mkdirSync(parent, { recursive: true });
  const world = createNodeWorld({ directory: scratchFolder("volume", parent) });
  reopen = () => openVolume(world, "bench", { chunkBytes: chunkKiB * KIB });
  const figures: Figure[] = [];
  try {
    let volume = await reopen();
    const context = { credentials: { uid: 0, gid: 0, groups: [] }, now: world.clock.wall() };
    const made = volume.create(context, volume.root, encoder.encode("directory"), {
      type: "directory",
      initial: {},
    });
    const directory = ok(made).handle;
    const bench = new Bench(volume, context, figures);
    await names(bench, directory, entries);
    await content(bench, directory);
    await volume.close();
    volume = await reopen();
    await uncached(bench.over(volume), directory);
  } finally {
    await world.close();
  }
  return figures;
}

const report = new Report("volume", asked);
for (const place of asked.places.split(","))
  for (const chunkKiB of asked.chunk)
    for (const entries of asked.entries) {
      const name = `${place}, chunks of ${chunkKiB} KiB, a directory of ${entries}`;
      report.table(name, await run(place, chunkKiB, entries));
    }
report.end();
