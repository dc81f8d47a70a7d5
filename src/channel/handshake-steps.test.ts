/** A handshake step by step: either side crashes at each of its packets, and packets of other versions come in between. */
import { describe, expect, it } from "vitest";
import { bytes, KINDS, kindOf, openClient, PORT, scene } from "../../test/support/channel-scene.ts";
import type { Channel, Endpoint } from "./index.ts";

/** INITIATION, RESPONSE, packet 0 of the initiator, with it the message, and packet 0 of the responder. */
const STEPS = [0, 1, 2, 3, 4];

interface Fate {
  readonly code: string | undefined;
  readonly acknowledged: number;
}

/** Sends one message; what became of it, once it is acknowledged or the channel is gone. */
function fateOf(channel: Channel, message: string): Promise<Fate> {
  return new Promise((resolve) => {
    const tell = (code: string | undefined) => resolve({ code, acknowledged: channel.acknowledged });
    channel.onAcknowledged = () => tell(undefined);
    channel.onClose = (error) => tell(error?.code);
    channel.send(bytes(message));
  });
}

describe.each(KINDS)("a handshake (%s)", (...kind) => {
  it.each(STEPS)("whose server crashes at packet %d is taken up, or its end is told", (step) =>
    scene(kind, async ({ sim, server, serverNode, client, relay, connect }) => {
      let passed = 0;
      relay.change = ({ packet }) => {
        if (passed++ === step) {
          serverNode.crash();
          void serverNode.restart();
        }
        return [packet];
      };
      const fate = await fateOf(await connect(), "first");
      expect(passed).toBeGreaterThan(step);
      const isTold = fate.code === "CHANNEL_RESET" || fate.code === "CHANNEL_TIMEOUT";
      expect([isTold, fate.acknowledged]).toEqual(fate.code === undefined ? [false, 1] : [true, 0]);
      const again = await fateOf(await connect(), "second");
      expect(again).toEqual({ code: undefined, acknowledged: 1 });
      expect(server.messages.filter((message) => message === "second")).toHaveLength(1);
      expect(server.messages.filter((message) => message === "first").length).toBeLessThanOrEqual(1);
      await sim.sleep(60_000);
      expect(client.stats()).toMatchObject({ openings: 0 });
      expect(server.endpoint?.stats()).toMatchObject({ halfOpen: 0, channels: client.stats().channels });
    }),
  );

  it.each(STEPS)("whose client crashes at packet %d leaves nothing behind", (step) =>
    scene(kind, async ({ sim, server, serverNode, clientNode, relay, connect }) => {
      let passed = 0;
      relay.change = ({ packet }) => {
        if (passed++ === step) clientNode.crash();
        return [packet];
      };
      void connect().then((channel) => channel.send(bytes("first")));
      await sim.sleep(1000);
      expect(passed).toBeGreaterThan(step);
      void clientNode.restart();
      const client: Endpoint = await clientNode.start((world) => openClient(world, kind[2]));
      const peerKey = server.endpoint?.publicKey;
      const to = { host: serverNode.ip, port: PORT };
      const channel = await client.connect(to, peerKey && { peerKey });
      expect(await fateOf(channel, "second")).toEqual({ code: undefined, acknowledged: 1 });
      await sim.sleep(60_000);
      expect(server.endpoint?.stats()).toMatchObject({ halfOpen: 0, channels: 1 });
      expect(server.messages.filter((message) => message === "second")).toHaveLength(1);
    }),
  );

  it("goes on as if packets of other versions had not come", () =>
    scene(kind, async ({ sim, server, client, relay, connect }) => {
      let strange = 0;
      relay.change = ({ packet }) => {
        const others = [0, 2, 255].map((version) => {
          const other = packet.slice();
          other[2] = version;
          return other;
        });
        strange += others.length;
        return [...others, packet];
      };
      const fate = await fateOf(await connect(), "first");
      expect(fate).toEqual({ code: undefined, acknowledged: 1 });
      await sim.sleep(100);
      const sides = [client.stats(), server.endpoint?.stats() ?? client.stats()];
      expect(sides.reduce((sum, { packetsForeign }) => sum + packetsForeign, 0)).toBe(strange);
      expect(relay.seen.every(({ packet }) => kindOf(packet) >>> 8 === 0x434801)).toBe(true);
    }));
});
