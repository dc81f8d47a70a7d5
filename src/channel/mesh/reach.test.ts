/** Whom a mesh reaches, and what it says of those whom it does not. */
import { describe, expect, it } from "vitest";
import {
  MESH_PORT,
  meshScene,
  overChannels,
  overTcp,
  privateKey,
  withKeys,
  withSecret,
} from "../../../test/support/mesh-scene.ts";
import { Simulation } from "../../sim/index.ts";
import type { MeshOptions } from "./index.ts";

const { crypto } = new Simulation({ seed: 1 }).node("any").world;
const nowhere = { host: "10.0.0.99", port: MESH_PORT };

describe("a contact", () => {
  it.each([
    ["TCP", overTcp],
    ["TCP with a secret", withSecret],
    ["channels", overChannels],
  ])("finds out who listens over %s, and becomes a link", (_, carrier) =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      expect(await meshA.contact(b.address)).toEqual(b.peer);
      await sim.sleep(500);
      expect([meshA.peers(), meshB.peers()]).toEqual([[b.peer], [a.peer]]);
      // Once more, and the link stays as it is.
      const heard: string[] = [];
      const port = meshA.open("p");
      port.onDown = (peer) => heard.push(`down ${peer}`);
      meshB.open("p");
      expect(await meshA.contact(b.address)).toEqual(b.peer);
      expect(await meshB.contact(a.address)).toEqual(a.peer);
      await sim.sleep(8000);
      expect([heard, port.isUp("b"), a.troubles, b.troubles]).toEqual([[], true, [], []]);
    }),
  );

  it("needs the peer's key where each has its own, and the name that goes with it", () =>
    meshScene(withKeys, async ({ sim, names }, a, b, c) => {
      const [meshA] = [await a.open(), await b.open()];
      const keyOf = (name: string) => crypto.x25519(privateKey(names, name)).publicKey;
      await expect(meshA.contact(b.address)).rejects.toMatchObject({ code: "MESH_KEY" });
      expect(await meshA.contact(b.address, undefined, keyOf("b"))).toEqual(b.peer);
      await sim.sleep(500);
      expect(meshA.peers()).toEqual([b.peer]);
      // Whoever listens has not the key that is given.
      await expect(meshA.contact(b.address, undefined, keyOf("c"))).rejects.toMatchObject({
        code: "CHANNEL_TIMEOUT",
      });
      // It has, and calls itself by the name of another.
      await c.open({ name: "b" });
      await expect(meshA.contact(c.address, undefined, keyOf("c"))).rejects.toMatchObject({
        code: "MESH_KEY",
        details: { name: "b" },
      });
      expect(meshA.peers()).toEqual([b.peer]);
    }));

  it("fails with what kept it from being made", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const meshA = await a.open();
      const code = (promise: Promise<unknown>) =>
        promise.then(
          () => "made",
          (error) => error.code ?? error,
        );
      expect(await code(meshA.contact(b.address))).toBe("NET_REFUSED");
      expect(await code(meshA.contact(nowhere))).toBe("NET_UNREACHABLE");
      expect(await code(meshA.contact(a.address))).toBe("MESH_WRONG_PEER");
      expect(await code(meshA.contact(nowhere, AbortSignal.abort("no more")))).toBe("no more");
      const stop = new AbortController();
      const aborted = code(meshA.contact(nowhere, stop.signal));
      stop.abort("enough");
      expect(await aborted).toBe("enough");
      const pending = code(meshA.contact(nowhere));
      await sim.sleep(10);
      await meshA.close();
      expect([await pending, await code(meshA.contact(nowhere))]).toEqual(["MESH_CLOSED", "MESH_CLOSED"]);
    }));
});

describe("a peer that cannot be reached", () => {
  it("is told of with its code", async () => {
    expect(await troubles({ name: "other" })).toEqual([["MESH_WRONG_PEER"], []]);
    expect(await troubles({ limits: { maxPeers: 1 } })).toEqual([["MESH_REFUSED"], []]);
    const secret = new Uint8Array(16);
    expect(await troubles({ carrier: { kind: "tcp", secret } })).toEqual([["MESH_SECRET"], ["MESH_SECRET"]]);
    expect(await troubles({}, { carrier: { kind: "tcp", secret } })).toEqual([
      ["MESH_SECRET"],
      ["MESH_SECRET"],
    ]);
    const privateKey = (fill: number) => new Uint8Array(32).fill(fill);
    const keys = (own: number, keyOf: (name: string) => Uint8Array | undefined) => ({
      carrier: {
        kind: "channels" as const,
        security: { kind: "identity" as const, privateKey: privateKey(own), isAllowed: () => true },
        keyOf,
      },
    });
    const publicKey = (fill: number) => crypto.x25519(privateKey(fill)).publicKey;
    expect(
      await troubles(
        keys(2, () => publicKey(3)),
        keys(1, () => publicKey(2)),
      ),
    ).toEqual([["MESH_KEY"], []]);
    expect(
      await troubles(
        keys(2, () => publicKey(1)),
        keys(1, () => undefined),
      ),
    ).toEqual([["MESH_KEY"], []]);
    expect(
      await troubles(
        keys(2, () => publicKey(1)),
        keys(1, () => publicKey(2)),
      ),
    ).toEqual([[], []]);
  });

  it("is tried again, ever less often, up to a bound", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const mesh = await a.open();
      const triesMs: number[] = [];
      mesh.onTrouble = () => triesMs.push(sim.nowMs);
      mesh.add(b.peer);
      await sim.sleep(100_000);
      const pauses = triesMs.slice(1).map((each, at) => each - (triesMs[at] as number));
      expect(pauses[0]).toBeLessThan(60);
      expect(pauses.slice(8).every((each) => each > 2400 && each < 5100)).toBe(true);
      expect(pauses.length).toBeGreaterThan(20);
      await b.open();
      await sim.sleep(5100);
      expect(mesh.peers()).toEqual([b.peer]);
    }));

  it("is reached at once at its new address", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const mesh = await a.open();
      mesh.add({ name: "b", address: nowhere });
      await sim.sleep(30_000);
      await b.open();
      mesh.add(b.peer);
      await sim.sleep(100);
      expect(mesh.peers()).toEqual([b.peer]);
    }));

  it("is not tried any more once it is removed", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const mesh = await a.open();
      mesh.add(b.peer);
      await sim.sleep(1000);
      mesh.remove("b");
      mesh.remove("nobody");
      a.troubles.length = 0;
      await b.open();
      await sim.sleep(20_000);
      expect([mesh.peers(), a.troubles]).toEqual([[], []]);
    }));
});

describe("a process that takes the name of another", () => {
  it("is refused by who has the name", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const [mesh] = [await a.open(), await b.open({ name: "a" })];
      b.mesh?.add({ name: "x", address: a.address });
      mesh.add({ name: "y", address: b.address });
      await sim.sleep(300);
      expect([new Set(a.troubles), new Set(b.troubles)]).toEqual([
        new Set(["MESH_WRONG_PEER"]),
        new Set(["MESH_WRONG_PEER"]),
      ]);
    }));
});

/** The codes that `a` and `b` are told of when `a` adds `b`, each once. Before that, `b` has added somebody who is not there. */
async function troubles(
  optionsOfB: Partial<MeshOptions>,
  optionsOfA: Partial<MeshOptions> = {},
): Promise<string[][]> {
  const codes: string[][] = [];
  await meshScene(overTcp, async ({ sim }, a, b, c) => {
    const [meshA, meshB] = [await a.open(optionsOfA), await b.open(optionsOfB)];
    meshB.add({ name: "absent", address: c.address });
    await sim.sleep(100);
    if (optionsOfB.limits === undefined) meshB.remove("absent");
    b.troubles.length = 0;
    meshA.add(b.peer);
    await sim.sleep(2000);
    for (const each of [a, b])
      codes.push([...new Set(each.troubles.filter((code) => code.startsWith("MESH_")))]);
  });
  return codes;
}
