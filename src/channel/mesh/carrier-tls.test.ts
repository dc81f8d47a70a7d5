/** Who may have links over TLS, and what becomes of links when certificates change. That they are links like others, `links.test.ts` says. */
import { describe, expect, it } from "vitest";
import { type CarrierOf, meshBytes, meshScene, withMulticast } from "../../../test/support/mesh-scene.ts";
import { CellFixture } from "../../world/contract/cell-fixture.ts";
import type { Claims, Credentials, Stream, World } from "../../world/index.ts";
import type { TlsCarrierOptions } from "./index.ts";

const lasting = { notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) };

interface Member {
  readonly credentials: { -readonly [Key in keyof Credentials]: Credentials[Key] };
  readonly revoked: Set<string>;
  readonly options: TlsCarrierOptions;
}

function member(
  world: World,
  name: string,
  change: Partial<Claims> = {},
  cell = new CellFixture(world),
): Member {
  const revoked = new Set<string>();
  const credentials = {
    ...cell.credentials(name, { ...lasting, ...change }),
    authorities: [new CellFixture(world).authority.der, cell.authority.der],
    isRevoked: (serial: string) => revoked.has(serial),
  };
  return { credentials, revoked, options: { kind: "tls", credentials } };
}

const overTls: CarrierOf = (world, name) => member(world, name).options;

describe("a mesh over TLS", () => {
  it("has no link with a process that goes by another name than its certificate's", () =>
    meshScene(overTls, async ({ sim }, a, b, c) => {
      const meshA = await a.open();
      // C calls itself b, and has c's certificate.
      const meshC = await c.open({ name: "b" });
      meshA.add({ name: "b", address: c.address });
      await sim.sleep(500);
      expect(new Set(a.troubles)).toEqual(new Set(["MESH_WRONG_PEER"]));
      meshA.remove("b");
      meshC.add(a.peer);
      await sim.sleep(500);
      expect(new Set(c.troubles)).toEqual(new Set(["MESH_KEY"]));
      await expect(meshA.contact(c.address)).rejects.toMatchObject({
        code: "MESH_KEY",
        details: { name: "b" },
      });
      expect([meshA.peers(), meshC.peers()]).toEqual([[], []]);
      await b.open();
      expect(await meshA.contact(b.address)).toEqual(b.peer);
      await sim.sleep(500);
      expect(meshA.peers()).toEqual([b.peer]);
    }));

  it("has no link with an operator, whose certificate is as good", () =>
    meshScene(overTls, async ({ sim }, a, b) => {
      const meshA = await a.open();
      const meshB = await b.open({ carrier: member(b.node.world, "b", { role: "operator" }).options });
      meshB.add(a.peer);
      await sim.sleep(500);
      meshA.add(b.peer);
      await sim.sleep(500);
      expect([meshA.peers(), meshB.peers()]).toEqual([[], []]);
      expect(new Set(b.troubles)).toEqual(new Set(["MESH_KEY"]));
      expect(new Set(a.troubles)).toEqual(new Set(["MESH_WRONG_PEER"]));
    }));

  it("tells both sides of a certificate that is not believed", () =>
    meshScene(overTls, async ({ sim }, a, b) => {
      await a.open();
      const { world } = b.node;
      const other = new CellFixture(world, "cell-1", "an authority that nobody knows");
      const meshB = await b.open({ carrier: member(world, "b", {}, other).options });
      meshB.add(a.peer);
      await sim.sleep(500);
      expect(new Set(a.troubles)).toEqual(new Set(["TLS_UNTRUSTED"]));
      expect(new Set(b.troubles)).toEqual(new Set(["TLS_REFUSED"]));
    }));

  it("drops a link whose certificate is revoked, and makes no other until the peer has a new one", () =>
    meshScene(overTls, async ({ sim }, a, b) => {
      const [atA, atB] = [member(a.node.world, "a"), member(b.node.world, "b")];
      const [meshA, meshB] = [await a.open({ carrier: atA.options }), await b.open({ carrier: atB.options })];
      meshA.add(b.peer);
      meshB.add(a.peer);
      await sim.sleep(20_000);
      expect([meshA.peers(), a.troubles]).toEqual([[b.peer], []]);
      atA.revoked.add(new CellFixture(a.node.world).serialFor("b"));
      await sim.sleep(20_000);
      expect([meshA.peers(), meshB.peers()]).toEqual([[], []]);
      expect(a.troubles[0]).toBe("MESH_KEY");
      expect(new Set(a.troubles.slice(1))).toEqual(new Set(["TLS_REVOKED"]));
      expect(new Set(b.troubles)).toEqual(new Set(["TLS_REFUSED"]));
      // Joined anew, with another serial number.
      atB.credentials.identity = member(b.node.world, "b", { serial: "7".repeat(32) }).credentials.identity;
      await sim.sleep(10_000);
      expect([meshA.peers(), meshB.peers()]).toEqual([[b.peer], [a.peer]]);
    }));

  it("keeps a link whose certificate was renewed, and then has expired", () =>
    meshScene(overTls, async ({ sim }, a, b) => {
      const { world } = b.node;
      const nowMs = world.clock.wall().seconds * 1000;
      const [atA, atB] = [member(a.node.world, "a"), member(world, "b", { notAfterMs: nowMs + 60_000 })];
      const [meshA, meshB] = [await a.open({ carrier: atA.options }), await b.open({ carrier: atB.options })];
      const port = meshA.open("p");
      const sessions: number[] = [];
      port.onUp = (_, session) => sessions.push(session);
      meshB.open("p");
      meshA.add(b.peer);
      await sim.sleep(30_000);
      atB.credentials.identity = member(world, "b", { serial: "7".repeat(32) }).credentials.identity;
      await sim.sleep(60_000);
      expect([sessions.length, a.troubles]).toEqual([1, []]);
      // The next connection is made with the new one: the old one would not be believed.
      sim.network.breakStreams(a.node, b.node);
      await sim.sleep(5000);
      expect([sessions.length, a.troubles, b.troubles]).toEqual([2, ["NET_RESET"], ["NET_RESET"]]);
    }));

  it("hands those over who have no certificate, where it is told to", () =>
    meshScene(overTls, async ({ sim }, a, b) => {
      const strangers: Stream[] = [];
      const { options } = member(a.node.world, "a");
      const meshA = await a.open({
        carrier: {
          ...options,
          onStranger: (stream) => {
            stream.onData = (chunk) => stream.write(chunk);
            strangers.push(stream);
          },
        },
      });
      const { pin } = new CellFixture(b.node.world);
      const stream = await b.node.world.net.connect({ to: a.address, secure: { pin } });
      let heard = 0;
      stream.onData = (chunk) => {
        heard += chunk.length;
      };
      stream.write(meshBytes("let me in"));
      await sim.sleep(100);
      expect([strangers.length, heard, stream.peer?.name]).toEqual([1, 9, "a"]);
      expect([meshA.peers(), a.troubles]).toEqual([[], []]);
    }));

  it("proves what it multicasts by its links", () =>
    meshScene(withMulticast(overTls), async ({ sim }, a, b, c) => {
      const meshes = [await a.open(), await b.open(), await c.open()];
      const [port, ...others] = meshes.map((mesh) => mesh.open("p"));
      const heard: string[] = [];
      for (const each of others) each.onMessage = (from, { length }) => heard.push(`${from} ${length}`);
      for (const each of [b, c]) meshes[0]?.add(each.peer);
      await sim.sleep(2000);
      for (let n = 0; n < 100; n++) port?.broadcast(["b", "c"], new Uint8Array(5000));
      await sim.sleep(2000);
      expect(heard).toEqual(Array(200).fill("a 5000"));
      const datagrams = [...sim.trace.records()].filter(({ what }) => what.includes("239.255.20.1"));
      expect(datagrams.length).toBeGreaterThan(100);
    }));
});
