/** A link that is up and silent gives way to another connection, when one can be made. */
import { describe, expect, it } from "vitest";
import { meshScene, overChannels, overTcp, withKeys, withSecret } from "../../../test/support/mesh-scene.ts";
import type { Mesh } from "./index.ts";

/** What a port of the mesh hears, in order. */
function heardBy(mesh: Mesh): string[] {
  const heard: string[] = [];
  const port = mesh.open("p");
  port.onUp = (peer) => heard.push(`up ${peer}`);
  port.onDown = (peer) => heard.push(`down ${peer}`);
  port.onMessage = (_, bytes) => heard.push(`${bytes}`);
  return heard;
}

describe("a link that is renewed", () => {
  it.each([
    ["TCP", overTcp],
    ["TCP with a secret", withSecret],
    ["channels", overChannels],
    ["channels with keys", withKeys],
  ])("over %s, is another, and both sides hear of it once", (_, carrier) =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [heardA, heardB] = [heardBy(meshA), heardBy(meshB)];
      meshA.add(b.peer);
      await sim.sleep(500);
      meshA.renew("b");
      await sim.sleep(500);
      expect([heardA, heardB]).toEqual([
        ["up b", "down b", "up b"],
        ["up a", "down a", "up a"],
      ]);
      expect([meshA.peers(), meshB.peers()]).toEqual([[b.peer], [a.peer]]);
    }),
  );

  it("is the one, when both sides ask for it at once", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [heardA, heardB] = [heardBy(meshA), heardBy(meshB)];
      await Promise.all([meshA.contact(b.address), meshB.contact(a.address)]);
      await sim.sleep(500);
      for (const each of [heardA, heardB]) each.length = 0;
      meshA.renew("b");
      meshB.renew("a");
      await sim.sleep(8000);
      expect(heardA.at(-1)).toBe("up b");
      expect(heardB.at(-1)).toBe("up a");
      expect(heardA.filter((each) => each === "up b").length).toBe(heardB.filter((e) => e === "up a").length);
    }));

  it("is there long before a stream that lost much moves again", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      heardBy(meshA);
      const heard = heardBy(meshB);
      await meshA.contact(b.address);
      await sim.sleep(500);
      const port = meshA.open("q");
      meshB.open("q").onMessage = (_, bytes) => heard.push(`q ${bytes}`);
      await sim.sleep(100);
      sim.network.setLink(a.node, b.node, { loss: 1 });
      port.send("b", Uint8Array.of(1));
      await sim.sleep(1000);
      sim.network.setLink(a.node, b.node, { loss: 0 });
      await sim.sleep(1000);
      port.send("b", Uint8Array.of(2));
      expect(heard).toEqual(["up a"]);
      meshA.renew("b");
      await sim.sleep(100);
      port.send("b", Uint8Array.of(3));
      await sim.sleep(100);
      expect(heard).toEqual(["up a", "down a", "up a", "q 3"]);
    }));

  it("stays as it is when it is heard of before another can be made", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const heard = heardBy(meshA);
      heardBy(meshB);
      await meshA.contact(b.address);
      await sim.sleep(500);
      // Pings go on, and what connects is refused.
      const { address } = b;
      meshA.add({ name: "b", address: { ...address, port: address.port + 50 } });
      meshA.renew("b");
      await sim.sleep(30_000);
      const { length } = a.troubles;
      expect(length).toBeGreaterThan(0);
      await sim.sleep(30_000);
      expect([heard, a.troubles.length]).toEqual([["up b"], length]);
    }));

  it("is asked for in vain where there is no link, or none is wanted", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const heard = heardBy(meshB);
      heardBy(meshA);
      meshA.renew("b");
      await meshA.contact(b.address);
      await sim.sleep(500);
      // B never asked for the link.
      meshB.renew("a");
      meshB.renew("nobody");
      await sim.sleep(2000);
      expect(heard).toEqual(["up a"]);
    }));
});
