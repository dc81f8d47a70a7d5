import { describe, expect, it } from "vitest";
import { codeOf, openClient, PORT, Server, shared } from "../../test/support/channel-scene.ts";
import { Simulation } from "../sim/index.ts";
import { crc32c } from "./crc32c.ts";
import { encodeInitiator, encodePacket, PACKET_DATA, PACKET_INITIATION } from "./wire.ts";

/** What opens a channel without keys: the payload in the clear. */
function initiationOf(at: number): Uint8Array {
  const id = new Uint8Array(8).fill(at + 1);
  const payload = encodeInitiator({ incarnation: 1n, id, reset_token: new Uint8Array(16).fill(at + 1) });
  const noise = new Uint8Array(payload.length + 4);
  noise.set(payload);
  new DataView(noise.buffer).setUint32(payload.length, crc32c(payload));
  const initiation = { from: id, cookie: new Uint8Array(0), noise };
  return encodePacket({ kind: PACKET_INITIATION, initiation });
}

describe("a busy endpoint", () => {
  it("has those who connect prove their addresses first, and takes their channels then", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const server = new Server();
      const limits = { initiationsPerSecond: 3 };
      const endpoint = await server.open(a.world, { security: shared, limits });
      const client = await openClient(b.world, shared);
      const to = { host: a.ip, port: PORT };
      await Promise.all(Array.from({ length: 20 }, () => client.connect(to)));
      await sim.sleep(100);
      expect(endpoint.stats()).toMatchObject({ channels: 20, halfOpen: 0, retriesSent: 17 });
      expect(client.stats().openings).toBe(0);
    });
  });

  it("remembers so many half-open channels of a host and no more, and answers nothing larger than the question", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const server = new Server();
      const limits = { maxHalfOpenPerHost: 10, maxHalfOpen: 12, cookiesFrom: 100 };
      const endpoint = await server.open(a.world, { limits });
      const attacker = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: 9 } });
      const answers: Uint8Array[] = [];
      attacker.onMessage = (packet) => void answers.push(packet);
      for (let at = 0; at < 50; at++) attacker.send(initiationOf(at), { host: a.ip, port: PORT });
      await sim.sleep(50);
      expect(endpoint.stats()).toMatchObject({ halfOpen: 10, channels: 0, initiationsDropped: 40 });
      expect(answers.length).toBe(10);
      expect(answers.every((each) => each.length <= initiationOf(0).length)).toBe(true);
      await sim.sleep(10_100);
      expect(endpoint.stats()).toMatchObject({ halfOpen: 0 });
    });
  });

  it("answers so many packets of unknown channels in a second and no more, and none that is not longer", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const endpoint = await new Server().open(a.world, { limits: { resetsPerSecond: 5 } });
      const stranger = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: 9 } });
      const data = new Uint8Array(60);
      new DataView(data.buffer).setUint32(0, PACKET_DATA);
      stranger.send(data.subarray(0, 20), { host: a.ip, port: PORT });
      await sim.sleep(50);
      expect(endpoint.stats()).toMatchObject({ resetsSent: 0, packetsStray: 1 });
      for (let at = 0; at < 50; at++) stranger.send(data, { host: a.ip, port: PORT });
      await sim.sleep(50);
      expect(endpoint.stats()).toMatchObject({ resetsSent: 5, packetsStray: 51 });
      await sim.sleep(10_000);
      for (let at = 0; at < 50; at++) stranger.send(data, { host: a.ip, port: PORT });
      await sim.sleep(50);
      expect(endpoint.stats().resetsSent).toBe(10);
    });
  });

  it("opens no more channels than it may", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      await new Server().open(a.world, {});
      const to = { host: a.ip, port: PORT };
      const client = await openClient(
        b.world,
        { kind: "checksum" },
        { limits: { maxChannels: 2, maxOpenings: 1 } },
      );
      const both = [codeOf(client.connect(to)), codeOf(client.connect(to))];
      expect(await Promise.all(both)).toEqual([undefined, "CHANNEL_LIMIT"]);
      expect(await codeOf(client.connect(to))).toBeUndefined();
      expect(await codeOf(client.connect(to))).toBe("CHANNEL_LIMIT");
    });
  });

  it("counts those that are being opened, and names the limit that was reached", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      await new Server().open(a.world, {});
      const limits = { maxChannels: 3, maxOpenings: 5 };
      const server = new Server();
      const client = await server.open(b.world, { limits });
      const to = { host: a.ip, port: PORT };
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => client.connect(to)));
      expect(client.stats()).toMatchObject({ channels: 3, openings: 0 });
      const failures = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(failures.map(({ reason }) => reason.details)).toEqual(
        Array.from({ length: 2 }, () => ({ limit: "maxChannels" })),
      );
      const few = await openClient(b.world, { kind: "checksum" }, { limits: { maxOpenings: 1 } });
      const [, second] = await Promise.allSettled([few.connect(to), few.connect(to)]);
      expect((second as PromiseRejectedResult).reason.message).toContain("raise maxOpenings");
    });
  });

  it("refuses a peer for whom its own openings leave no room", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const [a, b] = [sim.node("a"), sim.node("b")];
      const endpoint = await new Server().open(a.world, { limits: { maxChannels: 1 } });
      const client = await openClient(b.world, { kind: "checksum" });
      // Nobody answers there.
      const opening = codeOf(endpoint.connect({ host: b.ip, port: PORT }, { timeoutMs: 2000 }));
      await sim.sleep(10);
      const to = { host: a.ip, port: PORT };
      expect(await codeOf(client.connect(to))).toBe("CHANNEL_REFUSED");
      expect(await opening).toBe("CHANNEL_TIMEOUT");
      expect(await codeOf(client.connect(to))).toBeUndefined();
    });
  });

  it("is not opened with limits that are none", async () => {
    const sim = new Simulation({ seed: 1 });
    await sim.run(async () => {
      const { world } = sim.node("a");
      const windows = [{ receiveWindowBytes: 100 }, { receiveWindowBytes: 2 ** 27 }];
      for (const limits of [{ maxChannels: 0 }, { timeoutMs: Number.NaN }, { keepaliveMs: -1 }, ...windows]) {
        await expect(openClient(world, shared, { limits })).rejects.toThrow(RangeError);
      }
      await openClient(world, shared, { limits: { keepaliveMs: 0 } });
    });
  });
});
