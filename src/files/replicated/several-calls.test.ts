/** Entries of several calls. */
import { expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import {
  callEntry,
  callOf3,
  callsEntry,
  commands,
  formatEntry,
  layerCall,
  noChange,
  resultOf,
  where,
} from "../../../test/support/volume-entries.ts";
import { Simulation } from "../../sim/index.ts";
import { randomBelow, type Store, type World } from "../../world/index.ts";
import type { CREATE3res, READ3res, WRITE3res } from "../nfs/gen/nfs3.gen.ts";
import { RESERVED_PREFIX } from "../volume/types.ts";
import type { CallReply } from "./entries.ts";
import { VOLUME_MAX_CALLS } from "./gen/volume-log.gen.ts";
import { Sealed } from "./sealed.ts";
import type { VolumeCall } from "./volume-call.ts";
import { VolumeState } from "./volume-state.ts";

const DQUOT = 69;
const JUKEBOX = 10_008;
const EXIST = 17;
const text = (words: string) => new TextEncoder().encode(words);

function inWorld<T>(body: (world: World, open: (name: string) => Promise<Store>) => Promise<T>): Promise<T> {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("n");
  return sim.run(() => body(node.world, (name) => node.world.storage.open(name)));
}

function contentOf(store: Store, isWanted: (key: Uint8Array) => boolean = () => true): string[] {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return Array.from(store.range({}))
    .filter(({ key }) => isWanted(key))
    .map(({ key, value }) => `${hex(key)}=${hex(value)}`);
}

function isDone(key: Uint8Array): boolean {
  return key[0] === RESERVED_PREFIX && key[1] === Sealed.done;
}

function create(name: string): VolumeCall {
  return callOf3(8, { where: where(name), how: { mode: 1, obj_attributes: noChange } });
}

function write(file: Uint8Array, offset: number, data: Uint8Array): VolumeCall {
  return callOf3(7, { file, offset: BigInt(offset), count: data.length, stable: 2, data });
}

function fileOf(reply: CallReply): Uint8Array {
  const result = resultOf<CREATE3res>(8, reply);
  if (result.status !== 0 || !result.resok.obj.handle_follows) throw new Error(`status ${result.status}`);
  return result.resok.obj.handle;
}

function contentOfFile(state: VolumeState, file: Uint8Array): string {
  const read = resultOf<READ3res>(6, state.look(callOf3(6, { file, offset: 0n, count: 100 })));
  return read.status === 0 ? new TextDecoder().decode(read.resok.data) : `status ${read.status}`;
}

/** A state that is given entries, one after the other. */
class Given {
  readonly #world: World;
  readonly store: Store;
  state: VolumeState;
  index = 0;

  constructor(world: World, store: Store, window = 64) {
    this.#world = world;
    this.store = store;
    this.state = new VolumeState(world, store);
    this.state.apply(++this.index, formatEntry({ window }));
  }

  calls(calls: readonly VolumeCall[], seconds = 2000, seen = this.index, epoch?: number): CallReply[] {
    const entry = callsEntry(calls, seen, seconds, epoch === undefined ? {} : { epoch });
    return [...this.state.apply(++this.index, entry)];
  }

  reopen(): void {
    this.state = new VolumeState(this.#world, this.store);
  }
}

/** Calls of files, names, and what lies in them. */
class Workload {
  readonly #below: (limit: number) => number;
  readonly #files: Uint8Array[] = [];

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#below = (limit) => randomBelow(random, limit);
  }

  below(limit: number): number {
    return this.#below(limit);
  }

  next(): VolumeCall {
    const name = () => `n${this.below(6)}`;
    const file = this.#files[this.below(this.#files.length || 1)];
    const kind = this.below(10);
    if (kind < 2 || file === undefined) return create(name());
    if (kind === 2) return callOf3(12, { object: where(name()) });
    if (kind === 3) return callOf3(14, { from: where(name()), to: where(name()) });
    if (kind === 4) {
      const new_attributes = { ...noChange, size: { set_it: true, size: BigInt(this.below(90_000)) } };
      return callOf3(2, { object: file, new_attributes, guard: { check: false } });
    }
    if (kind === 5) return callOf3(15, { file, link: where(name()) });
    return write(file, this.below(20_000), new Uint8Array(1 + this.below(9000)).fill(this.below(256)));
  }

  saw({ procedure }: VolumeCall, reply: CallReply): void {
    if (procedure !== 8) return;
    const result = resultOf<CREATE3res>(8, reply);
    if (result.status === 0 && result.resok.obj.handle_follows) this.#files.push(result.resok.obj.handle);
  }
}

test("calls in one entry do what they do in entries of their own, and answer the same", async () => {
  await inWorld(async (world, open) => {
    for (let seed = 1; seed <= 5; seed++) {
      const [alone, together] = [
        new Given(world, await open(`a${seed}`)),
        new Given(world, await open(`b${seed}`)),
      ];
      const isVolumes = (key: Uint8Array) => !isDone(key);
      const workload = new Workload(seed);
      for (let entry = 0; entry < 25; entry++) {
        const seconds = 1000 + workload.below(50);
        const calls = Array.from({ length: 1 + workload.below(VOLUME_MAX_CALLS) }, () => workload.next());
        const replies = calls.map((call) => alone.calls([call], seconds)[0]);
        for (const [at, call] of calls.entries()) workload.saw(call, replies[at]);
        expect(together.calls(calls, seconds)).toEqual(replies);
        if (workload.below(4) === 0) together.reopen();
        // Its copy, whenever it comes, has its own reply.
        const at = workload.below(calls.length);
        expect(together.calls([calls[at] as VolumeCall])).toEqual([replies[at]]);
      }
      expect(contentOf(together.store, isVolumes)).toEqual(contentOf(alone.store, isVolumes));
    }
  });
});

test("a call that is in an entry twice is done once, and arguments that are none do nothing", async () => {
  await inWorld(async (world, open) => {
    const given = new Given(world, await open("s"));
    const call = create("a");
    const none = { ...create("b"), args: new Uint8Array(5) };
    const [first, copy, other, nothing, last] = given.calls([call, call, create("a"), none, create("c")]);
    expect(copy).toEqual(first);
    expect(resultOf<CREATE3res>(8, other).status).toBe(EXIST);
    expect(nothing).toBeUndefined();
    expect(fileOf(last)).toHaveLength(32);
    expect(given.calls([none, call])).toEqual([undefined, first]);
  });
});

test("an entry is one batch of the store, whatever its calls are", async () => {
  await inWorld(async (world, open) => {
    const store = await open("s");
    const given = new Given(world, store);
    const file = fileOf(given.calls([create("a")])[0]);
    let batches = 0;
    const { apply, applyLent } = store;
    store.apply = (batch) => {
      batches++;
      apply.call(store, batch);
    };
    store.applyLent = (batch, returned) => {
      batches++;
      applyLent.call(store, batch, returned);
    };
    const size = (bytes: number) => ({ ...noChange, size: { set_it: true, size: BigInt(bytes) } });
    const cut = callOf3(2, { object: file, new_attributes: size(100), guard: { check: false } });
    const again = callOf3(2, { object: file, new_attributes: size(70_000), guard: { check: false } });
    const long = write(file, 0, new Uint8Array(90_000).fill(1));
    given.calls([long, cut, again, write(file, 50_000, text("late")), layerCall(1, "snap"), create("b")]);
    expect(batches).toBe(1);
  });
});

test("an unstable write does nothing after one of the same entry for the same bytes", async () => {
  await inWorld(async (world, open) => {
    const given = new Given(world, await open("s"));
    const file = fileOf(given.calls([create("a")])[0]);
    const calls = [write(file, 0, text("newer")), write(file, 3, text("older")), write(file, 5, text("!"))];
    const replies = given.calls(calls, 2000, given.index, 0);
    expect(replies.map((reply) => resultOf<WRITE3res>(7, reply).status)).toEqual([0, JUKEBOX, 0]);
    expect(contentOfFile(given.state, file)).toBe("newer!");
  });
});

test("the limit of a volume counts what the calls before in the same entry made", async () => {
  await inWorld(async (world, open) => {
    const given = new Given(world, await open("s"));
    const file = fileOf(given.calls([create("a")])[0]);
    const used = given.state.made.usage.usedBytes;
    given.state.apply(++given.index, commands.limit(used + 30_000).slice());
    const replies = given.calls(
      Array.from({ length: 8 }, (_, at) => write(file, at * 8192, new Uint8Array(8192))),
    );
    const statuses = replies.map((reply) => resultOf<WRITE3res>(7, reply).status);
    expect(statuses).toEqual([0, 0, 0, DQUOT, DQUOT, DQUOT, DQUOT, DQUOT]);
    expect(given.state.made.usage.usedBytes).toBeLessThan(used + 30_000);
  });
});

test("no more calls are known than the window has places, the same ones in a later life", async () => {
  await inWorld(async (world, open) => {
    const window = 40;
    const [one, other] = [
      new Given(world, await open("one"), window),
      new Given(world, await open("other"), window),
    ];
    const random = seededRandom(5);
    const sent: { readonly call: VolumeCall; readonly index: number; readonly reply: CallReply }[] = [];
    for (let entry = 0; entry < 60; entry++) {
      const calls = Array.from({ length: randomBelow(random, VOLUME_MAX_CALLS + 1) || 1 }, () => create("a"));
      const seen = one.index;
      const replies = one.calls(calls, 2000, seen);
      if (randomBelow(random, 3) === 0) other.reopen();
      expect(other.calls(calls, 2000, seen)).toEqual(replies);
      for (const [at, call] of calls.entries()) sent.push({ call, index: one.index, reply: replies[at] });
      expect(contentOf(other.store)).toEqual(contentOf(one.store));
      expect(contentOf(one.store, isDone).length).toBeLessThanOrEqual(window);
    }
    const { done } = one.state.made;
    const oldest = done.oldest(one.index + 1);
    const known = sent.filter(({ index }) => index > oldest);
    expect(known.length).toBeLessThanOrEqual(window);
    expect(known.length).toBeGreaterThan(window - VOLUME_MAX_CALLS);
    for (const { call, reply } of known) expect(done.find(call.identity, oldest)?.reply).toEqual(reply);
    const [late] = sent;
    expect(one.state.apply(one.index + 1, callEntry((late as (typeof sent)[0]).call, 1, 2000))).toEqual([
      undefined,
    ]);
  });
});
