/** What may be left of a volume after a crash: scenarios named by one seed. */
import fc from "fast-check";
import { type Handle, isFault, type StoredVolume } from "../../src/files/volume/index.ts";
import { Simulation } from "../../src/sim/index.ts";
import { Bench, bytes, ok, pattern, ROOT, SMALL, textOf } from "./fixture.ts";
import { type Action, action, CHUNK, Model } from "./model.ts";
import type { OracleNode } from "./oracle.ts";

const ACTIONS = 40;

function hash(data: Uint8Array): number {
  let h = 0x811c9dc5;
  for (const byte of data) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** Everything that can be seen of the oracle's tree, in one line. */
function pictureOfOracle(node: OracleNode): string {
  const { used: _, ...attributes } = node.attributes(CHUNK);
  const content = node.target ?? node.data;
  const children = [...node.children].map(([name, child]) => `${name}:${pictureOfOracle(child)}`);
  return `${JSON.stringify(attributes)}${content.length}/${hash(content)}{${children.join()}}`;
}

/** The same of the volume's, by listing and reading it. */
function pictureOfVolume(bench: Bench, handle: Handle): string {
  const { volume } = bench;
  const { handle: _, used: __, major: ___, minor: ____, ...attributes } = bench.attributes(handle);
  let content: Uint8Array = new Uint8Array(0);
  const children: string[] = [];
  if (attributes.type === "file") content = bench.read(handle);
  if (attributes.type === "symlink") content = ok(volume.readlink(bench.as(ROOT), handle));
  if (attributes.type === "directory") {
    for (const entry of ok(volume.entries(bench.as(ROOT), handle, 0))) {
      children.push(`${textOf(entry.name)}:${pictureOfVolume(bench, entry.handle)}`);
    }
  }
  return `${JSON.stringify(attributes)}${content.length}/${hash(content)}{${children.join()}}`;
}

function stable(one: Action): Action {
  return one.do === "write" ? { ...one, how: 1 } : one;
}

async function fsckIsClean(bench: Bench): Promise<void> {
  const findings = await bench.findings();
  if (findings.length > 0) throw new Error(`fsck: ${JSON.stringify(findings)}`);
}

function newBench(seed: number, ioError: number, maxDirtyAgeMs: number): Bench {
  const sim = new Simulation({ seed, disk: { ioError } });
  const limits = { ...SMALL.limits, maxDirtyAgeMs, maxDirtyBytes: 8 * CHUNK, maxDirtyHardBytes: 24 * CHUNK };
  return new Bench(sim, sim.node("server"), { ...SMALL, limits });
}

/** Opens, which a failing disk may keep it from for a while. */
async function openAtLast(open: () => Promise<StoredVolume>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await open();
      return;
    } catch (error) {
      if (tries > 50) throw error;
    }
  }
}

/**
 * Operations that are durable one by one, some awaited, and then the node is killed, or the disk refuses a
 * write. What is left is the state after one of the operations, none of those that were acknowledged later.
 */
export async function crashAmongOperations(seed: number): Promise<{ lost: number; kept: number }> {
  const ioError = seed % 4 === 3 ? 0.02 : 0;
  const bench = newBench(seed, 0, 5000);
  return bench.sim.run(async () => {
    await bench.open();
    bench.node.disk.options = { ...bench.node.disk.options, ioError };
    const model = new Model(bench);
    const pictures = [pictureOfOracle(model.oracle.root)];
    let acknowledged = 0;
    let hasFailed = false;
    const { random } = bench.sim;
    for (const one of fc.sample(action, { seed, numRuns: ACTIONS })) {
      if (one.do === "settle" || one.do === "reopen") continue;
      await model.perform(stable(one));
      const at = pictures.push(pictureOfOracle(model.oracle.root)) - 1;
      // What changed nothing waits for nothing, unless it saw what is not durable yet.
      const isChange = pictures[at] !== pictures[at - 1];
      const settled = Promise.resolve(bench.volume.settle(at)).then(
        (durable) => {
          if (isChange) acknowledged = Math.max(acknowledged, durable);
        },
        () => {
          hasFailed = true;
        },
      );
      const luck = random.unit();
      if (luck < 0.3) await settled;
      else if (luck < 0.5) await bench.sim.sleep(random.unit() * 0.3);
      if (hasFailed) break;
    }
    bench.node.disk.options = { ...bench.node.disk.options, ioError: 0 };
    const before = bench.volume.verifier;
    if (!hasFailed) {
      await bench.crash();
      if (before.join() === bench.volume.verifier.join()) throw new Error("the verifier is the same");
    }
    const found = pictureOfVolume(bench, bench.root);
    const kept = pictures.lastIndexOf(found);
    if (kept < acknowledged) {
      throw new Error(
        `after the crash: the state after operation ${kept}, ${acknowledged} of ${pictures.length} were acknowledged\n${found}\n${pictures[acknowledged]}`,
      );
    }
    await bench.reaped();
    if (pictureOfVolume(bench, bench.root) !== found) throw new Error("reaping changed what is seen");
    await fsckIsClean(bench);
    return { kept: kept - acknowledged, lost: pictures.length - 1 - kept };
  });
}

const SPAN = 10 * CHUNK;

/** One file's content with what is known for certain of each byte, and what may be there instead. */
class Certainty {
  readonly handle: Handle;
  private readonly values = new Uint8Array(SPAN);
  /** The event that each byte's certain value is of. */
  private readonly since = new Uint32Array(SPAN);
  private events: { sequence: number; from: number; data: Uint8Array; size: number | undefined }[] = [];
  private sequence = 0;
  private size = 0;
  private seenSize = 0;
  private sizeSince = 0;

  constructor(handle: Handle) {
    this.handle = handle;
  }

  wrote(from: number, data: Uint8Array): number {
    this.events.push({ sequence: ++this.sequence, from, data, size: undefined });
    this.seenSize = Math.max(this.seenSize, from + data.length);
    return this.sequence;
  }

  resized(size: number): number {
    const data = new Uint8Array(SPAN - size);
    this.events.push({ sequence: ++this.sequence, from: size, data, size });
    this.seenSize = size;
    return this.sequence;
  }

  get now(): { sequence: number; size: number } {
    return { sequence: this.sequence, size: this.seenSize };
  }

  /** Everything in `from` to `to` up to an event is durable. */
  certain(sequence: number, from: number, to: number, size: number | undefined): void {
    for (const event of this.events) {
      if (event.sequence > sequence) break;
      const end = Math.min(to, event.from + event.data.length);
      for (let p = Math.max(from, event.from); p < end; p++) {
        if ((this.since[p] as number) >= event.sequence) continue;
        this.values[p] = event.data[p - event.from] as number;
        this.since[p] = event.sequence;
      }
    }
    for (let p = from; p < to; p++) if ((this.since[p] as number) < sequence) this.since[p] = sequence;
    if (size !== undefined && sequence > this.sizeSince) {
      this.size = size;
      this.sizeSince = sequence;
    }
  }

  /** @throws Error when what is there is none of what may be there. */
  check(found: Uint8Array): void {
    const later = this.events.filter(({ sequence }) => sequence > this.sizeSince);
    const ends = later.map(({ from, data, size }) => size ?? from + data.length);
    const cuts = later.flatMap(({ size }) => (size === undefined ? [] : [size]));
    if (found.length < Math.min(this.size, ...cuts) || found.length > Math.max(this.size, ...ends)) {
      throw new Error(`the file has ${found.length} bytes, ${this.size} were committed`);
    }
    for (let p = 0; p < found.length; p++) {
      if (found[p] === this.values[p]) continue;
      const since = this.since[p] as number;
      const isLater = this.events.some(
        ({ sequence, from, data }) =>
          sequence > since && p >= from && p < from + data.length && data[p - from] === found[p],
      );
      // What was not committed and is lost reads as zeros when later content made the file longer.
      const isHole = found[p] === 0 && p >= this.size;
      if (!isLater && !isHole) throw new Error(`byte ${p} is ${found[p]}, committed was ${this.values[p]}`);
    }
  }
}

/** Unstable writes, commits, stable writes and truncations of a few files; then a crash. */
export async function crashAmongUnstableWrites(seed: number): Promise<void> {
  const bench = newBench(seed, 0, seed % 2 === 0 ? 1 : 5000);
  await bench.sim.run(async () => {
    await bench.open();
    const files = ["a", "b", "c"].map((name) => new Certainty(bench.file(bench.root, name)));
    await bench.settle();
    const { random } = bench.sim;
    const { verifier } = bench.volume;
    for (let i = 0; i < ACTIONS; i++) {
      await one(bench, files[random.below(files.length)] as Certainty, i);
      if (random.unit() < 0.3) await bench.sim.sleep(random.unit() * 2);
    }
    await bench.crash();
    if (verifier.join() === bench.volume.verifier.join()) throw new Error("the verifier is the same");
    for (const file of files) file.check(bench.read(file.handle));
    await bench.reaped();
    for (const file of files) file.check(bench.read(file.handle));
    await fsckIsClean(bench);
  });
}

async function one(bench: Bench, file: Certainty, i: number): Promise<void> {
  const { random } = bench.sim;
  const { volume } = bench;
  const whenDurable = (act: () => void) => Promise.resolve(volume.settle(0)).then(act);
  const choice = random.unit();
  let done: Promise<void> | undefined;
  if (choice < 0.2) {
    ok(volume.commit(bench.as(ROOT), file.handle));
    const { sequence, size } = file.now;
    done = whenDurable(() => file.certain(sequence, 0, SPAN, size));
  } else if (choice < 0.3) {
    const size = random.below(SPAN);
    ok(bench.set(file.handle, { size }));
    const sequence = file.resized(size);
    done = whenDurable(() => file.certain(sequence, size, SPAN, size));
  } else {
    const offset = random.below(SPAN - 1);
    const data = pattern(1 + random.below(Math.min(SPAN - offset, 3 * CHUNK)), i + 1);
    const isStable = choice < 0.4;
    const outcome = volume.write(
      bench.as(ROOT),
      file.handle,
      offset,
      data,
      isStable ? "file-sync" : "unstable",
    );
    if (isFault(outcome)) throw new Error(outcome.reason);
    const sequence = file.wrote(offset, data);
    if (isStable) done = whenDurable(() => file.certain(sequence, offset, offset + data.length, undefined));
  }
  if (random.unit() < 0.5) await done;
}

/** The disk refuses writes: whatever was acknowledged stays, and uncommitted loss shows in the verifier. */
export async function failingDisk(seed: number): Promise<{ failures: number }> {
  const bench = newBench(seed, 0, 2);
  return bench.sim.run(async () => {
    await bench.open();
    const names = ["a", "b", "c", "d"];
    const handles = names.map((name) => bench.file(bench.root, name));
    await bench.settle();
    bench.node.disk.options = { ...bench.node.disk.options, ioError: 0.15 };
    const { random } = bench.sim;
    let failures = 0;
    const committed: Uint8Array[] = names.map(() => new Uint8Array(0));
    for (let i = 0; i < 30; i++) {
      const which = random.below(names.length);
      const handle = handles[which] as Handle;
      const data = pattern(2 * CHUNK + 10, seed + i);
      // As an NFS client does it: write, commit, and all again while the verifier changes or the commit fails.
      for (let tries = 0; tries < 100; tries++) {
        const { verifier } = bench.volume;
        bench.writeUnstable(handle, 0, data);
        if (random.unit() < 0.5) await bench.sim.sleep(random.unit() * 5);
        ok(bench.volume.commit(bench.as(ROOT), handle));
        try {
          await bench.settle();
        } catch {
          failures++;
          if (verifier.join() === bench.volume.verifier.join()) throw new Error("the verifier is the same");
          continue;
        }
        if (verifier.join() !== bench.volume.verifier.join()) continue;
        committed[which] = data;
        break;
      }
    }
    bench.node.disk.options = { ...bench.node.disk.options, ioError: 0 };
    await openAtLast(() => bench.crash());
    for (const [i, data] of committed.entries()) {
      const found = bench.read(handles[i] as Handle);
      if (data.length > 0 && hash(found) !== hash(data))
        throw new Error(`file ${names[i]} lost what was committed`);
    }
    ok(bench.lookup(bench.root, textOf(bytes("a"))));
    await fsckIsClean(bench);
    return { failures };
  });
}
