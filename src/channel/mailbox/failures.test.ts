/** What fails, and what its sender may conclude; and the ways to mailboxes, which come and go. */
import { setMaxListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { bytes, failure, LATENCY_MS, site, text } from "../../../test/support/mail-site.ts";
import { encodeFrame, FrameType } from "./frames.ts";
import { Mailboxes } from "./mailboxes.ts";

describe("what fails", () => {
  it("is told as never received where that is certain", async () => {
    await site(async ({ sim, mail, directory, address, network }) => {
      expect(await failure(mail("a").send("nowhere", bytes("x")))).toBe("MAILBOX_UNKNOWN never");
      directory.set("absent", address("b"));
      expect(await failure(mail("a").send("absent", bytes("x")))).toBe("MAILBOX_UNKNOWN never");
      network.isCut = true;
      directory.set("cut", address("c"));
      const startMs = sim.nowMs;
      expect(await failure(mail("a").send("cut", bytes("x"), { timeoutMs: 2000 }))).toBe(
        "MAILBOX_UNSENT never",
      );
      expect(sim.nowMs - startMs).toBeLessThan(2100);
      const why = await mail("a")
        .send("cut", bytes("x"), { timeoutMs: 2000 })
        .catch((error: unknown) => error);
      expect(why).toMatchObject({ code: "MAILBOX_UNSENT", cause: { code: "CHANNEL_TIMEOUT" } });
      const posted = mail("a").post("cut", bytes("y"));
      await sim.sleep(31_000);
      expect([posted, mail("a").stats().unsent]).toEqual([true, 1]);
      expect(await failure(mail("a").send("cut", bytes("z"), { signal: AbortSignal.abort("now") }))).toBe(
        "now",
      );
    });
  });

  it("leaves with its signal while it waits, and never comes", async () => {
    await site(async ({ sim, mail, directory, address, network }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      network.isCut = true;
      const abort = new AbortController();
      const sent = failure(mail("a").send("box", bytes("taken back"), { signal: abort.signal }));
      const kept = mail("a").send("box", bytes("kept"));
      await sim.sleep(100);
      abort.abort("changed my mind");
      network.isCut = false;
      expect(await sent).toBe("changed my mind");
      expect(text((await box.receive())?.message)).toBe("kept");
      await kept;
    });
  });

  it("leaves with its signal in the very turn in which it was sent, near and far, and thousands of mails do so at once", async () => {
    await site(async ({ sim, mail, directory, address, world }) => {
      directory.set("far", address("b"));
      for (const [node, name] of [
        ["a", "near"],
        ["b", "far"],
      ] as const) {
        const box = mail(node).open(name);
        await mail("a").send(name, bytes("first"), { until: "delivered" });
        const abort = new AbortController();
        const { signal } = abort;
        setMaxListeners(0, signal);
        const sends = Array.from({ length: 5000 }, () =>
          failure(mail("a").send(name, bytes("x"), { signal })),
        );
        const clock = vi.spyOn(world("a").clock, "monotonicMs");
        abort.abort("all of it");
        expect(mail("a").post(name, bytes("kept"))).toBe(true);
        expect(new Set(await Promise.all(sends))).toEqual(new Set(["all of it"]));
        await sim.sleep(1000);
        // All were forgotten in one go: who looks through all for each is not done for long.
        expect(clock.mock.calls.length).toBeLessThan(20);
        clock.mockRestore();
        expect([text(box.poll()?.message), text(box.poll()?.message), box.length]).toEqual([
          "first",
          "kept",
          0,
        ]);
        expect(mail("a").stats().unsent).toBe(0);
      }
    });
  });

  it("is told as unknown when the channel is lost after it left; what had not left goes by the next channel", async () => {
    await site(async ({ sim, mail, directory, address, network }) => {
      const box = mail("b").open("box", { maxMessages: 2 });
      directory.set("box", address("b"));
      await mail("a").send("box", bytes("0"), { until: "delivered" });
      const outcomes = ["1", "2", "3"].map((message) => failure(mail("a").send("box", bytes(message))));
      await sim.sleep(100);
      expect(box.length).toBe(2);
      network.severBetween(address("a"), address("b"));
      await sim.sleep(1000);
      const got = [];
      for (let n = 0; n < 4; n++) got.push(text((await box.receive({ timeoutMs: 1000 }))?.message));
      expect(got).toEqual(["0", "1", "2", "3"]);
      expect(await Promise.all(outcomes)).toEqual(["MAILBOX_LOST unknown", "none", "none"]);
      expect(mail("b").stats().sessions).toBe(1);
    });
  });

  it("of a mailbox that closes is what nobody had received; it may open again", async () => {
    await site(async ({ sim, mail, directory, address }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      const received = failure(mail("a").send("box", bytes("received")));
      const dropped = failure(mail("a").send("box", bytes("dropped")));
      const asked = failure(mail("a").request("box", bytes("asked")));
      await sim.sleep(200);
      expect(text(box.poll()?.message)).toBe("received");
      box.close();
      expect(await Promise.all([received, dropped, asked])).toEqual([
        "none",
        "MAILBOX_CLOSED never",
        "MAILBOX_CLOSED unknown",
      ]);
      const again = mail("b").open("box");
      const sent = mail("a").send("box", bytes("new"));
      expect(text((await again.receive())?.message)).toBe("new");
      await sent;
    });
  });

  it("is unknown when the other node breaks the protocol: its channel is dropped, and the next one serves", async () => {
    await site(async ({ sim, mail, directory, address, network, world }) => {
      const honest = mail("c");
      const box = honest.open("box");
      directory.set("box", address("c"));
      const opened = encodeFrame({ type: FrameType.MAILBOX_OPENED, opened: { box: 1, bytes: 100 } });
      const granted = encodeFrame({
        type: FrameType.MAILBOX_GRANT,
        granted: { box: 1, messages: 1, bytes: 100 },
      });
      network.join(address("c"), world("c"), (channel) => {
        channel.send(opened);
        channel.send(granted);
        // Answers the mail itself, which comes after hello and open, with nonsense.
        let frames = 0;
        channel.onMessage = () => ++frames === 3 && channel.send(bytes("nonsense"));
      });
      const [first, second] = ["1", "2"].map((message) => mail("a").send("box", bytes(message)));
      const error = await first?.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "MAILBOX_LOST", details: { fate: "unknown" } });
      expect(error).toMatchObject({ cause: { code: "MAILBOX_VIOLATION" } });
      network.join(address("c"), world("c"), (channel) => honest.accept(channel));
      expect(text((await box.receive())?.message)).toBe("2");
      await second;
      await sim.sleep(1000);
      expect(honest.stats().sessions).toBe(1);
    });
  });

  it("when the node's mail stops is all that waits", async () => {
    await site(async ({ sim, mail, directory, address, network }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      const sent = failure(mail("a").send("box", bytes("sent")));
      await sim.sleep(100);
      const local = failure(mail("a").open("local").receive());
      mail("a").close();
      mail("a").close();
      expect(await sent).toBe("MAILBOX_STOPPED unknown");
      expect(await local).toBe("MAILBOX_CLOSED never");
      expect(await failure(mail("a").send("box", bytes("x")))).toBe("MAILBOX_STOPPED never");
      expect(mail("a").post("box", bytes("x"))).toBe(false);
      expect(() => mail("a").open("box")).toThrow("stopped");
      await sim.sleep(100);
      expect([network.openChannels, box.length]).toEqual([0, 1]);
    });
  });

  it("at once is misuse", async () => {
    await site(async ({ mail, world }) => {
      mail("a").open("box");
      expect(() => mail("a").open("box")).toThrow(RangeError);
      for (const name of ["", "x".repeat(129), "ä".repeat(65)]) {
        expect(() => mail("a").open(name)).toThrow(RangeError);
        expect(() => mail("a").send(name, bytes("x"))).toThrow(RangeError);
        expect(() => mail("a").post(name, bytes("x"))).toThrow(RangeError);
      }
      mail("a").open("ä".repeat(64));
      expect(() => mail("a").send("box", new Uint8Array(64 * 1024 * 1024))).toThrow(RangeError);
      const none = { connect: () => Promise.reject(), locate: () => undefined };
      expect(() => new Mailboxes(world("a"), { ...none, limits: { maxWaiting: 0 } })).toThrow(RangeError);
      expect(() => new Mailboxes(world("a"), { ...none, node: "" })).toThrow(RangeError);
      for (const timeoutMs of [-1, Number.NaN]) {
        expect(() => mail("a").send("box", bytes("x"), { timeoutMs })).toThrow(RangeError);
        expect(() => mail("a").open(`of ${timeoutMs}`).receive({ timeoutMs })).toThrow(RangeError);
      }
    });
  });
});

describe("ways", () => {
  it("to more mailboxes than may be are made by forgetting idle ones", async () => {
    await site(
      async ({ mail, directory, address }) => {
        for (let n = 0; n < 10; n++) {
          directory.set(`box${n}`, address("b"));
          const box = mail("b").open(`box${n}`);
          await mail("a").send(`box${n}`, bytes("x"), { until: "delivered" });
          expect(box.length).toBe(1);
        }
        expect(mail("a").stats().outboxes).toBe(3);
        directory.set("late", address("c"));
        const stuck = ["s0", "s1", "s2"].map((name) => {
          mail("a").open(name);
          return mail("a")
            .send(name, bytes("waits to be received"), { timeoutMs: 5000 })
            .catch(() => {});
        });
        expect(await failure(mail("a").send("late", bytes("x")))).toBe("MAILBOX_BUSY never");
        await Promise.all(stuck);
      },
      { maxBoxes: 3 },
    );
  });

  it("that are forgotten lose nothing of what is under way on them", async () => {
    await site(
      async ({ sim, mail, directory, address }) => {
        const boxes = ["box0", "box1"].map((name) => mail("b").open(name));
        for (const name of ["box0", "box1"]) directory.set(name, address("b"));
        for (let n = 0; n < 100; n++) mail("a").post("box0", bytes(`${n}`));
        // Long enough for the channel to open and the credit to come: the mail has left, and is still under way.
        await sim.sleep(5 * LATENCY_MS - 5);
        expect([boxes[0]?.length, mail("a").stats().outboxes]).toEqual([0, 1]);
        await mail("a").send("box1", bytes("last"), { until: "delivered" });
        expect([boxes[0]?.length, boxes[1]?.length]).toEqual([100, 1]);
        expect(mail("a").stats()).toMatchObject({ outboxes: 1, unsent: 0 });
      },
      { maxBoxes: 1 },
    );
  });

  it("to more mailboxes than the other node keeps open are refused, and the others serve on", async () => {
    await site(async ({ mail, directory, address, network, world }) => {
      const none = { connect: () => Promise.reject(), locate: () => undefined };
      const small = new Mailboxes(world("c"), { ...none, limits: { maxBoxes: 1 } });
      network.join(address("c"), world("c"), (channel) => small.accept(channel));
      for (const name of ["first", "second"]) {
        small.open(name);
        directory.set(name, address("c"));
      }
      await mail("a").send("first", bytes("x"), { until: "delivered" });
      expect(await failure(mail("a").send("second", bytes("x")))).toBe("MAILBOX_BUSY never");
      await mail("a").send("first", bytes("y"), { until: "delivered" });
      small.close();
    });
  });

  it("to nodes that are not needed any more are given up", async () => {
    await site(async ({ sim, mail, directory, address, network }) => {
      for (const node of ["b", "c", "b", "c", "b"]) {
        directory.set("absent", address(node));
        expect(await failure(mail("a").send("absent", bytes("x")))).toBe("MAILBOX_UNKNOWN never");
        await sim.sleep(1000);
        // One channel has two ends.
        expect(network.openChannels).toBe(2);
        expect(mail("a").stats().links).toBeLessThanOrEqual(2);
      }
    });
  });

  it("follow a mailbox that moves, once the old place does not have it", async () => {
    await site(async ({ mail, directory, address }) => {
      const old = mail("b").open("box");
      directory.set("box", address("b"));
      await mail("a").send("box", bytes("old"), { until: "delivered" });
      old.close();
      const moved = mail("c").open("box");
      directory.set("box", address("c"));
      const sent = failure(mail("a").send("box", bytes("told")));
      expect(await sent).toMatch(/^MAILBOX_(CLOSED|UNKNOWN) never$/);
      const second = mail("a").send("box", bytes("new"));
      expect(text((await moved.receive())?.message)).toBe("new");
      await second;
    });
  });

  it("carry large mail through a channel that takes little at once", async () => {
    await site(
      async ({ mail, directory, address }) => {
        const box = mail("b").open("box", { maxBytes: 4_000_000 });
        directory.set("box", address("b"));
        const large = Uint8Array.from({ length: 2_000_000 }, (_, n) => n % 251);
        const sends = [1, 2, 3, 4, 5].map(() => mail("a").send("box", large));
        for (let n = 0; n < 5; n++) {
          const { message } = (await box.receive()) ?? { message: new Uint8Array(0) };
          expect([message.length, message.every((byte, at) => byte === at % 251)]).toEqual([
            large.length,
            true,
          ]);
        }
        await Promise.all(sends);
      },
      {},
      1000,
    );
  });
});
