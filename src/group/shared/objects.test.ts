import { describe, expect, it } from "vitest";
import { MemoryPeople } from "../../../test/support/memory-people.ts";
import { memberName } from "../types.ts";
import { sharedBarrier } from "./barrier.ts";
import { sharedCounter } from "./counter.ts";
import { sharedLeader, type Term } from "./leader.ts";
import { sharedMap } from "./map.ts";
import { presence } from "./presence.ts";
import { sharedQueue, type Taken } from "./queue.ts";

const NODES = ["a", "b", "c"];

const rig = () =>
  new MemoryPeople(NODES, () => ({
    shared: {
      map: sharedMap<unknown>({ limits: { maxEntries: 3, maxBytes: 100 } }),
      counter: sharedCounter(),
      queue: sharedQueue<string>({ limits: { maxItems: 4, maxBytes: 100, maxWaiting: 2 } }),
      leader: sharedLeader(),
      gate: sharedBarrier({ parties: 3 }),
      who: presence<string>(),
    },
  }));

describe("a map", () => {
  it("sets, gets and deletes, the same for all", async () => {
    const people = rig();
    const value = { price: 3, picture: new Uint8Array([1, 2]) };
    await people.outcome(people.at("a").map.set("tea", value));
    expect(await people.outcome(people.at("b").map.get("tea"))).toEqual(value);
    expect(people.at("c").map.peek("tea")).toEqual(value);
    expect(people.at("c").map.size).toBe(1);
    expect(await people.outcome(people.at("b").map.delete("tea"))).toBe(true);
    expect(await people.outcome(people.at("b").map.delete("tea"))).toBe(false);
    expect(await people.outcome(people.at("a").map.get("tea"))).toBeUndefined();
    void people.at("a").map.set("x", undefined);
    void people.at("a").map.set("y", null);
    expect(await people.outcome(people.at("b").map.entries())).toEqual(
      new Map<string, unknown>([
        ["x", undefined],
        ["y", null],
      ]),
    );
    await people.outcome(people.at("c").map.clear());
    expect(people.at("a").map.size).toBe(0);
  });

  it("compares and sets: of those who saw one version, one wins", async () => {
    const people = rig();
    const first = (await people.outcome(people.at("a").map.compareAndSet("k", 0, "first"))) as number;
    expect(await people.outcome(people.at("b").map.compareAndSet("k", 0, "again"))).toBeUndefined();
    const wins = NODES.map((node) => people.at(node).map.compareAndSet("k", first, node));
    const versions = (await people.outcome(Promise.all(wins))) as (number | undefined)[];
    expect(versions.map((version) => version !== undefined)).toEqual([true, false, false]);
    expect(await people.outcome(people.at("c").map.entry("k"))).toEqual({ value: "a", version: versions[0] });
    expect(await people.outcome(people.at("c").map.delete("k", { version: first }))).toBe(false);
    expect(await people.outcome(people.at("c").map.delete("k", { version: versions[0] as number }))).toBe(
      true,
    );
    // A version is never that of another entry.
    const later = (await people.outcome(people.at("a").map.set("k", "a"))) as number;
    expect(later).toBeGreaterThan(versions[0] as number);
  });

  it("gives no version twice, also when the group has lost all its members", async () => {
    const people = rig();
    const before = (await people.outcome(people.at("a").map.set("k", 1))) as number;
    for (const node of NODES) people.net.takeOut(node);
    people.net.letIn(...NODES);
    expect(await people.outcome(people.at("a").map.compareAndSet("k", before, 2))).toBeUndefined();
    expect(await people.outcome(people.at("a").map.set("k", 2))).toBeGreaterThan(before);
  });

  it("is bounded in entries, bytes and keys", async () => {
    const people = rig();
    const { map } = people.at("a");
    for (const key of ["x", "y", "z"]) await people.outcome(map.set(key, 1));
    expect(await people.outcome(map.set("w", 1))).toBe("GROUP_FULL never");
    expect(await people.outcome(map.set("x", 2))).toBeGreaterThan(0);
    expect(await people.outcome(map.set("x", "x".repeat(95)))).toBe("GROUP_FULL never");
    expect(people.at("c").map.peek("x")).toBe(2);
    await expect(map.set("", 1)).rejects.toThrow(RangeError);
    await expect(map.set("k".repeat(1025), 1)).rejects.toThrow(RangeError);
    await people.outcome(map.delete("y"));
    expect(await people.outcome(map.set("w", 1))).toBeGreaterThan(0);
  });
});

describe("a counter", () => {
  it("adds, and stays a whole number that it can tell", async () => {
    const people = rig();
    expect(await people.outcome(people.at("a").counter.add(Number.MAX_SAFE_INTEGER))).toBe(2 ** 53 - 1);
    expect(await people.outcome(people.at("b").counter.add(1))).toBe("GROUP_FULL never");
    expect(await people.outcome(people.at("b").counter.add(-5))).toBe(2 ** 53 - 6);
    expect(await people.outcome(people.at("c").counter.get())).toBe(2 ** 53 - 6);
    await expect(people.at("a").counter.add(0.5)).rejects.toThrow(RangeError);
  });
});

describe("a queue", () => {
  const take = async (people: ReturnType<typeof rig>, node: string) =>
    (await people.outcome(people.at(node).queue.tryTake())) as Taken<string>;

  it("gives each item to one, in order, and for good when it is acknowledged", async () => {
    const people = rig();
    for (const value of ["x", "y"]) void people.at("a").queue.put(value);
    await people.settle();
    const [x, y] = [await take(people, "b"), await take(people, "c")];
    expect([x.value, y.value, x.number, y.number, x.takings]).toEqual(["x", "y", 1, 2, 1]);
    expect(await take(people, "a")).toBeUndefined();
    expect(await people.outcome(people.at("a").queue.length())).toEqual({ free: 0, held: 2 });
    expect(await people.outcome(x.ack())).toBe(true);
    expect(await people.outcome(x.ack())).toBe(false);
    expect(await people.outcome(y.putBack())).toBe(true);
    expect(await people.outcome(y.ack())).toBe(false);
    const again = await take(people, "a");
    expect([again.value, again.takings]).toEqual(["y", 2]);
  });

  it("serves those who wait in their order, and what is put back goes to its old place", async () => {
    const people = rig();
    const got: string[] = [];
    for (const node of ["b", "c"])
      void people
        .at(node)
        .queue.take()
        .then(async (item) => {
          got.push(`${node} ${item.value}`);
          if (item.value === "x") await item.putBack();
        });
    await people.settle();
    for (const value of ["x", "y", "z"]) void people.at("a").queue.put(value);
    await people.settle();
    expect(got).toEqual(["b x", "c y"]);
    expect((await take(people, "a")).value).toBe("x");
    expect((await take(people, "a")).value).toBe("z");
  });

  it("returns what a member held that has left the view, before what came later", async () => {
    const people = rig();
    for (const value of ["x", "y"]) void people.at("a").queue.put(value);
    await people.settle();
    const held = await take(people, "c");
    const waiting = people.at("b").queue.take();
    people.net.takeOut("c");
    const next = (await people.outcome(waiting)) as Taken<string>;
    expect(next.value).toBe("y");
    expect((await take(people, "a")).value).toBe("x");
    people.net.letIn("c");
    // What it had is not its own any more.
    expect(await people.outcome(held.ack())).toBe(false);
    expect(people.at("a").queue.peekLength()).toEqual({ free: 0, held: 2 });
  });

  it.each([0, 1])("takes anew after a rejoin, if %i of its last requests was lost", async (lost) => {
    const people = rig();
    const waiting = people.at("c").queue.take();
    const trying = people.at("c").queue.tryTake();
    if (lost === 0) await people.settle();
    people.net.takeOut("c", "excluded", false, { lost: 2 * lost });
    expect(await people.outcome(waiting)).toBe("pending");
    people.net.letIn("c");
    expect(await people.outcome(trying)).toBeUndefined();
    await people.outcome(people.at("a").queue.put("x"));
    expect(((await people.outcome(waiting)) as Taken<string>).value).toBe("x");
    expect(people.at("b").queue.peekLength()).toEqual({ free: 0, held: 1 });
  });

  it("takes a claim back that is given up, also when an item was on its way", async () => {
    const people = rig();
    const given = new AbortController();
    const first = people.at("c").queue.take({ signal: given.signal });
    first.catch(() => {});
    await people.settle();
    void people.at("a").queue.put("x");
    people.net.step("a");
    people.net.step("b");
    given.abort();
    expect(await people.outcome(first)).toBe("AbortError");
    expect((await take(people, "b")).value).toBe("x");
    const late = new AbortController();
    late.abort();
    expect(await people.outcome(people.at("c").queue.take({ signal: late.signal }))).toBe("AbortError");
  });

  it("fails those who will not wait when their member is cut off, and ends with the group", async () => {
    const people = rig();
    const impatient = people.at("c").queue.take({ whenBlocked: "fail" });
    const patient = people.at("c").queue.take();
    for (const each of [impatient, patient]) each.catch(() => {});
    await people.settle();
    people.net.block("c");
    expect(await people.outcome(impatient)).toBe("GROUP_BLOCKED never");
    expect(await people.outcome(people.at("c").queue.take({ whenBlocked: "fail" }))).toBe(
      "GROUP_BLOCKED never",
    );
    people.net.unblock("c");
    await people.outcome(people.at("a").queue.put("x"));
    expect(((await people.outcome(patient)) as Taken<string>).value).toBe("x");
    const last = people.at("c").queue.take();
    await people.settle();
    people.net.takeOut("c", "left", true);
    expect(await people.outcome(last)).toBe("GROUP_OUT never");
    expect(people.at("a").queue.peekLength()).toEqual({ free: 1, held: 0 });
  });

  it("is bounded in items, bytes and those who wait", async () => {
    const people = rig();
    for (const node of ["a", "b"]) void people.at(node).queue.take();
    await people.settle();
    expect(await people.outcome(people.at("c").queue.take())).toBe("GROUP_FULL never");
    for (let n = 0; n < 4; n++) await people.outcome(people.at("a").queue.put("x"));
    expect(await people.outcome(people.at("a").queue.put("x"))).toBe("GROUP_FULL never");
    expect(await people.outcome(people.at("a").queue.put("x".repeat(90)))).toBe("GROUP_FULL never");
  });
});

describe("a leader", () => {
  it("is the first who stood, then the next, under numbers that grow", async () => {
    const people = rig();
    const terms: [string, Term][] = [];
    for (const node of ["b", "a"])
      void people
        .at(node)
        .leader.campaign()
        .then((term) => terms.push([node, term]));
    await people.settle();
    expect(terms.map(([node]) => node)).toEqual(["b"]);
    const [, first] = terms[0] as [string, Term];
    expect(await people.outcome(people.at("c").leader.current())).toEqual({
      member: { node: "b", incarnation: 1 },
      token: first.token,
    });
    await people.outcome(first.resign());
    expect(first.lost.aborted).toBe(true);
    expect(terms.map(([node]) => node)).toEqual(["b", "a"]);
    const [, second] = terms[1] as [string, Term];
    expect(second.token).toBeGreaterThan(first.token);
    people.net.takeOut("a");
    expect(second.lost.aborted).toBe(true);
    expect(people.at("c").leader.peek()).toBeUndefined();
  });

  it("ends its term when it is cut off, and can be followed by itself under a higher number", async () => {
    const people = rig();
    const term = (await people.outcome(people.at("a").leader.campaign())) as Term;
    people.net.block("a");
    expect(term.lost.aborted).toBe(true);
    const again = people.at("a").leader.campaign();
    expect(await people.outcome(again)).toBe("pending");
    people.net.unblock("a");
    const next = (await people.outcome(again)) as Term;
    expect(next.token).toBeGreaterThan(term.token);
    expect(next.lost.aborted).toBe(false);
    expect(people.at("b").leader.peek()?.token).toBe(next.token);
  });

  it("has a higher number also when the group has lost all its members", async () => {
    const people = rig();
    let token = 0;
    for (let round = 0; round < 3; round++) {
      const term = (await people.outcome(people.at("a").leader.campaign())) as Term;
      expect(term.token).toBeGreaterThan(token);
      token = term.token;
      for (const node of NODES) people.net.takeOut(node);
      people.net.letIn(...NODES);
    }
  });

  it("stands again by itself when its process was out while it waited", async () => {
    const people = rig();
    const first = (await people.outcome(people.at("a").leader.campaign())) as Term;
    const waiting = people.at("b").leader.campaign();
    await people.settle();
    people.net.takeOut("b");
    people.net.letIn("b");
    await people.outcome(first.resign());
    expect(((await people.outcome(waiting)) as Term).token).toBeGreaterThan(first.token);
    expect(memberName(people.at("c").leader.peek()?.member as never)).toBe("b#2");
  });
});

describe("a barrier", () => {
  it("opens for its parties together, again and again", async () => {
    const people = rig();
    const one = ["a", "b"].map((node) => people.at(node).gate.arrive());
    expect(await people.outcome(one[0] as Promise<number>)).toBe("pending");
    expect(people.at("c").gate.peek()).toEqual({ arrived: 2, generation: 0 });
    one.push(people.at("c").gate.arrive());
    expect(await people.outcome(Promise.all(one))).toEqual([1, 1, 1]);
    // One process may be several parties.
    const two = ["a", "a", "a"].map((node) => people.at(node).gate.arrive());
    expect(await people.outcome(Promise.all(two))).toEqual([2, 2, 2]);
  });

  it("does not count who gave up, or left the view", async () => {
    const people = rig();
    const given = new AbortController();
    const gone = people.at("a").gate.arrive({ signal: given.signal });
    gone.catch(() => {});
    await people.settle();
    given.abort();
    const waiting = ["b", "c"].map((node) => people.at(node).gate.arrive());
    await people.settle();
    expect(people.at("b").gate.peek().arrived).toBe(2);
    people.net.takeOut("c");
    expect(people.at("b").gate.peek().arrived).toBe(1);
    people.net.letIn("c");
    await people.settle();
    // Who came back has arrived again.
    expect(people.at("b").gate.peek().arrived).toBe(2);
    waiting.push(people.at("a").gate.arrive());
    expect(await people.outcome(Promise.all(waiting))).toEqual([1, 1, 1]);
    expect(await people.outcome(gone)).toBe("AbortError");
  });

  it.each([
    [1, 1],
    [2, "GROUP_FATE_UNKNOWN unknown"],
  ])("that opened %i times while its process was out: %s", async (times, outcome) => {
    const people = rig();
    const mine = people.at("c").gate.arrive();
    await people.settle();
    for (let n = 0; n < 2; n++) void people.at("a").gate.arrive();
    // It opens, and c is taken out before it hears of it.
    for (const node of ["a", "b"]) while (people.net.step(node));
    people.net.takeOut("c");
    for (let n = 1; n < times; n++) for (let i = 0; i < 3; i++) void people.at("a").gate.arrive();
    await people.settle();
    people.net.letIn("c");
    expect(await people.outcome(mine)).toBe(outcome);
  });

  it("checks its parties", () => {
    expect(() => sharedBarrier({ parties: 0 })).toThrow(RangeError);
    expect(() => sharedBarrier({ parties: 2.5 })).toThrow(RangeError);
  });
});

describe("presence", () => {
  it("shows who is there until it hides or is gone, and again when it is back", async () => {
    const people = rig();
    for (const node of NODES) void people.at(node).who.show(`${node} is here`);
    await people.settle();
    const names = () =>
      people
        .at("a")
        .who.peek()
        .map(({ member, meta }) => `${memberName(member)}: ${meta}`);
    expect(names()).toEqual(["a#1: a is here", "b#1: b is here", "c#1: c is here"]);
    people.net.takeOut("c");
    await people.outcome(people.at("b").who.hide());
    expect(names()).toEqual(["a#1: a is here"]);
    people.net.letIn("c");
    await people.settle();
    expect(names()).toEqual(["a#1: a is here", "c#2: c is here"]);
    expect(await people.outcome(people.at("b").who.all())).toHaveLength(2);
    await expect(people.at("a").who.show("x".repeat(5000))).rejects.toThrow(RangeError);
  });

  it("stays hidden when it is let in again", async () => {
    const people = rig();
    void people.at("b").who.show("b");
    void people.at("b").who.hide();
    await people.settle();
    people.net.takeOut("b");
    people.net.letIn("b");
    await people.settle();
    expect(people.at("a").who.peek()).toEqual([]);
  });
});
