import { describe, expect, it } from "vitest";
import {
  bytes,
  closing,
  codeOf,
  KINDS,
  kindOf,
  openClient,
  PORT,
  Server,
  scene,
  text,
} from "../../test/support/channel-scene.ts";
import { Simulation } from "../sim/index.ts";
import { CoterieError } from "../world/index.ts";
import type { Channel, Endpoint } from "./index.ts";
import {
  decodePacket,
  encodePacket,
  PACKET_DATA,
  PACKET_INITIATION,
  PACKET_RESPONSE,
  PACKET_RETRY,
} from "./wire.ts";

describe.each(KINDS)("endpoints with security of the kind %s", (...kind) => {
  it("carry messages both ways, acknowledge them, and end without loss, over a bad network", () =>
    scene(
      kind,
      async ({ sim, server, client, connect }) => {
        const channel = await connect();
        const got: string[] = [];
        channel.onMessage = (message) => {
          got.push(text(message));
          if (got.length === 200) channel.end();
        };
        const isClosed = closing(channel);
        for (let i = 0; i < 200; i++) expect(channel.send(bytes(`${i}`))).toBe(i + 1);
        await sim.sleep(100);
        const [far] = server.channels as [Channel];
        for (let i = 0; i < 200; i++) far.send(bytes(`re ${i}`));
        expect(await isClosed).toBeUndefined();
        await sim.sleep(2000);
        expect([channel.acknowledged, far.acknowledged]).toEqual([200, 200]);
        expect(server.messages).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
        expect(got).toEqual(server.messages.map((each) => `re ${each}`));
        expect(server.closed).toEqual([undefined]);
        expect([client.stats().channels, server.endpoint?.stats().channels]).toEqual([0, 0]);
      },
      { link: { latencyMs: 5, loss: 0.1, duplicate: 0.1, reorder: 0.1, corrupt: 0.02 } },
    ));

  it("open one channel when every packet of the handshake comes twice, or is lost at first", () =>
    scene(kind, async ({ sim, server, relay, connect }) => {
      const seen = new Map<string, number>();
      relay.change = ({ towards, packet }) => {
        const what = `${towards} ${kindOf(packet)} ${packet.length}`;
        const times = (seen.get(what) ?? 0) + 1;
        seen.set(what, times);
        return times === 1 ? [] : [packet, packet, packet];
      };
      const channel = await connect();
      await sim.sleep(3000);
      expect(server.channels.length).toBe(1);
      expect(server.endpoint?.stats()).toMatchObject({ channels: 1, halfOpen: 0 });
      channel.send(bytes("once"));
      await sim.sleep(3000);
      expect(server.messages).toEqual(["once"]);
      await sim.sleep(20_000);
      expect(server.endpoint?.stats()).toMatchObject({ channels: 1, halfOpen: 0 });
    }));

  it("say nobody answered, and end the attempt at its time or when it is aborted", () =>
    scene(kind, async ({ sim, relay, client, connect }) => {
      relay.change = () => [];
      const startMs = sim.nowMs;
      expect(await codeOf(connect({ timeoutMs: 3000 }))).toBe("CHANNEL_TIMEOUT");
      expect(sim.nowMs - startMs).toBeCloseTo(3000, 0);
      const sent = relay.seen.filter(({ packet }) => kindOf(packet) === PACKET_INITIATION).length;
      expect(sent).toBe(4);
      const abort = new AbortController();
      const attempt = codeOf(connect({ signal: abort.signal }));
      await sim.sleep(10);
      abort.abort(new CoterieError("TEST_ENOUGH", "enough"));
      expect(await attempt).toBe("TEST_ENOUGH");
      expect(await codeOf(connect({ signal: abort.signal }))).toBe("TEST_ENOUGH");
      expect(client.stats().openings).toBe(0);
    }));

  it("close what a peer never confirmed", () =>
    scene(kind, async ({ sim, server, client, relay, connect }) => {
      relay.change = ({ packet }) => (kindOf(packet) === PACKET_DATA ? [] : [packet]);
      const channel = await connect();
      expect(server.endpoint?.stats()).toMatchObject({ channels: 0, halfOpen: 1 });
      const closed = closing(channel);
      await sim.sleep(10_100);
      expect(server.endpoint?.stats()).toMatchObject({ channels: 0, halfOpen: 0 });
      expect(server.channels).toEqual([]);
      expect(await closed).toBe("CHANNEL_TIMEOUT");
      expect(client.stats().channels).toBe(0);
    }));

  it("refuse with the reason: nobody listens, or there is no room", async () => {
    await scene(
      kind,
      async ({ sim, client, connect }) => {
        expect(await codeOf(connect())).toBeUndefined();
        await sim.sleep(100);
        const refusal = await connect().then(undefined, (error) => error);
        expect(refusal).toMatchObject({ code: "CHANNEL_REFUSED", details: { reason: "full" } });
        expect(client.stats()).toMatchObject({ channels: 1, openings: 0 });
      },
      {},
      { limits: { maxChannels: 1 } },
    );
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const [one, two] = [await openClient(a.world, kind[1]), await openClient(b.world, kind[2])];
      const to = { host: a.ip, port: one.local.port };
      const refusal = await two
        .connect(to, one.publicKey && { peerKey: one.publicKey })
        .catch((error) => error);
      expect(refusal).toMatchObject({ code: "CHANNEL_REFUSED", details: { reason: "not-listening" } });
    });
  });

  it("ask once in an interval whether an idle peer is there, from the side that connected; each finds out by itself", () =>
    scene(kind, async ({ sim, server, relay, client, connect }) => {
      const closed = closing(await connect());
      await sim.sleep(1000);
      relay.seen.length = 0;
      await sim.sleep(16 * 15_000);
      expect(relay.seen.length).toBe(2 * 16);
      expect(client.stats().packetsSent).toBeGreaterThanOrEqual(16);
      relay.change = () => [];
      const silentMs = sim.nowMs;
      expect(await closed).toBe("CHANNEL_TIMEOUT");
      expect(sim.nowMs - silentMs).toBeLessThanOrEqual(45_000);
      await sim.sleep(6000);
      expect(server.closed).toEqual(["CHANNEL_TIMEOUT"]);
    }));

  it("are two channels when both sides connect to each other at once", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const nodes = [sim.node("a"), sim.node("b")] as const;
      const servers = [new Server(), new Server()] as const;
      const one = await servers[0].open(nodes[0].world, { security: kind[1] });
      const two = await servers[1].open(nodes[1].world, { security: kind[2] });
      const connect = (from: Endpoint, to: Endpoint, host: string) =>
        from.connect({ host, port: PORT }, to.publicKey && { peerKey: to.publicKey });
      const [there, back] = await Promise.all([
        connect(one, two, nodes[1].ip),
        connect(two, one, nodes[0].ip),
      ]);
      there.send(bytes("there"));
      back.send(bytes("back"));
      await sim.sleep(100);
      expect([servers[0].messages, servers[1].messages]).toEqual([["back"], ["there"]]);
      expect([one.stats().channels, two.stats().channels]).toEqual([2, 2]);
    });
  });

  it("close their channels when they are closed, and tell the peers", () =>
    scene(kind, async ({ sim, server, client, relay, connect }) => {
      const channels = [await connect(), await connect()];
      const closed = Promise.all(channels.map(closing));
      await sim.sleep(50);
      relay.change = ({ packet }) => (kindOf(packet) === PACKET_RESPONSE ? [] : [packet]);
      const opening = codeOf(connect());
      await sim.sleep(50);
      await client.close();
      await client.close();
      expect(await closed).toEqual([undefined, undefined]);
      expect(await opening).toBe("CHANNEL_ENDPOINT_CLOSED");
      expect(await codeOf(connect())).toBe("CHANNEL_ENDPOINT_CLOSED");
      expect(channels[0]?.send(bytes("late"))).toBe(0);
      await sim.sleep(50);
      expect(server.closed).toEqual(["CHANNEL_CLOSED", "CHANNEL_CLOSED"]);
    }));
});

describe("an attempt that fails", () => {
  it("says from where an answer came, when it was not the address that was asked", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      // A machine of two addresses, of which one is asked and the other answers.
      const asked = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
      const other = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT + 1 } });
      asked.onMessage = (packet, from) => {
        const question = decodePacket(packet);
        if (question?.kind !== PACKET_INITIATION) return;
        const retry = { to: question.initiation.from, cookie: new Uint8Array(16) };
        other.send(encodePacket({ kind: PACKET_RETRY, retry }), from);
      };
      const client = await openClient(b.world, { kind: "checksum" });
      const failed = await client.connect({ host: a.ip, port: PORT }).catch((error) => error);
      const answeredFrom = `${a.ip}:${PORT + 1}`;
      expect(failed).toMatchObject({ code: "CHANNEL_TIMEOUT", details: { forged: 0, answeredFrom } });
      expect(failed.message).toContain(`${answeredFrom} answered instead`);
    });
  });
});
