import { describe, expect, it } from "vitest";
import { MemoryPeople, schemaOf } from "../../../test/support/memory-people.ts";
import type { SharedObject } from "../machine/object.ts";
import { sharedCounter, sharedMap } from "../shared/index.ts";
import { memberName } from "../types.ts";

const NODES = ["a", "b", "c"];
const anyNumber = schemaOf<number>("a number", (value) => typeof value === "number");

/** What a member hears. */
function heard(people: MemoryPeople, node: string): unknown[] {
  const messages: unknown[] = [];
  people.of(node).on("deliver", ({ message, sender }) => messages.push([sender.node, message]));
  return messages;
}

describe("events", () => {
  it("tells views with who joined and left, and messages with their senders", async () => {
    const people = new MemoryPeople(NODES);
    const views: unknown[] = [];
    people.of("a").on("view", ({ view, joined, left, state }) => {
      views.push([view.id, joined.map(memberName), left.map(memberName), state]);
    });
    const messages = heard(people, "a");
    await people.outcome(people.of("b").multicast({ any: ["thing"] }));
    people.net.takeOut("b");
    people.net.letIn("b");
    expect(messages).toEqual([["b", { any: ["thing"] }]]);
    expect(views).toEqual([
      [2, [], ["b#1"], "self"],
      [3, ["b#2"], [], "self"],
    ]);
  });

  it("unsubscribes by the function that is returned, and by a signal", async () => {
    const people = new MemoryPeople(NODES);
    const controller = new AbortController();
    const told: string[] = [];
    const stop = people.of("a").on("deliver", () => told.push("one"));
    people.of("a").on("deliver", () => told.push("two"), { signal: controller.signal });
    await people.outcome(people.of("b").multicast(1));
    stop();
    await people.outcome(people.of("b").multicast(2));
    controller.abort();
    people.of("a").on("deliver", () => told.push("three"), { signal: controller.signal });
    await people.outcome(people.of("b").multicast(3));
    expect(told).toEqual(["one", "two", "two"]);
  });

  it("logs a handler that throws or whose promise fails, and goes on", async () => {
    const people = new MemoryPeople(NODES);
    people.of("a").on("deliver", () => {
      throw new Error("a handler's own");
    });
    people.of("a").on("deliver", async () => {
      throw new Error("a promise's own");
    });
    const messages = heard(people, "a");
    expect(await people.outcome(people.of("a").multicast(1))).toBeUndefined();
    expect(await people.outcome(people.of("a").multicast(2))).toBeUndefined();
    expect(messages).toEqual([
      ["a", 1],
      ["a", 2],
    ]);
    expect(people.log.filter((line) => line.includes("a handler's own"))).toHaveLength(2);
    expect(people.log.filter((line) => line.includes("a promise's own"))).toHaveLength(2);
  });

  it("has handlers that are there from the beginning, for what comes with the first view", async () => {
    const told: unknown[] = [];
    const people = new MemoryPeople(["a", "b"], (node) => ({
      on: {
        view: ({ view }) => told.push([node, view.id]),
        deliver: ({ message }) => told.push([node, message]),
      },
      answer: () => node,
    }));
    people.open("c");
    people.net.letIn("c");
    people.of("a").post("at once");
    while (people.net.step("c"));
    expect(told).toEqual([
      ["a", 1],
      ["b", 1],
      ["a", 2],
      ["b", 2],
      ["c", 2],
      ["c", "at once"],
    ]);
    const call = people.of("c").call(1);
    await people.settle();
    expect((await call).replies).toHaveLength(3);
  });

  it("bounds handlers, and refuses what is none", () => {
    const people = new MemoryPeople(NODES);
    for (let i = 0; i < 1024; i++) people.of("a").on("blocked", () => {});
    expect(() => people.of("a").on("blocked", () => {})).toThrow(RangeError);
    expect(() => people.of("a").on("view", undefined as unknown as () => void)).toThrow(TypeError);
  });
});

describe("messages with a schema", () => {
  it("are refused at the sender when they do not validate", async () => {
    const people = new MemoryPeople(NODES, () => ({ message: anyNumber }));
    const messages = heard(people, "b");
    const refused = people.of("a").multicast("text");
    await expect(refused).rejects.toThrow("not a number");
    await expect(refused).rejects.toMatchObject({
      code: "GROUP_INVALID_MESSAGE",
      details: { fate: "never" },
    });
    expect(() => people.of("a").post("text")).toThrow("here.1: not a number");
    expect(await people.outcome(people.of("a").multicast(7))).toBeUndefined();
    expect(messages).toEqual([["a", 7]]);
  });

  it("are reported at a receiver whose schema they do not fit, and not delivered", async () => {
    const people = new MemoryPeople(NODES, (node) => (node === "b" ? { message: anyNumber } : {}));
    const messages = heard(people, "b");
    const invalid: string[] = [];
    people.of("b").on("invalid", ({ sender, error }) => invalid.push(`${sender.node} ${error.message}`));
    await people.outcome(people.of("a").multicast("text"));
    await people.outcome(people.of("a").multicast(8));
    expect(messages).toEqual([["a", 8]]);
    expect(invalid).toEqual(["a the value is not what its schema allows: here.1: not a number"]);
  });

  it("logs what is no frame at all", async () => {
    const people = new MemoryPeople(NODES);
    const messages = heard(people, "b");
    people.net.port("a").multicast("total", "atomic", new Uint8Array([0, 0, 0, 77]));
    await people.outcome(people.of("a").multicast(1));
    expect(messages).toEqual([["a", 1]]);
    expect(people.log.filter((line) => line.startsWith("group frame is none"))).toHaveLength(3);
  });
});

describe("the promise of a multicast", () => {
  it("resolves when its guarantee is known", async () => {
    const people = new MemoryPeople(NODES);
    const { net } = people;
    const done: string[] = [];
    const send = (guarantee: "unreliable" | "reliable" | "atomic") =>
      people
        .of("a")
        .multicast(1, { order: "fifo", guarantee })
        .then(() => done.push(guarantee));
    for (const guarantee of ["unreliable", "reliable", "atomic"] as const) void send(guarantee);
    await Promise.resolve().then(() => {});
    await Promise.resolve().then(() => {});
    expect(done).toEqual(["unreliable", "reliable"]);
    for (const node of ["a", "a", "a", "b", "b", "b", "c", "c"]) net.step(node);
    await Promise.resolve();
    expect(done).toEqual(["unreliable", "reliable"]);
    await people.settle();
    expect(done).toEqual(["unreliable", "reliable", "atomic"]);
  });

  it("is a fate unknown when the member is taken out before", async () => {
    const people = new MemoryPeople(NODES);
    const atomic = people.of("a").multicast(1);
    atomic.catch(() => {});
    people.net.step("b");
    people.net.takeOut("a");
    expect(await people.outcome(atomic)).toBe("GROUP_FATE_UNKNOWN unknown");
  });

  it("says that what had not left never happens", async () => {
    const people = new MemoryPeople(NODES);
    people.net.block("a");
    const reliable = people.of("a").multicast(1, { guarantee: "reliable" });
    reliable.catch(() => {});
    people.net.takeOut("a");
    expect(await people.outcome(reliable)).toBe("GROUP_OUT never");
  });

  it("keeps the order of what waits for room, and takes no more than it may", async () => {
    const people = new MemoryPeople(NODES);
    const port = people.net.port("a");
    const messages = heard(people, "c");
    port.isFull = true;
    const waiting = [1, 2, 3].map((n) => people.of("a").multicast(n));
    const given = new AbortController();
    const dropped = people.of("a").multicast("dropped", { signal: given.signal });
    dropped.catch(() => {});
    given.abort();
    expect(people.of("a").post(4)).toBe(false);
    port.isFull = false;
    // What waits goes first.
    expect(people.of("a").post(5)).toBe(false);
    port.user.onRoom();
    expect(people.of("a").post(6)).toBe(true);
    expect(await people.outcome(Promise.all(waiting))).toEqual([undefined, undefined, undefined]);
    expect(await people.outcome(dropped)).toBe("AbortError");
    expect(messages.map((each) => (each as unknown[])[1])).toEqual([1, 2, 3, 6]);
    port.isFull = true;
    const many = Array.from({ length: 4097 }, (_, n) => people.of("a").multicast(n));
    for (const each of many) each.catch(() => {});
    expect(await people.outcome(many[4096] as Promise<void>)).toBe("GROUP_BUSY never");
    expect(await people.outcome(many[4095] as Promise<void>)).toBe("pending");
  });

  it("refuses orders that the guarantee cannot have, and what is too large, at once", () => {
    const people = new MemoryPeople(NODES);
    expect(() => people.of("a").multicast(1, { order: "total", guarantee: "unreliable" })).toThrow(
      RangeError,
    );
    expect(() => people.of("a").multicast("x".repeat(16 * 1024 * 1024))).toThrow(RangeError);
    expect(() => people.of("a").multicast(1, { guarantee: "safe" })).toThrow(RangeError);
  });
});

describe("a member that is cut off", () => {
  it("lets multicasts wait, or fail at once, and takes no posts", async () => {
    const people = new MemoryPeople(NODES);
    const messages = heard(people, "b");
    const events: string[] = [];
    people.of("a").on("blocked", () => events.push("blocked"));
    people.of("a").on("unblocked", () => events.push("unblocked"));
    const underWay = people.of("a").multicast("under way", { whenBlocked: "fail" });
    underWay.catch(() => {});
    people.net.block("a");
    expect(people.of("a").isBlocked).toBe(true);
    const waits = people.of("a").multicast("waits");
    const fails = people.of("a").multicast("fails", { whenBlocked: "fail" });
    expect(await people.outcome(fails)).toBe("GROUP_BLOCKED never");
    expect(await people.outcome(underWay)).toBe("GROUP_FATE_UNKNOWN unknown");
    expect(people.of("a").post("post")).toBe(false);
    people.net.unblock("a");
    expect(await people.outcome(waits)).toBeUndefined();
    expect(messages).toEqual([
      ["a", "under way"],
      ["a", "waits"],
    ]);
    people.net.block("a");
    people.net.takeOut("b");
    expect(people.of("a").isBlocked).toBe(false);
    expect(events).toEqual(["blocked", "unblocked", "blocked", "unblocked"]);
  });
});

describe("the end", () => {
  it("leaves with everything delivered that was sent before", async () => {
    const people = new MemoryPeople(NODES);
    const messages = heard(people, "c");
    const outs: unknown[] = [];
    people.of("a").on("out", ({ reason, isLast }) => outs.push([reason, isLast]));
    expect(people.of("a").post("last words")).toBe(true);
    await people.of("a").leave();
    await people.of("a").leave();
    expect(messages).toEqual([["a", "last words"]]);
    expect(outs).toEqual([["left", true]]);
    expect(await people.outcome(people.of("a").multicast(1))).toBe("GROUP_OUT never");
    expect(await people.outcome(people.of("a").call(1))).toBe("GROUP_OUT never");
    expect(people.of("a").post(1)).toBe(false);
    expect(people.of("b").view?.members.map(memberName)).toEqual(["b#1", "c#1"]);
  });

  it("rejects `ready` of one who is closed before it was let in", async () => {
    const people = new MemoryPeople(NODES);
    const late = people.open("late");
    await late.close();
    expect(await people.outcome(late.ready)).toBe("GROUP_OUT never");
  });

  it("ends the membership of one whose state cannot be captured when that is read, not before", () => {
    const object: SharedObject = {
      mode: "active",
      kind: "odd",
      apply: () => new Uint8Array(0),
      viewChanged: () => {},
      restore: () => {},
      save: () => {
        throw new Error("too large");
      },
    };
    const people = new MemoryPeople(["a"], () => ({
      shared: { odd: { open: () => ({ object, handle: 1 }) } },
    }));
    const pieces = people.net.port("a").user.capture();
    expect(() => [...pieces]).toThrow("too large");
  });

  it("does not come back when it was taken out while it was leaving", async () => {
    const people = new MemoryPeople(NODES);
    const port = people.net.port("a");
    port.leave = () => {};
    const left = people.of("a").leave();
    expect(await people.outcome(left)).toBe("pending");
    people.net.takeOut("a");
    expect(await people.outcome(left)).toBeUndefined();
    expect(await people.outcome(people.of("a").multicast(1))).toBe("GROUP_OUT never");
  });

  it("leaves at once when it is in no view", async () => {
    const people = new MemoryPeople(NODES);
    const late = people.open("late");
    expect(await people.outcome(late.leave())).toBeUndefined();
    expect(await people.outcome(late.multicast(1))).toBe("GROUP_OUT never");
  });

  it("comes back as a new member, and says so", async () => {
    const people = new MemoryPeople(NODES);
    const events: unknown[] = [];
    people.of("b").on("out", ({ reason, isLast }) => events.push([reason, isLast]));
    people.of("b").on("rejoined", ({ self, state }) => events.push([memberName(self), state]));
    people.net.takeOut("b");
    expect(people.of("b").view).toBeUndefined();
    expect(people.of("b").post(1)).toBe(false);
    expect(await people.outcome(people.of("b").multicast(1, { whenBlocked: "fail" }))).toBe(
      "GROUP_BLOCKED never",
    );
    const waits = people.of("b").multicast("waits");
    people.net.letIn("b");
    expect(await people.outcome(waits)).toBeUndefined();
    expect(events).toEqual([
      ["excluded", false],
      ["b#2", "donor"],
    ]);
    expect(people.of("b").origin).toBe("donor");
  });
});

describe("members that declare different shared objects", () => {
  it("do not share: the newcomer leaves and says why, the others go on", async () => {
    const people = new MemoryPeople(["a", "b"], (node) => ({
      shared: node === "c" ? { prices: sharedCounter() } : { prices: sharedMap() },
    }));
    const c = people.open("c");
    const errors: unknown[] = [];
    c.on("out", ({ reason, error }) => errors.push([reason, (error as { code: string }).code]));
    people.net.letIn("c");
    expect(errors).toEqual([["failed", "GROUP_DECLARED_DIFFERENTLY"]]);
    expect(await people.outcome(c.ready)).toBe("GROUP_OUT never");
    const { prices } = people.at("a") as { prices: { set(key: string, value: unknown): Promise<number> } };
    expect(await people.outcome(prices.set("tea", 3))).toBeGreaterThan(0);
  });
});
