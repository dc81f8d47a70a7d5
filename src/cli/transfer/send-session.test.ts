// A sender whose receiver is there and gets nothing done, in simulated time.
import { expect, test } from "vitest";
import { TestSource, TestStore } from "../../../test/support/transfer-rig.ts";
import { openEndpoint, type TransferStore } from "../../channel/index.ts";
import { Simulation } from "../../sim/index.ts";
import type { World } from "../../world/index.ts";
import { CHANNEL_LIMITS } from "./peer.ts";
import { ReceiveService } from "./receive-service.ts";
import { SendSession, STALL_MS } from "./send-session.ts";

const PORT = 7817;

/** Sends a file to a receiver whose disk takes `settleMs` to make it durable; the outcome, and after how long. */
async function sendTo(settleMs: number): Promise<{ outcome: unknown; elapsedMs: number }> {
  const sim = new Simulation({ seed: 1 });
  const [receiver, sender] = [sim.node("receiver"), sim.node("sender")];
  const files = new TestStore();
  const store: TransferStore = {
    open: async (offer) => {
      const target = await files.open(offer);
      const settle = target.settle.bind(target);
      return Object.assign(target, {
        settle: async (size: number) => {
          await sim.sleep(settleMs);
          await settle(size);
        },
      });
    },
  };
  return sim.run(async () => {
    await receiver.start(async (world: World) => {
      const ignored = { onProgress() {}, onReceived() {}, onFailed() {}, onSessionEnd() {} };
      const onBroken = (error: unknown) => {
        throw error;
      };
      const service = new ReceiveService(world, { forSession: () => store }, { ...ignored, onBroken });
      const onChannel = service.accept.bind(service);
      await openEndpoint(world, { bind: { host: "0.0.0.0", port: PORT }, limits: CHANNEL_LIMITS, onChannel });
    });
    return sender.start(async (world: World) => {
      const endpoint = await openEndpoint(world, {
        bind: { host: "0.0.0.0", port: 0 },
        limits: CHANNEL_LIMITS,
      });
      const session = new SendSession(world, {
        endpoint,
        to: { host: receiver.ip, port: PORT },
        keyFrom: undefined,
        timeoutMs: 60_000,
        onProgress: () => {},
        onRetry: () => {},
      });
      const outcome = await session.send(new TestSource("f", new Uint8Array(5000))).catch((error) => error);
      return { outcome, elapsedMs: sim.nowMs };
    });
  });
}

test("a receiver whose disk takes long is waited for", async () => {
  const { outcome, elapsedMs } = await sendTo(STALL_MS - 60_000);
  expect(outcome).toMatchObject({ size: 5000, sentBytes: 5000 });
  expect(elapsedMs).toBeGreaterThan(STALL_MS - 60_000);
});

test("one whose disk hangs is given up in the end, and it is told why", async () => {
  const { outcome, elapsedMs } = await sendTo(100 * STALL_MS);
  expect(outcome).toMatchObject({ code: "TRANSFER_INTERRUPTED" });
  expect(String(outcome)).toContain("got nothing done for 30 minutes");
  expect(elapsedMs).toBeLessThan(STALL_MS + 1000);
});
