import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { CellFixture } from "../../world/contract/cell-fixture.ts";
import { fingerprintOf } from "../../world/index.ts";
import {
  beginRotation,
  certifyBy,
  firstTrust,
  formatTrust,
  nextOf,
  nextStep,
  parseTrust,
  rotationOf,
  type Standing,
  trustNext,
} from "./index.ts";

const { world } = new Simulation({ seed: 1 }).node("any");
const { crypto } = world;
const [one, two, three] = ["one", "two", "three"].map(
  (name) => new CellFixture(world, "cell-1", name).authority.der,
) as [Uint8Array, Uint8Array, Uint8Array];

interface Told {
  readonly believed: readonly Uint8Array[];
  readonly kept: readonly Uint8Array[];
  readonly by: Uint8Array;
}

function view(nodes: Readonly<Record<string, Told | undefined>>) {
  const prints = (ders: readonly Uint8Array[]) => ders.map((der) => fingerprintOf(crypto, der));
  const standings = Object.entries(nodes).map(([name, told]): [string, Standing | undefined] => [
    name,
    told && { believed: prints(told.believed), kept: prints(told.kept), certified_by: prints([told.by]) },
  ]);
  const all = new Map(standings);
  return { nodes: [...all.keys()], standingOf: (name: string) => all.get(name) };
}

const ready: Told = { believed: [one, two], kept: [one, two], by: one };
const former: Told = { believed: [one], kept: [one], by: one };

describe("a change of authorities", () => {
  const both = trustNext(firstTrust(one), two);

  it("is none with one authority", () => {
    expect(rotationOf(crypto, firstTrust(one), view({ a: former }))).toBeUndefined();
    expect(nextStep(crypto, firstTrust(one), view({ a: former }))).toBeUndefined();
    const begun = beginRotation(crypto, firstTrust(one), two, view({ a: former }));
    expect(begun && nextOf(begun)).toBe(two);
  });

  it.each([
    ["does not believe it", { ...ready, believed: [one] }],
    ["has not its key", { ...ready, kept: [one] }],
    ["is away", undefined],
  ])("waits for a node that %s", (_, b) => {
    const seen = view({ a: ready, b, c: ready });
    expect(rotationOf(crypto, both, seen)).toEqual({ stage: "prepare", waitsFor: ["b"] });
    expect(nextStep(crypto, both, seen)).toBeUndefined();
  });

  it("goes on when all are ready, and ends when all have new certificates", () => {
    const certifying = nextStep(crypto, both, view({ a: ready, b: ready })) as typeof both;
    expect(certifying.authorities).toEqual([two, one]);
    expect(nextOf(certifying)).toBeUndefined();
    const half = view({ a: { ...ready, by: two }, b: ready });
    expect(rotationOf(crypto, certifying, half)).toEqual({ stage: "renew", waitsFor: ["b"] });
    expect(nextStep(crypto, certifying, half)).toBeUndefined();
    // Another cannot begin, whoever has which keys: nodes have certificates of both.
    expect(beginRotation(crypto, certifying, three, half)).toBeUndefined();
    const whole = view({ a: { ...ready, by: two }, b: { ...ready, by: two } });
    expect(nextStep(crypto, certifying, whole)?.authorities).toEqual([two]);
  });

  it("takes another next authority only where nobody has the key of the present one", () => {
    expect(beginRotation(crypto, both, three, view({ a: ready, b: former }))).toBeUndefined();
    const lost = beginRotation(crypto, both, three, view({ a: former, b: former, c: undefined }));
    expect(lost?.authorities).toEqual([one, three]);
  });

  it("is kept in the record of the cell's state", () => {
    const texts = [both, certifyBy(both, two)].map(formatTrust);
    expect(texts.map((text) => parseTrust(crypto, "cell-1", text)?.hasNext)).toEqual([true, undefined]);
  });
});
