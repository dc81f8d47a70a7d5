/** Each way out of the simulation is closed, says so, and is open again for everybody else. */
import nodeCrypto, { randomBytes } from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import { setTimeout as nodeSetTimeout } from "node:timers";
import { setTimeout as pause, scheduler } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isCoterieError } from "../world/index.ts";
import { Simulation } from "./index.ts";

/** What leaks, and what the message must name. */
const LEAKS: readonly (readonly [string, () => unknown, string])[] = [
  ["Date.now", () => Date.now(), "world.clock"],
  ["new Date()", () => new Date(), "world.clock"],
  ["Date()", () => Date(), "world.clock"],
  ["performance.now", () => performance.now(), "world.clock"],
  ["process.hrtime", () => process.hrtime(), "world.clock"],
  ["process.hrtime.bigint", () => process.hrtime.bigint(), "world.clock"],
  ["process.uptime", () => process.uptime(), "world.clock"],
  ["Math.random", () => Math.random(), "world.random"],
  ["crypto.getRandomValues", () => crypto.getRandomValues(new Uint8Array(4)), "world.random"],
  ["crypto.randomUUID", () => crypto.randomUUID(), "world.random"],
  ["crypto.randomBytes", () => randomBytes(4), "world.random"],
  ["crypto.randomInt", () => nodeCrypto.randomInt(4), "world.random"],
  ["crypto.subtle.digest", () => crypto.subtle.digest("SHA-256", new Uint8Array(4)), "world.crypto"],
  ["crypto.subtle.sign", () => crypto.subtle.sign("HMAC", {} as never, new Uint8Array(4)), "world.crypto"],
  ["setTimeout", () => setTimeout(() => {}, 1), "world.timers"],
  ["setInterval", () => setInterval(() => {}, 1), "world.timers"],
  ["setImmediate", () => setImmediate(() => {}), "world.timers"],
  ["timers.setTimeout", () => nodeSetTimeout(() => {}, 1), "world.timers"],
  ["timers/promises.setTimeout", () => pause(1), "world.timers"],
  ["timers/promises.scheduler.wait", () => scheduler.wait(1), "world.timers"],
  ["AbortSignal.timeout", () => AbortSignal.timeout(1), "world.timers"],
  ["fetch", () => fetch("http://127.0.0.1:1/"), "world.net"],
  ["MessageChannel", () => new MessageChannel(), "world.net"],
  ["net.Socket.connect", () => net.connect(1, "127.0.0.1"), "world.net"],
  ["net.Server.listen", () => net.createServer().listen(0), "world.net"],
  ["dgram.Socket.bind", () => dgram.createSocket("udp4").bind(0), "world.net"],
  ["dgram.Socket.send", () => dgram.createSocket("udp4").send("x", 1, "127.0.0.1"), "world.net"],
  ["dns.lookup", () => dns.lookup("localhost", () => {}), "world.net.resolve"],
];

async function failureOf(run: () => Promise<unknown>): Promise<Error> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing failed");
}

describe("a leak fails the run, and the message names it", () => {
  it.each(LEAKS)("%s", async (what, leak, instead) => {
    const direct = new Simulation({ seed: 1 });
    const error = await failureOf(() => direct.run(() => void leak()));
    expect(isCoterieError(error, "SIM_LEAK")).toBe(true);
    expect(error.message).toContain(`used ${what}: use ${instead} instead`);
    // In a handler of a node, after an await, and with the error swallowed, it fails just the same.
    const later = new Simulation({ seed: 1 });
    const swallowed = await failureOf(() =>
      later.run(async () => {
        await later.node("a").start(async (world) => {
          await world.net.resolve("localhost");
          try {
            leak();
          } catch {
            // Code that catches everything must not hide it.
          }
        });
        await later.sleep(10);
      }),
    );
    expect(isCoterieError(swallowed, "SIM_LEAK")).toBe(true);
  });

  it("leaves arithmetic on dates, consoles and abort signals alone", async () => {
    const sim = new Simulation({ seed: 1 });
    const year = await sim.run(async () => {
      console.debug("simulated code may print");
      new AbortController().abort();
      expect(new Date(0)).toBeInstanceOf(Date);
      expect(Date.UTC(2026, 0, 1)).toBe(1_767_225_600_000);
      await sim.sleep(1);
      return new Date(1_767_225_600_000).getUTCFullYear();
    });
    expect(year).toBe(2026);
  });

  it("gives everything back afterwards, also after a failure", async () => {
    const before = [
      Date,
      Date.now,
      Math.random,
      setTimeout,
      performance.now,
      fetch,
      net.Socket.prototype.connect,
    ];
    for (const fail of [false, true]) {
      const sim = new Simulation({ seed: 1 });
      await sim
        .run(async () => {
          await sim.sleep(1);
          if (fail) throw new Error("on purpose");
        })
        .catch(() => {});
      const after = [
        Date,
        Date.now,
        Math.random,
        setTimeout,
        performance.now,
        fetch,
        net.Socket.prototype.connect,
      ];
      expect(after.every((value, at) => value === before[at])).toBe(true);
    }
    expect(Date.now()).toBeGreaterThan(1_700_000_000_000);
    expect(randomBytes(4).length).toBe(4);
    expect((await crypto.subtle.digest("SHA-256", new Uint8Array(1))).byteLength).toBe(32);
    await pause(1);
  });
});
