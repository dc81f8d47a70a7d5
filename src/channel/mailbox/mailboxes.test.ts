/** Mailboxes over perfect channels in simulated time: the meanings of `send`, waiting, credit and requests. */
import { describe, expect, it } from "vitest";
import { bytes, failure, LATENCY_MS, site, text, timed } from "../../../test/support/mail-site.ts";
import { sleep } from "../../world/index.ts";

describe("send returns", () => {
  it("when the mail is buffered here, delivered, or received: as it is told", async () => {
    await site(async ({ sim, mail, directory, address }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      await mail("a").send("box", bytes("first"), { until: "delivered" });
      const buffered = timed(sim, mail("a").send("box", bytes("1"), { until: "buffered" }));
      const delivered = timed(sim, mail("a").send("box", bytes("2"), { until: "delivered" }));
      const received = timed(sim, mail("a").send("box", bytes("3"), { until: "received" }));
      await sim.sleep(100);
      expect(box.length).toBe(4);
      for (const expected of ["first", "1", "2", "3"]) expect(text(box.poll()?.message)).toBe(expected);
      expect([await buffered, await delivered]).toEqual([0, 2 * LATENCY_MS]);
      expect(await received).toBe(100 + LATENCY_MS);
    });
  });

  it("the same of a mailbox of the same node, without a network", async () => {
    await site(async ({ sim, mail, network }) => {
      const box = mail("a").open("box");
      const times = (["buffered", "delivered", "received"] as const).map((until) =>
        timed(sim, mail("a").send("box", bytes(until), { until })),
      );
      await sim.sleep(50);
      expect(["buffered", "delivered", "received"]).toEqual([1, 2, 3].map(() => text(box.poll()?.message)));
      expect(await Promise.all(times)).toEqual([0, 0, 50]);
      expect(network.openChannels).toBe(0);
    });
  });

  it("and leaves the message to its owner once it is buffered", async () => {
    await site(async ({ mail, directory, address }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      const message = bytes("as sent");
      expect(mail("a").post("box", message)).toBe(true);
      message.fill(0);
      expect(text((await box.receive())?.message)).toBe("as sent");
    });
  });
});

describe("receive", () => {
  it("waits for mail, and serves those who wait in order", async () => {
    await site(async ({ sim, mail, directory, address }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      const waiting = [box.receive(), box.receive(), box.receive()];
      await sim.sleep(5);
      for (const message of ["x", "y", "z"]) mail("a").post("box", bytes(message));
      const got = await Promise.all(waiting);
      expect(got.map((received) => text(received?.message))).toEqual(["x", "y", "z"]);
    });
  });

  it("gives up after its time, at its signal, and when the mailbox closes; mail is then for the next", async () => {
    await site(async ({ sim, mail }) => {
      const box = mail("a").open("box");
      const [startMs, abort] = [sim.nowMs, new AbortController()];
      const aborted = failure(box.receive({ signal: abort.signal }));
      expect(await box.receive({ timeoutMs: 30 })).toBeUndefined();
      expect(sim.nowMs - startMs).toBeCloseTo(30);
      abort.abort("enough");
      expect(await aborted).toBe("enough");
      expect(await failure(box.receive({ signal: abort.signal }))).toBe("enough");
      await mail("a").send("box", bytes("later"), { until: "delivered" });
      expect(text((await box.receive({ timeoutMs: 0 }))?.message)).toBe("later");
      const closed = failure(box.receive());
      box.close();
      expect(await closed).toBe("MAILBOX_CLOSED never");
      expect(await failure(box.receive())).toBe("MAILBOX_CLOSED never");
    });
  });

  it("keeps nothing for long of those who have given up, and finds those who have not", async () => {
    await site(async ({ sim, mail }) => {
      const box = mail("a").open("box");
      const patient = [box.receive(), box.receive()];
      for (let n = 0; n < 1000; n++) expect(await box.receive({ timeoutMs: 1 })).toBeUndefined();
      patient.push(box.receive());
      for (const message of ["1", "2", "3"]) mail("a").post("box", bytes(message));
      await sim.sleep(1);
      expect((await Promise.all(patient)).map((received) => text(received?.message))).toEqual([
        "1",
        "2",
        "3",
      ]);
      expect(box.length).toBe(0);
    });
  });

  it("tells a program that polls when mail comes", async () => {
    await site(async ({ mail, directory, address }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      const got: (string | undefined)[] = [];
      box.onArrival = () => {
        for (let next = box.poll(); next !== undefined; next = box.poll()) got.push(text(next.message));
      };
      for (let n = 0; n < 1000; n++) mail("a").post("box", bytes(`${n}`));
      await mail("a").send("box", bytes("end"));
      expect(got).toEqual([...Array.from({ length: 1000 }, (_, n) => `${n}`), "end"]);
    });
  });

  it("is in order for a program of the same node that polls, and that sends to itself, however much there is", async () => {
    await site(async ({ sim, mail }) => {
      const box = mail("a").open("box", { maxMessages: 4 });
      const got: number[] = [];
      const drain = () => {
        for (let next = box.poll(); next !== undefined; next = box.poll()) {
          const n = Number(text(next.message));
          got.push(n);
          if (n >= 20_000 && n < 40_000) mail("a").post("box", bytes(`${n + 1}`));
        }
      };
      for (let n = 0; n <= 20_000; n++) expect(mail("a").post("box", bytes(`${n}`))).toBe(true);
      await sim.sleep(1);
      expect(box.length).toBeLessThanOrEqual(4);
      box.onArrival = drain;
      drain();
      await sim.sleep(1);
      expect(got).toEqual(Array.from({ length: 40_001 }, (_, n) => n));
    });
  });
});

describe("a full mailbox", () => {
  it("holds back its own senders, through to send, and nobody else who shares the channel", async () => {
    await site(
      async ({ sim, mail, directory, address }) => {
        const full = mail("b").open("full", { maxMessages: 4, maxBytes: 4000 });
        const other = mail("b").open("other");
        for (const name of ["full", "other"]) directory.set(name, address("b"));
        let buffered = 0;
        const sends = Array.from({ length: 40 }, (_, n) =>
          mail("a")
            .send("full", bytes(`${n}`), { until: "buffered" })
            .then(() => void buffered++),
        );
        await sim.sleep(1000);
        expect([full.length, buffered]).toEqual([4, 4 + 10]);
        expect(mail("a").post("full", bytes("no room"))).toBe(false);
        const passed = mail("a").send("other", bytes("passes"));
        expect(text((await other.receive())?.message)).toBe("passes");
        await passed;
        for (let n = 0; n < 40; n++) expect(text((await full.receive())?.message)).toBe(`${n}`);
        await Promise.all(sends);
        expect(await full.receive({ timeoutMs: 1000 })).toBeUndefined();
      },
      { maxBufferedMessages: 10 },
    );
  });

  it("is shared by many senders within its bounds, and all of their mail arrives in their order", async () => {
    await site(async ({ sim, mail, directory, address, world }) => {
      const box = mail("c").open("box", { maxMessages: 5, maxBytes: 300 });
      directory.set("box", address("c"));
      const send = async (from: string) => {
        for (let n = 0; n < 60; n++) {
          await mail(from).send("box", bytes(`${from}${n} `.padEnd(1 + ((n * 37) % 300))), {
            until: "delivered",
          });
        }
      };
      const senders = Promise.all(["a", "b", "c"].map(send));
      const next = new Map([..."abc"].map((from) => [from, 0]));
      for (let count = 0; count < 180; count++) {
        const received = text((await box.receive())?.message)?.trim() ?? "";
        const from = received[0] as string;
        if (received.length > 1) expect(received).toBe(`${from}${next.get(from)}`);
        next.set(from, (next.get(from) ?? 0) + 1);
        if (count % 20 === 0) await sleep(world("c").timers, 50);
        expect(box.length).toBeLessThanOrEqual(5);
      }
      await senders;
      expect([...next.values()]).toEqual([60, 60, 60]);
      expect(sim.nowMs).toBeLessThan(60_000);
    });
  });

  it("is not held up by a sender whose large mail was given up, and which has credit for the next", async () => {
    await site(async ({ sim, mail, directory, address }) => {
      const box = mail("c").open("box", { maxMessages: 16, maxBytes: 104 });
      directory.set("box", address("c"));
      for (const from of ["a", "b"]) await mail(from).send("box", bytes(from), { until: "delivered" });
      while (box.poll() !== undefined);
      await sim.sleep(100);
      // Both want more than their credit, and the one who is second gives its mail up before its credit is called back.
      const whole = mail("a").send("box", new Uint8Array(104));
      await sim.sleep(LATENCY_MS / 2);
      const givenUp = failure(mail("b").send("box", new Uint8Array(80), { timeoutMs: 0 }));
      const small = mail("b").send("box", bytes("small"));
      expect(await givenUp).toBe("MAILBOX_UNSENT never");
      const lengths = [await box.receive({ timeoutMs: 1000 }), await box.receive({ timeoutMs: 1000 })];
      expect(lengths.map((received) => received?.message.length).sort()).toEqual([104, 5]);
      await Promise.all([whole, small]);
    });
  });

  it("takes no mail that is larger than itself", async () => {
    await site(async ({ mail, directory, address }) => {
      const box = mail("b").open("box", { maxBytes: 100 });
      mail("a").open("local", { maxBytes: 100 });
      directory.set("box", address("b"));
      for (const name of ["box", "local"]) {
        expect(await failure(mail("a").send(name, new Uint8Array(101)))).toBe("MAILBOX_TOO_LARGE never");
      }
      await mail("a").send("box", new Uint8Array(100), { until: "delivered" });
      expect(box.poll()?.message.length).toBe(100);
    });
  });

  it("refuses a send when too many wait already", async () => {
    await site(
      async ({ mail }) => {
        mail("a").open("box", { maxMessages: 1 });
        const sends = Array.from({ length: 5 }, () =>
          failure(mail("a").send("box", bytes("x"), { timeoutMs: 100 })),
        );
        expect(await Promise.all(sends)).toEqual([
          "MAILBOX_LOST unknown",
          "MAILBOX_UNSENT never",
          "MAILBOX_UNSENT never",
          "MAILBOX_BUSY never",
          "MAILBOX_BUSY never",
        ]);
      },
      { maxBufferedMessages: 2, maxWaiting: 1 },
    );
  });
});

describe("a request", () => {
  it("is answered by the program that received it, near and far, in any order", async () => {
    await site(async ({ mail, directory, address }) => {
      directory.set("far", address("b"));
      for (const [node, name] of [
        ["b", "far"],
        ["a", "near"],
      ] as const) {
        const box = mail(node).open(name);
        const answers = Array.from({ length: 10 }, (_, n) => mail("a").request(name, bytes(`question ${n}`)));
        const questions = [];
        for (let n = 0; n < 10; n++) questions.push(await box.receive());
        for (const question of questions.reverse()) {
          expect(question?.reply?.(bytes(`answer to ${text(question.message)}`))).toBe(true);
          expect(question?.reply?.(bytes("again"))).toBe(true);
        }
        expect((await Promise.all(answers)).map(text)).toEqual(
          Array.from({ length: 10 }, (_, n) => `answer to question ${n}`),
        );
        expect(mail("a").stats().requests).toBe(0);
      }
    });
  });

  it("of which nothing is heard fails in time, with an unknown fate; the late answer goes nowhere", async () => {
    await site(async ({ sim, mail, directory, address }) => {
      const box = mail("b").open("box");
      directory.set("box", address("b"));
      const answer = failure(mail("a").request("box", bytes("?"), { timeoutMs: 500 }));
      const question = await box.receive();
      await sim.sleep(1000);
      expect(await answer).toBe("MAILBOX_LOST unknown");
      question?.reply?.(bytes("late"));
      await sim.sleep(100);
      expect(mail("a").stats()).toMatchObject({ requests: 0, unsent: 0 });
      await mail("a").send("box", bytes("goes on"), { until: "delivered" });
    });
  });

  it("is answered later when too many answers wait to leave; one that nobody waits for is taken, and goes nowhere", async () => {
    await site(
      async ({ sim, mail, directory, address, network }) => {
        const box = mail("b").open("box");
        directory.set("box", address("b"));
        const answers = ["1", "2"].map((question) => mail("a").request("box", bytes(question)));
        const [first, second] = [await box.receive(), await box.receive()];
        expect(first?.reply?.(new Uint8Array(100))).toBe(true);
        expect(second?.reply?.(bytes("!"))).toBe(false);
        await sim.sleep(1);
        expect(second?.reply?.(bytes("!"))).toBe(true);
        expect((await Promise.all(answers)).map(({ length }) => length)).toEqual([100, 1]);
        const lost = failure(mail("a").request("box", bytes("3")));
        const third = await box.receive();
        network.severBetween(address("a"), address("b"));
        expect(await lost).toBe("MAILBOX_LOST unknown");
        expect(third?.reply?.(new Uint8Array(100))).toBe(true);
        expect(third?.reply?.(bytes("!"))).toBe(true);
      },
      { maxReplyBytes: 50 },
    );
  });

  it("is refused when too many are not answered", async () => {
    await site(
      async ({ sim, mail }) => {
        const box = mail("a").open("box");
        const answers = [1, 2].map(() => mail("a").request("box", bytes("?")));
        await sim.sleep(10);
        expect(await failure(mail("a").request("box", bytes("?")))).toBe("MAILBOX_BUSY never");
        for (const _ of answers) box.poll()?.reply?.(bytes("!"));
        expect((await Promise.all(answers)).map(text)).toEqual(["!", "!"]);
        // Those that have not left yet count as well.
        const asked = [1, 2, 3].map(() => mail("a").request("box", bytes("?")));
        expect(await failure(asked[2] as Promise<unknown>)).toBe("MAILBOX_BUSY never");
        expect(mail("a").stats().requests).toBe(2);
        for (const _ of [1, 2]) (await box.receive())?.reply?.(bytes("!"));
        expect((await Promise.all(asked.slice(0, 2))).map(text)).toEqual(["!", "!"]);
        expect(mail("a").stats().requests).toBe(0);
      },
      { maxRequests: 2 },
    );
  });

  it("is not asked for where the sender wants none", async () => {
    await site(async ({ mail }) => {
      const box = mail("a").open("box");
      mail("a").post("box", bytes("no question"));
      expect((await box.receive())?.reply).toBeUndefined();
    });
  });
});
