/** Watches survive that their process is taken out and let in again, or say loudly what they missed. */
import { describe, expect, it } from "vitest";
import { MemoryPeople, schemaOf } from "../../../test/support/memory-people.ts";
import { sharedCounter } from "./counter.ts";
import { sharedLeader } from "./leader.ts";
import { sharedMap } from "./map.ts";
import { presence } from "./presence.ts";
import { sharedQueue } from "./queue.ts";

const NODES = ["a", "b", "c"];

const rig = () =>
  new MemoryPeople(NODES, () => ({
    shared: {
      map: sharedMap<number>(),
      counter: sharedCounter(),
      queue: sharedQueue<string>(),
      leader: sharedLeader(),
      who: presence<string>(),
    },
  }));

describe("a watch of a map", () => {
  it("tells every change, by whom, in its order, to those whose key it is", async () => {
    const people = rig();
    const { map } = people.at("c");
    const [all, tea, t] = [[], [], []] as unknown[][];
    map.watch((event) => all?.push(event));
    map.watch((event) => tea?.push(event.kind), { key: "tea" });
    map.watch((event) => t?.push(event.kind), { prefix: "t" });
    const mine = people.at("a").map;
    for (const change of [mine.set("tea", 1), mine.set("tin", 2), mine.set("milk", 3), mine.delete("tea")])
      void change;
    await people.settle();
    const by = { node: "a", incarnation: 1 };
    expect(all).toEqual([
      { kind: "changed", by, key: "tea", before: undefined, after: 1 },
      { kind: "changed", by, key: "tin", before: undefined, after: 2 },
      { kind: "changed", by, key: "milk", before: undefined, after: 3 },
      { kind: "changed", by, key: "tea", before: 1, after: undefined },
    ]);
    expect([tea, t]).toEqual([
      ["changed", "changed"],
      ["changed", "changed", "changed"],
    ]);
  });

  it("tells after a rejoin what is different, before it goes on", async () => {
    const people = rig();
    const mine = people.at("a").map;
    for (const key of ["stays", "changes", "goes"]) void mine.set(key, 1);
    await people.settle();
    const events: unknown[] = [];
    const one: unknown[] = [];
    people.at("c").map.watch((event) => events.push(event));
    people.at("c").map.watch((event) => one.push(event), { key: "stays" });
    people.net.takeOut("c");
    void mine.set("changes", 2);
    void mine.delete("goes");
    void mine.set("comes", 3);
    void mine.set("blinks", 4);
    void mine.delete("blinks");
    await people.settle();
    people.net.letIn("c");
    void mine.set("stays", 5);
    await people.settle();
    const missed = {
      kind: "missed",
      changes: [
        { key: "changes", before: 1, after: 2 },
        { key: "goes", before: 1, after: undefined },
        { key: "comes", before: undefined, after: 3 },
      ],
    };
    const changed = { kind: "changed", by: { node: "a", incarnation: 1 }, key: "stays", before: 1, after: 5 };
    expect(events).toEqual([missed, changed]);
    // It may have changed and changed back: that too is said.
    expect(one).toEqual([{ kind: "missed", changes: [] }, changed]);
  });

  it("tells that all is gone when the group has lost all its members", async () => {
    const people = rig();
    await people.outcome(people.at("a").map.set("tea", 1));
    const events: unknown[] = [];
    people.at("c").map.watch((event) => events.push(event));
    for (const node of NODES) people.net.takeOut(node);
    people.net.letIn(...NODES);
    expect(events).toEqual([{ kind: "missed", changes: [{ key: "tea", before: 1, after: undefined }] }]);
  });

  it("misses nothing while its process is cut off and stays in the group", async () => {
    const people = rig();
    const events: string[] = [];
    people.at("c").map.watch((event) => events.push(event.kind));
    people.net.block("c");
    await people.outcome(people.at("a").map.set("tea", 1));
    expect(events).toEqual([]);
    people.net.unblock("c");
    await people.settle();
    expect(events).toEqual(["changed"]);
  });

  it("tells what is no value here, and goes on; who reads it gets the error", async () => {
    const number = schemaOf<number>("a number", (value) => typeof value === "number");
    const people = new MemoryPeople(NODES, (node) => ({
      shared: { map: sharedMap<unknown>(node === "c" ? { schema: number } : {}) },
    }));
    const events: unknown[] = [];
    people.at("c").map.watch((event) => events.push(event.kind));
    void people.at("a").map.set("tea", "three");
    void people.at("a").map.set("milk", 3);
    await people.settle();
    expect(events).toEqual(["unreadable", "changed"]);
    expect(await people.outcome(people.at("c").map.get("tea"))).toBe("GROUP_INVALID_MESSAGE done");
    expect(await people.outcome(people.at("c").map.get("milk"))).toBe(3);
    people.net.takeOut("c");
    await people.outcome(people.at("a").map.set("tea", "four"));
    people.net.letIn("c");
    expect(events).toEqual(["unreadable", "changed", "unreadable", "missed"]);
  });

  it("ends when it is unsubscribed, and a handler that throws ends nothing", async () => {
    const people = rig();
    const events: string[] = [];
    const stop = people.at("c").map.watch(() => {
      events.push("once");
      throw new Error("of the handler");
    });
    await people.outcome(people.at("a").map.set("tea", 1));
    stop();
    expect(await people.outcome(people.at("c").map.set("tea", 2))).toBeGreaterThan(0);
    expect(events).toEqual(["once"]);
    expect(people.log.some((line) => line.includes("of the handler"))).toBe(true);
  });
});

describe("after a rejoin, a watch of", () => {
  it("a counter tells the difference, and that nobody knows how often it changed", async () => {
    const people = rig();
    await people.outcome(people.at("a").counter.add(2));
    const events: unknown[] = [];
    people.at("c").counter.watch((event) => events.push(event));
    people.net.takeOut("c");
    await people.outcome(people.at("a").counter.add(3));
    people.net.letIn("c");
    await people.outcome(people.at("a").counter.add(-1));
    expect(events).toEqual([
      { kind: "missed", before: 2, after: 5, count: "unknown" },
      { kind: "changed", before: 5, after: 4, by: { node: "a", incarnation: 1 } },
    ]);
  });

  it("a queue tells that nobody knows what it missed", async () => {
    const people = rig();
    const events: unknown[] = [];
    people.at("c").queue.watch((event) => events.push(event));
    await people.outcome(people.at("a").queue.put("x"));
    people.net.takeOut("c");
    await people.outcome(people.at("a").queue.put("y"));
    people.net.letIn("c");
    await people.outcome(people.at("a").queue.put("z"));
    expect(events).toEqual([
      { kind: "put", number: 1 },
      { kind: "missed", count: "unknown" },
      { kind: "put", number: 3 },
    ]);
  });

  it("a leader tells who led and who leads", async () => {
    const people = rig();
    void people.at("a").leader.campaign();
    void people.at("b").leader.campaign();
    await people.settle();
    const before = people.at("c").leader.peek();
    const events: unknown[] = [];
    people.at("c").leader.watch((event) => events.push(event));
    people.net.takeOut("c");
    people.net.takeOut("a");
    people.net.letIn("c");
    const after = people.at("b").leader.peek();
    expect(after?.member.node).toBe("b");
    expect(after?.token).toBeGreaterThan(before?.token ?? Number.NaN);
    expect(events).toEqual([{ kind: "missed", before, after }]);
  });

  it("presence tells who came, went, and says something else", async () => {
    const people = rig();
    for (const node of NODES) void people.at(node).who.show(node);
    await people.settle();
    const events: unknown[] = [];
    people.at("c").who.watch((event) => events.push(event));
    people.net.takeOut("c");
    people.net.takeOut("b");
    await people.outcome(people.at("a").who.show("a, still"));
    people.net.letIn("c");
    await people.settle();
    expect(events).toEqual([
      {
        kind: "missed",
        here: [{ member: { node: "a", incarnation: 1 }, meta: "a, still" }],
        gone: [
          { node: "b", incarnation: 1 },
          { node: "c", incarnation: 1 },
        ],
      },
      { kind: "here", member: { node: "c", incarnation: 2 }, meta: "c" },
    ]);
  });
});
