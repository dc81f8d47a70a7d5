import { describe, expect, it } from "vitest";
import { meshScene, overTcp } from "../../../test/support/mesh-scene.ts";
import { NameWatch, TELL_AGAIN_MS } from "./name-watch.ts";

describe("the watch over names", () => {
  it("says when two processes of one name take turns, and not again for a while", () => {
    const watch = new NameWatch(10);
    const told = [1n, 2n, 1n, 2n, 1n, 2n].map((incarnation, ms) => watch.linked("a", incarnation, ms));
    expect(told).toEqual([false, false, false, true, false, false]);
    expect(watch.linked("a", 1n, TELL_AGAIN_MS)).toBe(false);
    expect(watch.linked("a", 2n, TELL_AGAIN_MS + 3)).toBe(true);
  });

  it("takes no restart for that, however many there are, and no link of the same life that is made anew", () => {
    const watch = new NameWatch(10);
    for (let life = 1n; life < 100n; life++) {
      for (let link = 0; link < 3; link++) expect(watch.linked("a", life, Number(life))).toBe(false);
      expect(watch.linked("b", 7n, 0)).toBe(false);
    }
  });

  it("remembers so many names and no more", () => {
    const watch = new NameWatch(2);
    for (const name of ["a", "b", "c"]) watch.linked(name, 1n, 0);
    // `a` is forgotten: its return is not seen as one.
    const told = [2n, 1n, 2n].map((incarnation) => watch.linked("a", incarnation, 0));
    expect(told).toEqual([false, false, false]);
  });
});

describe("two processes of one name", () => {
  it("are told of, once in a while, by whoever links with both", () =>
    meshScene(
      overTcp,
      async ({ sim }, a, b, c) => {
        const [meshA, meshB, meshC] = [await a.open(), await b.open({ name: "c" }), await c.open()];
        for (const mesh of [meshB, meshC]) mesh.add(a.peer);
        await sim.sleep(10_000);
        const taken = a.troubles.filter((code) => code === "MESH_NAME_TAKEN");
        expect(taken).toEqual(["MESH_NAME_TAKEN"]);
        await meshB.close();
        await sim.sleep(70_000);
        expect(meshA.peers()).toEqual([c.peer]);
        expect(a.troubles.filter((code) => code === "MESH_NAME_TAKEN").length).toBe(1);
      },
      { names: ["a", "b", "c"] },
    ));
});
