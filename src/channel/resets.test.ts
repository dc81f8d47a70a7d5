// A peer that restarted answers each packet of a channel that it no longer knows.
import { expect, test } from "vitest";
import { bytes, kindOf, openClient, PORT, shared } from "../../test/support/channel-scene.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import type { CoterieError, World } from "../world/index.ts";
import { openEndpoint } from "./endpoint.ts";
import { PACKET_RESET } from "./wire.ts";

test("several resets that arrive together close the channel, and it is told once", async () => {
  const sim = new Simulation({ seed: 1, link: { latencyMs: 5, jitterMs: 0 } });
  const server = sim.node("server");
  const client = sim.node("client");
  const closes: (CoterieError | undefined)[] = [];
  await sim.run(async () => {
    const serve = (world: World) =>
      openEndpoint(world, { bind: { host: "0.0.0.0", port: 7 }, onChannel: () => {} });
    await server.start(serve);
    const channel = await client.start(async (world) => {
      const endpoint = await openEndpoint(world, { bind: { host: "0.0.0.0", port: 0 } });
      return endpoint.connect({ host: server.ip, port: 7 });
    });
    const closed = new Promise<void>((resolve) => {
      channel.onClose = (error) => {
        closes.push(error);
        resolve();
      };
    });
    await sim.sleep(100);
    server.crash();
    server.restart();
    await sim.sleep(100);
    // Many packets in one burst, and so many answers.
    channel.send(new Uint8Array(100_000));
    await closed;
    await sim.sleep(60_000);
  });
  expect(closes.map((error) => error?.code)).toEqual(["CHANNEL_RESET"]);
});

test("another machine with the same key and port cannot be made to reset a channel", async () => {
  const sim = new Simulation({ seed: 1 });
  await sim.run(async () => {
    const [client, server, other, middle] = ["client", "server", "other", "middle"].map((name) =>
      sim.node(name),
    ) as [SimNode, SimNode, SimNode, SimNode];
    for (const { world, ip: host } of [server, other]) {
      await openEndpoint(world, { bind: { host, port: PORT }, security: shared, onChannel: () => {} });
    }
    // Somebody in between asks the other machine too, and passes its answers on as the server's.
    const relay = await middle.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
    let [clientAddress, resets] = [{ host: "", port: 0 }, 0];
    relay.onMessage = (packet, from) => {
      if (from.host === client.ip) {
        clientAddress = from;
        for (const { ip } of [server, other]) relay.send(packet, { host: ip, port: PORT });
      } else if (from.host === server.ip) relay.send(packet, clientAddress);
      else if (kindOf(packet) === PACKET_RESET) {
        resets++;
        relay.send(packet, clientAddress);
      }
    };
    const endpoint = await openClient(client.world, shared);
    const channel = await endpoint.connect({ host: middle.ip, port: PORT });
    const closes: (CoterieError | undefined)[] = [];
    channel.onClose = (error) => closes.push(error);
    for (const word of ["one", "two", "three"]) {
      channel.send(bytes(word));
      await sim.sleep(100);
    }
    expect(resets).toBeGreaterThan(0);
    expect([channel.acknowledged, closes]).toEqual([3, []]);
  });
});
