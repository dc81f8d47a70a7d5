import { describe, expect, it } from "vitest";
import {
  bytes,
  closing,
  codeOf,
  KINDS,
  kindOf,
  PORT,
  Server,
  scene,
} from "../../test/support/channel-scene.ts";
import { Simulation } from "../sim/index.ts";
import { type Channel, openEndpoint } from "./index.ts";
import { PACKET_DATA, PACKET_RESET } from "./wire.ts";

describe.each(KINDS)(
  "against what comes from elsewhere, endpoints with security of the kind %s",
  (...kind) => {
    it("deliver nothing of what was recorded and is played back, to this life or the next", () =>
      scene(kind, async ({ sim, server, serverNode, client, relay, connect }) => {
        const channel = await connect();
        for (let i = 0; i < 20; i++) channel.send(bytes(`${i}`));
        await sim.sleep(100);
        expect(server.messages.length).toBe(20);
        const recorded = [...relay.seen];
        // The packet that ends the handshake counts as one when others overtook it.
        const replayedBefore = server.endpoint?.stats().packetsReplayed ?? 0;
        const playBack = async () => {
          for (const { towards, packet } of recorded) relay.send(towards, packet);
          await sim.sleep(100);
        };
        await playBack();
        expect([server.messages.length, server.channels.length]).toEqual([20, 1]);
        const ofData = recorded.filter(
          ({ towards, packet }) => towards === "server" && kindOf(packet) === PACKET_DATA,
        );
        expect(server.endpoint?.stats().packetsReplayed).toBe(replayedBefore + ofData.length);
        serverNode.crash();
        await serverNode.restart();
        await playBack();
        await sim.sleep(30_000);
        await playBack();
        expect([server.messages.length, server.channels.length]).toEqual([20, 1]);
        await sim.sleep(30_000);
        expect(server.endpoint?.stats()).toMatchObject({ channels: 0, halfOpen: 0 });
        expect(client.stats().channels).toBe(0);
      }));

    it("tell a peer at once that its channel is of a former life", () =>
      scene(kind, async ({ sim, server, serverNode, connect }) => {
        const channel = await connect();
        const closed = closing(channel);
        channel.send(bytes("kept"));
        await sim.sleep(100);
        expect(channel.acknowledged).toBe(1);
        serverNode.crash();
        await serverNode.restart();
        channel.send(bytes("lost"));
        const askedMs = sim.nowMs;
        expect(await closed).toBe("CHANNEL_RESET");
        expect(sim.nowMs - askedMs).toBeLessThan(10);
        expect([channel.sent, channel.acknowledged]).toEqual([2, 1]);
        expect(server.messages).toEqual(["kept"]);
        const again = await connect();
        again.send(bytes("new"));
        await sim.sleep(100);
        expect(server.messages).toEqual(["kept", "new"]);
      }));

    it("learn in the same way that the one who opened the channel has restarted", () =>
      scene(kind, async ({ sim, server, clientNode, connect }) => {
        const channel = await connect();
        channel.send(bytes("before"));
        await sim.sleep(100);
        const port = channel.local.port;
        clientNode.crash();
        void clientNode.restart();
        await clientNode.start((world) =>
          openEndpoint(world, { bind: { host: "0.0.0.0", port }, security: kind[2] }),
        );
        const [far] = server.channels as [Channel];
        far.send(bytes("anybody there?"));
        await sim.sleep(50);
        expect(server.closed).toEqual(["CHANNEL_RESET"]);
      }));

    it("are not made to talk with themselves by who sends back what they say", async () => {
      const sim = new Simulation({ seed: 1 });
      await sim.run(async () => {
        const [a, b] = [sim.node("a"), sim.node("b")];
        const server = new Server();
        const endpoint = await server.open(a.world, { security: kind[1] });
        const mirror = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
        mirror.onMessage = (packet, from) => mirror.send(packet, from);
        const peerKey = endpoint.publicKey && b.world.crypto.x25519(new Uint8Array(32).fill(9)).publicKey;
        const failed = await codeOf(endpoint.connect({ host: b.ip, port: PORT }, peerKey && { peerKey }));
        expect(failed).toBe(peerKey === undefined ? "CHANNEL_REFUSED" : "CHANNEL_TIMEOUT");
        await sim.sleep(20_000);
        expect(server.channels).toEqual([]);
        expect(endpoint.stats()).toMatchObject({ channels: 0, halfOpen: 0 });
        const own = { host: "127.0.0.1", port: PORT };
        const self = await endpoint.connect(own, endpoint.publicKey && { peerKey: endpoint.publicKey });
        self.send(bytes("note to self"));
        await sim.sleep(50);
        expect(server.messages).toEqual(["note to self"]);
      });
    });

    it("are not made to reset a channel by getting what was meant for their peer", () =>
      scene(kind, async ({ sim, server, relay, connect }) => {
        const channel = await connect();
        let isClosed = false;
        channel.onClose = () => {
          isClosed = true;
        };
        channel.send(bytes("one"));
        await sim.sleep(50);
        const sides = ["server", "client"] as const;
        for (const { towards, packet } of [...relay.seen]) {
          relay.send(towards === "server" ? "client" : "server", packet);
        }
        await sim.sleep(50);
        const resets = relay.seen.filter(({ packet }) => kindOf(packet) === PACKET_RESET);
        expect(resets.length).toBeGreaterThan(1);
        for (const { packet } of resets) for (const side of sides) relay.send(side, packet);
        await sim.sleep(50);
        expect([isClosed, server.closed]).toEqual([false, []]);
      }));

    it("tell of a close once, however many resets come in its instant", async () => {
      await scene(
        kind,
        async ({ sim, serverNode, relay, connect }) => {
          const channel = await connect();
          const closed: (string | undefined)[] = [];
          channel.onClose = (error) => closed.push(error?.code);
          await sim.sleep(50);
          serverNode.crash();
          await serverNode.restart();
          relay.change = ({ packet }) =>
            kindOf(packet) === PACKET_RESET ? [packet, packet, packet] : [packet];
          channel.send(bytes("anybody there?"));
          await sim.sleep(50);
          expect(closed).toEqual(["CHANNEL_RESET"]);
        },
        { link: { jitterMs: 0 } },
      );
    });

    it("believe no reset that is not the peer's", () =>
      scene(kind, async ({ sim, relay, connect }) => {
        const channel = await connect();
        let isClosed = false;
        channel.onClose = () => {
          isClosed = true;
        };
        const forged = new Uint8Array(20);
        new DataView(forged.buffer).setUint32(0, PACKET_RESET);
        for (let at = 0; at < 200; at++) {
          forged.fill(at, 4);
          relay.send("client", forged);
          relay.send("server", forged);
        }
        await sim.sleep(100);
        expect(isClosed).toBe(false);
        channel.send(bytes("still here"));
        await sim.sleep(100);
        expect(channel.acknowledged).toBe(1);
      }));

    it("believe a reset to its last byte only, and for its own channel only", () =>
      scene(kind, async ({ sim, server, relay, connect }) => {
        const [gone, kept] = [await connect(), await connect()];
        await sim.sleep(50);
        const closed: (string | undefined)[] = [];
        for (const channel of [gone, kept]) channel.onClose = (error) => closed.push(error?.code);
        relay.change = ({ towards, packet }) => (towards === "client" ? [] : [packet]);
        server.channels[0]?.destroy();
        await sim.sleep(50);
        gone.send(bytes("anybody there?"));
        await sim.sleep(50);
        const reset = relay.seen.find(({ packet }) => kindOf(packet) === PACKET_RESET)?.packet as Uint8Array;
        for (let at = 4; at < reset.length; at++) {
          const altered = reset.slice();
          altered[at] = (altered[at] as number) ^ 1;
          relay.send("client", altered);
        }
        await sim.sleep(50);
        expect(closed).toEqual([]);
        relay.send("client", reset);
        await sim.sleep(50);
        expect(closed).toEqual(["CHANNEL_RESET"]);
        relay.change = ({ packet }) => [packet];
        kept.send(bytes("here"));
        await sim.sleep(2000);
        expect([kept.acknowledged, server.messages]).toEqual([1, ["here"]]);
      }));

    it("take altered packets for lost ones, in handshakes too", () =>
      scene(
        kind,
        async ({ sim, server, client, relay, connect }) => {
          let random = 1;
          relay.change = ({ packet }) => {
            random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
            if (random % 3 !== 0) return [packet];
            const altered = packet.slice();
            const at = (random >>> 8) % altered.length;
            altered[at] = (altered[at] as number) ^ (1 << ((random >>> 3) & 7));
            return [altered];
          };
          const channel = await connect({ timeoutMs: 60_000 });
          const closed = closing(channel);
          for (let i = 0; i < 100; i++) channel.send(bytes(`${i}`));
          channel.end();
          expect(await closed).toBeUndefined();
          expect(server.messages).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
          await sim.sleep(1000);
          const stats = [client.stats(), server.endpoint?.stats() ?? client.stats()];
          expect(stats.reduce((sum, each) => sum + each.packetsForged, 0)).toBeGreaterThan(0);
        },
        { seed: 3 },
      ));

    it("keep a channel at its addresses: packets from elsewhere are strays", () =>
      scene(kind, async ({ sim, server, serverNode, clientNode, relay, connect }) => {
        const channel = await connect();
        channel.send(bytes("one"));
        await sim.sleep(50);
        relay.change = () => [];
        channel.send(bytes("two"));
        await sim.sleep(50);
        const held = relay.seen.filter(
          ({ towards, packet }) => towards === "server" && kindOf(packet) === PACKET_DATA,
        );
        const socket = await clientNode.world.net.datagram({ bind: { host: "0.0.0.0", port: 9 } });
        socket.send(held.at(-1)?.packet as Uint8Array, { host: serverNode.ip, port: PORT });
        await sim.sleep(50);
        expect(server.messages).toEqual(["one"]);
        expect(server.endpoint?.stats().packetsStray).toBe(1);
      }));
  },
);
