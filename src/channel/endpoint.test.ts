import { describe, expect, it } from "vitest";
import { Relay } from "../../test/support/channel-relay.ts";
import { type LinkOptions, type SimNode, Simulation } from "../sim/index.ts";
import { CoterieError, type World } from "../world/index.ts";
import {
  type Channel,
  type Endpoint,
  type EndpointOptions,
  type OpenChannelOptions,
  openEndpoint,
  type Security,
} from "./index.ts";
import { PACKET_DATA, PACKET_INITIATION, PACKET_RESET, PACKET_RESPONSE, readUint32 } from "./wire.ts";

const PORT = 700;

function identity(fill: number, isAllowed: (key: Uint8Array) => boolean = () => true): Security {
  return { kind: "identity", privateKey: new Uint8Array(32).fill(fill), isAllowed };
}

const shared: Security = { kind: "shared-key", key: new Uint8Array(32).fill(7) };

/** Both sides' security, in each of the kinds. */
const KINDS: readonly (readonly [string, Security, Security])[] = [
  ["checksum", { kind: "checksum" }, { kind: "checksum" }],
  ["shared key", shared, shared],
  ["identity", identity(1), identity(2)],
];

const text = (message: Uint8Array) => new TextDecoder().decode(message);
const bytes = (message: string) => new TextEncoder().encode(message);
const kindOf = (packet: Uint8Array) => readUint32(packet, 0);

/** A server's side of things: every channel that was opened to it, and what came. */
class Server {
  readonly channels: Channel[] = [];
  readonly messages: string[] = [];
  readonly closed: (string | undefined)[] = [];
  endpoint: Endpoint | undefined;

  async open(world: World, options: Partial<EndpointOptions> = {}): Promise<Endpoint> {
    const onChannel = (channel: Channel): void => {
      this.channels.push(channel);
      channel.onMessage = (message) => this.messages.push(text(message));
      channel.onEnd = () => channel.end();
      channel.onClose = (error) => this.closed.push(error?.code);
    };
    this.endpoint = await openEndpoint(world, {
      bind: { host: "0.0.0.0", port: PORT },
      onChannel,
      ...options,
    });
    return this.endpoint;
  }
}

function openClient(world: World, security: Security, options: Partial<EndpointOptions> = {}) {
  return openEndpoint(world, { bind: { host: "0.0.0.0", port: 0 }, security, ...options });
}

/** How a channel was closed: the code, or undefined for a good end. */
function closing(channel: Channel): Promise<string | undefined> {
  return new Promise((resolve) => {
    channel.onClose = (error) => resolve(error?.code);
  });
}

function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error) => (error instanceof CoterieError ? error.code : String(error)),
  );
}

interface Scene {
  readonly sim: Simulation;
  readonly server: Server;
  readonly serverNode: SimNode;
  readonly clientNode: SimNode;
  readonly client: Endpoint;
  readonly relay: Relay;
  connect(options?: OpenChannelOptions): Promise<Channel>;
}

/** A server, a client, and somebody between them. */
function scene(
  [, serverSecurity, clientSecurity]: (typeof KINDS)[number],
  play: (scene: Scene) => Promise<void>,
  { seed = 1, link = {} }: { seed?: number; link?: Partial<LinkOptions> } = {},
  options: Partial<EndpointOptions> = {},
): Promise<void> {
  const sim = new Simulation({ seed, link });
  const [serverNode, clientNode, middle] = [sim.node("server"), sim.node("client"), sim.node("middle")];
  return sim.run(async () => {
    const server = new Server();
    const { publicKey } = await serverNode.start((world) =>
      server.open(world, { security: serverSecurity, ...options }),
    );
    const relay = await Relay.open(middle.world, PORT, { host: serverNode.ip, port: PORT });
    const client = await openClient(clientNode.world, clientSecurity);
    const to = { host: middle.ip, port: PORT };
    const connect = (more: OpenChannelOptions = {}) =>
      client.connect(to, { ...(publicKey && { peerKey: publicKey }), ...more });
    await play({ sim, server, serverNode, clientNode, client, relay, connect });
  });
}

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
      channel.send(bytes("once"));
      await sim.sleep(3000);
      expect(server.messages).toEqual(["once"]);
      await sim.sleep(20_000);
      expect(server.endpoint?.stats()).toMatchObject({ channels: 1, halfOpen: 0 });
    }));

  it("deliver nothing of what was recorded and is played back, to this life or the next", () =>
    scene(kind, async ({ sim, server, serverNode, client, relay, connect }) => {
      const channel = await connect();
      for (let i = 0; i < 20; i++) channel.send(bytes(`${i}`));
      await sim.sleep(100);
      expect(server.messages.length).toBe(20);
      const recorded = [...relay.seen];
      const playBack = async () => {
        for (const { towards, packet } of recorded) relay.send(towards, packet);
        await sim.sleep(100);
      };
      await playBack();
      expect([server.messages.length, server.channels.length]).toEqual([20, 1]);
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
