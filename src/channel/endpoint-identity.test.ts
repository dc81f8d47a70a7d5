import { describe, expect, it } from "vitest";
import { codeOf, identity, openClient, PORT, Server, shared } from "../../test/support/channel-scene.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { Credentials } from "./exchange.ts";
import type { Security } from "./index.ts";
import { decodePacket, encodePacket, PACKET_INITIATION, PACKET_RESPONSE } from "./wire.ts";

describe("endpoints with identities", () => {
  const key = (node: SimNode, fill: number) =>
    node.world.crypto.x25519(new Uint8Array(32).fill(fill)).publicKey;

  it("know each other's proven keys, and take channels from the allowed ones only", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b, c] = [sim.node("a"), sim.node("b"), sim.node("c")];
      const friend = key(b, 2);
      const server = new Server();
      const isAllowed = (asked: Uint8Array) => asked.every((byte, at) => byte === friend[at]);
      const endpoint = await server.open(a.world, { security: identity(1, isAllowed) });
      expect(endpoint.publicKey).toEqual(key(a, 1));
      const to = { host: a.ip, port: PORT };
      const allowed = await openClient(b.world, identity(2));
      const channel = await allowed.connect(to, { peerKey: key(a, 1) });
      await sim.sleep(50);
      expect(channel.peerKey).toEqual(key(a, 1));
      expect(server.channels.map(({ peerKey }) => peerKey)).toEqual([friend]);
      const stranger = await openClient(c.world, identity(3));
      const refusal = await stranger.connect(to, { peerKey: key(a, 1) }).catch((error) => error);
      expect(refusal).toMatchObject({ code: "CHANNEL_REFUSED", details: { reason: "key" } });
      expect(server.channels.length).toBe(1);
    });
  });

  it("open no channel to whoever has another key than the one that was named", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const server = new Server();
      const endpoint = await server.open(a.world, { security: identity(1) });
      const client = await openClient(b.world, identity(2));
      const to = { host: a.ip, port: PORT };
      expect(await codeOf(client.connect(to, { peerKey: key(a, 9) }))).toBe("CHANNEL_TIMEOUT");
      expect(await codeOf(client.connect(to, { peerKey: new Uint8Array(32) }))).toBe("CHANNEL_REFUSED");
      expect(server.channels).toEqual([]);
      expect(endpoint.stats()).toMatchObject({ halfOpen: 0, channels: 0 });
      expect(endpoint.stats().packetsForged).toBeGreaterThan(0);
    });
  });

  it("are asked for a key where there is one, and only there", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const { world } = sim.node("a");
      const to = { host: "127.0.0.1", port: PORT };
      const [withKeys, without] = [await openClient(world, identity(1)), await openClient(world, shared)];
      await expect(withKeys.connect(to)).rejects.toThrow(TypeError);
      await expect(without.connect(to, { peerKey: new Uint8Array(32) })).rejects.toThrow(TypeError);
      await expect(withKeys.connect(to, { peerKey: new Uint8Array(31) })).rejects.toThrow(RangeError);
      const bad = (security: Security) => openClient(world, security);
      await expect(bad({ kind: "shared-key", key: new Uint8Array(16) })).rejects.toThrow(RangeError);
      const short = { privateKey: new Uint8Array(31), isAllowed: () => true };
      await expect(bad({ kind: "identity", ...short })).rejects.toThrow(RangeError);
    });
  });

  it("come to nothing where the two have different kinds of security, or different secrets", async () => {
    const plain: Security = { kind: "checksum" };
    const other: Security = { kind: "shared-key", key: new Uint8Array(32).fill(8) };
    const pairs: (readonly [server: Security, client: Security])[] = [[shared, other]];
    for (const server of [plain, shared, identity(1)]) {
      for (const client of [plain, shared, identity(2)]) {
        if (client.kind !== server.kind) pairs.push([server, client]);
      }
    }
    expect(pairs).toHaveLength(7);
    for (const [serverSecurity, clientSecurity] of pairs) {
      const sim = new Simulation({ seed: 1 });
      await sim.run(async () => {
        const [a, b] = [sim.node("a"), sim.node("b")];
        const server = new Server();
        const endpoint = await server.open(a.world, { security: serverSecurity });
        const client = await openClient(b.world, clientSecurity);
        const options = clientSecurity.kind === "identity" ? { peerKey: key(a, 1) } : {};
        expect(await codeOf(client.connect({ host: a.ip, port: PORT }, options))).toBe("CHANNEL_TIMEOUT");
        expect(server.channels).toEqual([]);
        // It was asked, again and again, and said nothing.
        const { packetsForged, packetsSent, halfOpen } = endpoint.stats();
        expect([packetsForged > 3, packetsSent, halfOpen]).toEqual([true, 0, 0]);
      });
    }
  });

  it("say that the peer breaks the protocol when it is the peer, and its answer says nothing", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const broken = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
      const credentials = new Credentials(a.world.crypto, a.world.random, identity(1));
      broken.onMessage = (packet, from) => {
        const question = decodePacket(packet);
        if (question?.kind !== PACKET_INITIATION) return;
        const exchange = credentials.responder();
        exchange.read(question.initiation.noise);
        const noise = exchange.write(Uint8Array.of(1, 2, 3)) as Uint8Array;
        const answer = encodePacket({
          kind: PACKET_RESPONSE,
          response: { to: question.initiation.from, noise },
        });
        for (let times = 0; times < 3; times++) broken.send(answer, from);
      };
      const client = await openClient(b.world, identity(2));
      const connected = client.connect({ host: a.ip, port: PORT }, { peerKey: key(a, 1) });
      expect(await codeOf(connected)).toBe("CHANNEL_VIOLATION");
      await sim.sleep(50);
      expect(client.stats()).toMatchObject({ openings: 0, packetsStray: 2 });
    });
  });

  it("say so when answers came that proved nothing", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const liar = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
      liar.onMessage = (packet, from) => {
        const answer = decodePacket(packet);
        if (answer?.kind !== PACKET_INITIATION) return;
        const { from: to, noise } = answer.initiation;
        liar.send(encodePacket({ kind: PACKET_RESPONSE, response: { to, noise } }), from);
      };
      const client = await openClient(b.world, identity(2));
      const failed = await client.connect({ host: a.ip, port: PORT }, { peerKey: key(a, 1) }).catch((e) => e);
      expect(failed).toMatchObject({ code: "CHANNEL_TIMEOUT", details: { forged: 6 } });
      expect(failed.message).toContain("did not prove");
    });
  });
});
