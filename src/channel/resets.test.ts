// A peer that restarted answers each packet of a channel that it no longer knows.
import { expect, test } from "vitest";
import { Simulation } from "../sim/index.ts";
import type { CoterieError, World } from "../world/index.ts";
import { openEndpoint } from "./endpoint.ts";

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
