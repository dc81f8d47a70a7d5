/** Mailboxes over perfect channels in simulated time: the meanings of `send`, waiting, credit, requests, and every failure. */
import { setMaxListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { FakeNetwork } from "../../../test/support/fake-channels.ts";
import { Simulation } from "../../sim/index.ts";
import { type Address, isCoterieError, sleep, type World } from "../../world/index.ts";
import { encodeFrame, FrameType } from "./frames.ts";
import { Mailboxes } from "./mailboxes.ts";
import type { MailLimits } from "./options.ts";

const text = (message: Uint8Array | undefined) =>
  message === undefined ? undefined : new TextDecoder().decode(message);
const bytes = (message: string) => new TextEncoder().encode(message);

const LATENCY_MS = 10;

interface Site {
  readonly sim: Simulation;
  readonly network: FakeNetwork;
  readonly directory: Map<string, Address>;
  readonly mail: (name: string) => Mailboxes;
  readonly world: (name: string) => World;
  readonly address: (name: string) => Address;
}

/** Nodes a and b with mail between them; b's mailboxes are those of the directory. */
async function site(
  run: (site: Site) => Promise<void>,
  limits: Partial<MailLimits> = {},
  pendingBytes = 64 * 1024,
): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const network = new FakeNetwork(sim.random, { latencyMs: LATENCY_MS, pendingBytes });
  const directory = new Map<string, Address>();
  const mails = new Map<string, Mailboxes>();
  const address = (name: string) => ({ host: sim.node(name).ip, port: 7 });
  await sim.run(async () => {
    for (const name of ["a", "b", "c"]) {
      await sim.node(name).start((world) => {
        const mail = new Mailboxes(world, {
          node: name,
          limits,
          connect: (to) => network.connect(address(name), to, world),
          locate: (mailbox) => directory.get(mailbox),
        });
        network.join(address(name), world, (channel) => mail.accept(channel));
        mails.set(name, mail);
      });
    }
    const mail = (name: string) => mails.get(name) as Mailboxes;
    await run({ sim, network, directory, mail, address, world: (name) => sim.node(name).world });
    for (const each of mails.values()) each.close();
  });
}

/** The code and fate of a rejection. */
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return isCoterieError(error) ? `${error.code} ${error.details.fate}` : String(error);
  }
}

/** When a promise settled, in simulated time since now. */
function timed(sim: Simulation, promise: Promise<unknown>): Promise<number> {
  const startMs = sim.nowMs;
  return promise.then(() => Math.round(sim.nowMs - startMs));
}

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
