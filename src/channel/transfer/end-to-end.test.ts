/**
 * The end-to-end argument (Saltzer, Reed and Clark 1984) as an experiment: bits flip at every place between the sender's disk and the
 * receiver's. With the check from end to end no damaged file is ever called good, by either side. With every step checked for
 * itself, as well as may be, and the ends not, damaged files are.
 *
 * Seeds: COTERIE_SEEDS (default 1,000 for each place), from COTERIE_SEED.
 */
import { describe, expect, test } from "vitest";
import {
  channelPair,
  type Damage,
  type Damages,
  NO_DAMAGE,
  TestSource,
  TestStore,
} from "../../../test/support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../../../test/support/world-pieces.ts";
import { Prng } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import { FileReceiver } from "./receive-files.ts";
import { FileSender } from "./send-files.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 1000);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 0);
const BLOCK_BYTES = 16;
const MIN_BYTES = 1;

type Place = keyof Damages;
/** How often each place damages what it is given; those that are given the whole file at once more often. */
const CHANCE: Readonly<Record<Place, number>> = {
  read: 0.02,
  reread: 0.02,
  wire: 0.02,
  write: 0.02,
  cache: 0.2,
  disk: 0.2,
  readBack: 0.02,
};
const PLACES: readonly Place[] = ["read", "reread", "wire", "write", "cache", "disk", "readBack"];

/** What a place made of the bytes that it was given. */
interface Flip {
  readonly place: Place;
  readonly before: string;
  readonly after: string;
}

/** Flips one bit now and then. */
function flips(place: Place, random: Prng, chance: number, flipped: Flip[]): Damage {
  return (data) => {
    if (data.length === 0 || !random.chance(chance)) return;
    const before = hex(data);
    const at = random.below(data.length);
    data[at] = (data[at] as number) ^ (1 << random.below(8));
    flipped.push({ place, before, after: hex(data) });
  };
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}

/**
 * The very same bit of the same bytes was flipped by both readings of the file, or by the write and the reading back. Then nobody who looks at either
 * end sees another file than the one that arrived: no check can tell.
 */
function isHiddenBy(flipped: readonly Flip[]): boolean {
  const of = (place: Place) => flipped.filter((flip) => flip.place === place);
  return (
    of("read").some((a) => of("reread").some((b) => a.before === b.before && a.after === b.after)) ||
    of("write").some((a) => of("readBack").some((b) => a.before === b.after && a.after === b.before))
  );
}

interface Outcome {
  readonly calledGood: boolean;
  /** Neither the name nor anything else is as at the sender. */
  readonly isDamaged: boolean;
  readonly isHidden: boolean;
  readonly mendedBlocks: number;
  readonly code: string | undefined;
}

async function transfer(
  seed: number,
  places: readonly Place[],
  chance: number,
  hopByHop = false,
): Promise<Outcome> {
  const random = new Prng(String(seed), places.join());
  const damages = { ...NO_DAMAGE };
  const flipped: Flip[] = [];
  for (const place of places) damages[place] = flips(place, random, chance, flipped);
  const truth = random.bytes(MIN_BYTES + random.below(400));
  const source = new TestSource("file", truth.slice());
  const store = new TestStore();
  for (const side of [source, store]) {
    side.damages = damages;
    side.hopByHop = hopByHop;
  }
  const [left, right] = channelPair();
  left.damage = damages.wire;
  right.damage = damages.wire;
  const sender = new FileSender(left, { crypto: nodeCrypto, blockBytes: BLOCK_BYTES });
  let received = 0;
  const receiver = new FileReceiver(right, {
    store,
    crypto: nodeCrypto,
    clock: stillClock,
    onReceived: () => received++,
  });
  const result = await sender.send(source).catch((error: unknown) => error);
  if (result instanceof Error && !(result instanceof CoterieError)) throw result;
  if (sender.isUsable) await sender.end();
  const { error } = await receiver.ended;
  if (error !== undefined) throw error;
  const sent = result instanceof CoterieError ? undefined : (result as { mendedBlocks: number });
  const file = store.files.get("file");
  const isWhole =
    store.files.size === 1 &&
    file !== undefined &&
    Buffer.from(file.content).equals(truth) &&
    file.mode === source.mode &&
    file.modified.seconds === source.modified.seconds &&
    file.modified.nanoseconds === source.modified.nanoseconds;
  return {
    calledGood: sent !== undefined || received > 0,
    isDamaged: !isWhole,
    isHidden: isHiddenBy(flipped),
    mendedBlocks: sent?.mendedBlocks ?? 0,
    code: result instanceof CoterieError ? result.code : undefined,
  };
}

interface Tally {
  good: number;
  mended: number;
  readonly damagedAndCalledGood: number[];
  readonly codes: Set<string>;
}

async function tally(places: readonly Place[], chance: number, hopByHop = false): Promise<Tally> {
  const result: Tally = { good: 0, mended: 0, damagedAndCalledGood: [], codes: new Set() };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const outcome = await transfer(seed, places, chance, hopByHop);
    if (outcome.calledGood) result.good++;
    if (outcome.mendedBlocks > 0) result.mended++;
    if (outcome.code !== undefined) result.codes.add(outcome.code);
    if (outcome.calledGood && outcome.isDamaged && !outcome.isHidden) result.damagedAndCalledGood.push(seed);
  }
  return result;
}

describe("with the check from end to end", () => {
  test.each(PLACES)(`no damaged file is called good when bits flip at %s (${SEEDS} seeds)`, async (place) => {
    const { good, mended, damagedAndCalledGood, codes } = await tally([place], CHANCE[place]);
    expect(damagedAndCalledGood).toEqual([]);
    // Damage was done, most of it was mended, and files did arrive.
    expect(good).toBeGreaterThan(SEEDS / 2);
    if (place !== "wire") expect(mended).toBeGreaterThan(SEEDS / 50);
    for (const code of codes) expect(code).toMatch(/^TRANSFER_/);
  });

  test(`nor when they flip everywhere (${SEEDS} seeds)`, async () => {
    const { good, mended, damagedAndCalledGood } = await tally(PLACES, 0.01);
    expect(damagedAndCalledGood).toEqual([]);
    expect(good).toBeGreaterThan(SEEDS / 10);
    expect(mended).toBeGreaterThan(SEEDS / 50);
  });

  test("but for one bit that both readings flip alike, which nobody can see", async () => {
    const alike = { calledGood: true, isDamaged: true, isHidden: true };
    expect(await transfer(9443, PLACES, 0.01)).toMatchObject(alike);
  });

  test("a way of reading that damages everything is not the only one", async () => {
    expect(await transfer(5, ["read"], 1)).toMatchObject({ calledGood: true, isDamaged: false });
  });

  test("any other place that damages everything it is given ends in an error, and nothing gets the name", async () => {
    for (const place of PLACES) {
      if (place === "wire" || place === "read") continue;
      const outcome = await transfer(5, [place], 1);
      expect(outcome).toMatchObject({ calledGood: false, code: "TRANSFER_DIFFERS" });
    }
  });
});

describe("with each step checked for itself", () => {
  // The digest of what was read, sent along and compared with what was received: the network's part is covered, and no more.
  test.each(["read", "write", "cache", "disk"] as const)(
    "damaged files are called good when bits flip at %s",
    async (place) => {
      const { damagedAndCalledGood } = await tally([place], CHANCE[place], true);
      expect(damagedAndCalledGood.length).toBeGreaterThan(SEEDS / 50);
    },
  );

  test("what the network damages is found all the same", async () => {
    const { good, damagedAndCalledGood } = await tally(["wire"], 0.02, true);
    expect(damagedAndCalledGood).toEqual([]);
    expect(good).toBeGreaterThan(SEEDS / 2);
  });
});
