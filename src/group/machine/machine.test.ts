import { describe, expect, it } from "vitest";
import { MemoryPeople, schemaOf } from "../../../test/support/memory-people.ts";
import { memberName } from "../types.ts";
import type { PassiveDefinition } from "./definition.ts";
import { activeMachine, passiveMachine } from "./machine.ts";
import { Refusal } from "./object.ts";

const NODES = ["a", "b", "c"];

/** An account: commands add, and may not take what is not there. */
const account = () =>
  activeMachine({
    initial: () => ({ sum: 0, views: 0 }),
    apply: (state, amount: number) => {
      if (state.sum + amount < 0) throw new Refusal(`only ${state.sum} are there`);
      state.sum += amount;
      return state.sum;
    },
    viewChanged: (state) => {
      state.views++;
    },
    command: schemaOf<number>("a number", (value) => typeof value === "number"),
  });

const accounts = () => new MemoryPeople(NODES, () => ({ shared: { account: account() } }));

describe("an active machine", () => {
  it("is the same at all members, and answers who asked", async () => {
    const people = accounts();
    expect(await people.outcome(people.at("a").account.submit(5))).toBe(5);
    expect(await people.outcome(people.at("b").account.submit(-2))).toBe(3);
    for (const node of NODES) expect(people.at(node).account.peek(({ sum }) => sum)).toBe(3);
  });

  it("refuses at all alike what it throws at, and does not change", async () => {
    const people = accounts();
    const refused = people.at("a").account.submit(-1);
    await people.settle();
    await expect(refused).rejects.toThrow("only 0 are there");
    expect(await people.outcome(refused)).toBe("GROUP_COMMAND_REFUSED never");
    await expect(people.at("a").account.submit("text" as never)).rejects.toThrow("not a number");
  });

  it("reads what anybody was told before the read, and shares marks among reads", async () => {
    const people = accounts();
    const { net } = people;
    const write = people.at("a").account.submit(5);
    for (const node of ["a", "b"]) net.step(node);
    await write;
    // The copy at c is behind.
    expect(people.at("c").account.peek(({ sum }) => sum)).toBe(0);
    const sent = net.log.length;
    const reads = [1, 2, 3].map(() => people.at("c").account.read(({ sum }) => sum));
    const failing = people.at("c").account.read(() => {
      throw new TypeError("of the reader");
    });
    expect(await people.outcome(Promise.all(reads))).toEqual([5, 5, 5]);
    expect(await people.outcome(failing)).toBe("TypeError");
    expect(net.log.length - sent).toBe(2);
  });

  it("is handed over to newcomers, whose copy goes on from there", async () => {
    const people = accounts();
    await people.outcome(people.at("a").account.submit(5));
    people.open("d");
    people.net.letIn("d");
    expect(await people.outcome(people.at("d").account.submit(1))).toBe(6);
    const states = [...NODES, "d"].map((node) => people.at(node).account.peek((state) => ({ ...state })));
    for (const state of states) expect(state).toEqual({ sum: 6, views: 2 });
  });

  it("says that nobody knows, where the reply cannot be told", async () => {
    const people = new MemoryPeople(NODES, () => ({
      shared: {
        odd: activeMachine({ initial: () => [0], apply: (state, one: number) => BigInt(state.push(one)) }),
      },
    }));
    expect(await people.outcome(people.at("a").odd.submit(1))).toBe("GROUP_REPLY_LOST done");
    expect(people.at("b").odd.peek((state) => state.length)).toBe(2);
  });
});

describe("a request of a member that is taken out", () => {
  it.each([
    ["was delivered to the others", 0],
    ["was lost with it", 1],
  ])("is carried out once when it comes back, if it %s", async (_, lost) => {
    const people = accounts();
    const { net } = people;
    const request = people.at("a").account.submit(5);
    net.takeOut("a", "excluded", false, { lost });
    expect(people.at("b").account.peek(({ sum }) => sum)).toBe(5 - 5 * lost);
    expect(await people.outcome(request)).toBe("pending");
    net.letIn("a");
    expect(await people.outcome(request)).toBe(5);
    expect(await people.outcome(people.at("b").account.read(({ sum }) => sum))).toBe(5);
  });

  it("is of unknown fate when it does not come back", async () => {
    const people = accounts();
    const request = people.at("a").account.submit(5);
    const read = people.at("a").account.read(({ sum }) => sum);
    people.net.takeOut("a", "excluded", true);
    expect(await people.outcome(request)).toBe("GROUP_FATE_UNKNOWN unknown");
    expect(await people.outcome(read)).toBe("GROUP_OUT never");
    expect(await people.outcome(people.at("a").account.submit(1))).toBe("GROUP_OUT never");
    expect(await people.outcome(people.at("a").account.read(() => 1))).toBe("GROUP_OUT never");
  });

  it("is of unknown fate when everybody who knew is gone", async () => {
    const people = accounts();
    const { net } = people;
    await people.outcome(people.at("a").account.submit(5));
    const request = people.at("a").account.submit(1);
    for (const node of NODES) net.takeOut(node);
    net.letIn(...NODES);
    expect(people.of("a").origin).toBe("nobody");
    expect(await people.outcome(request)).toBe("GROUP_FATE_UNKNOWN unknown");
    expect(await people.outcome(people.at("a").account.submit(2))).toBe(2);
  });

  it("is not sent again when nobody waits for it", async () => {
    const people = accounts();
    const given = new AbortController();
    const request = people.at("a").account.submit(5, { signal: given.signal });
    request.catch(() => {});
    given.abort();
    people.net.takeOut("a", "excluded", false, { lost: 1 });
    people.net.letIn("a");
    expect(await people.outcome(request)).toBe("AbortError");
    expect(await people.outcome(people.at("a").account.submit(1))).toBe(1);
  });

  it("begins another session when the group has forgotten its own", async () => {
    const people = accounts();
    const { net } = people;
    await people.outcome(people.at("a").account.submit(5));
    const request = people.at("a").account.submit(1);
    net.takeOut("a");
    for (let n = 0; n < 1025; n++) {
      people.open("x");
      net.letIn("x");
      net.takeOut("x");
    }
    net.letIn("a");
    expect(await people.outcome(request)).toBe("GROUP_FATE_UNKNOWN unknown");
    expect(await people.outcome(people.at("a").account.submit(2))).toBe(8);
  });

  it("fails while the member is out, when it shall not wait", async () => {
    const people = accounts();
    const { account } = people.at("a");
    const underWay = [
      account.submit(5, { whenBlocked: "fail" }),
      account.read(() => 1, { whenBlocked: "fail" }),
    ];
    for (const each of underWay) each.catch(() => {});
    people.net.takeOut("a");
    expect(await people.outcome(underWay[0] as Promise<unknown>)).toBe("GROUP_FATE_UNKNOWN unknown");
    expect(await people.outcome(underWay[1] as Promise<unknown>)).toBe("GROUP_BLOCKED never");
    expect(await people.outcome(account.submit(5, { whenBlocked: "fail" }))).toBe("GROUP_BLOCKED never");
  });

  it("waits while the member is out, also if it is asked for then", async () => {
    const people = accounts();
    people.net.takeOut("a");
    const request = people.at("a").account.submit(5);
    const read = people.at("a").account.read(({ sum }) => sum);
    expect(await people.outcome(request)).toBe("pending");
    people.net.letIn("a");
    expect(await people.outcome(request)).toBe(5);
    expect(await people.outcome(read)).toBeLessThanOrEqual(5);
  });
});

describe("a request of a member that is cut off", () => {
  it("waits, or fails", async () => {
    const people = accounts();
    const { account } = people.at("a");
    const underWay = account.submit(1, { whenBlocked: "fail" });
    const reading = account.read(({ sum }) => sum, { whenBlocked: "fail" });
    people.net.block("a");
    const waits = account.submit(2);
    expect(await people.outcome(account.submit(3, { whenBlocked: "fail" }))).toBe("GROUP_BLOCKED never");
    expect(await people.outcome(account.read(() => 1, { whenBlocked: "fail" }))).toBe("GROUP_BLOCKED never");
    expect(await people.outcome(underWay)).toBe("GROUP_FATE_UNKNOWN unknown");
    expect(await people.outcome(reading)).toBe("GROUP_BLOCKED never");
    people.net.unblock("a");
    expect(await people.outcome(waits)).toBe(3);
  });

  it("is bounded", async () => {
    const people = accounts();
    const { account } = people.at("a");
    people.net.takeOut("a");
    const requests = Array.from({ length: 65_536 + 1024 + 1 }, () => account.submit(1));
    for (const request of requests) request.catch(() => {});
    await expect(requests.at(-1)).rejects.toMatchObject({ code: "GROUP_BUSY", details: { fate: "never" } });
    people.net.letIn("a");
    expect(await people.outcome(requests[0] as Promise<unknown>)).toBe(1);
  });
});

interface Stamped {
  readonly text: string;
  readonly by: string;
}

/** The primary stamps what it carries out, which no other member could do alike. */
function stamping(
  people: { executed: string[] },
  node: string,
  change: Partial<PassiveDefinition<Stamped[], string, string, Stamped>> = {},
) {
  return passiveMachine<Stamped[], string, string, Stamped>({
    initial: () => [],
    execute: (state, text) => {
      people.executed.push(`${text} at ${node} after ${state.length}`);
      if (text === "bad") throw new Refusal("no bad ones");
      return { change: { text, by: node }, reply: `${text} by ${node}` };
    },
    update: (state, stamped) => {
      state.push(stamped);
    },
    ...change,
  });
}

function passive(change?: Partial<PassiveDefinition<Stamped[], string, string, Stamped>>) {
  const told = { executed: [] as string[] };
  const people = new MemoryPeople(NODES, (node) => ({ shared: { log: stamping(told, node, change) } }));
  return { people, executed: told.executed };
}

describe("a passive machine", () => {
  it("is carried out by the oldest member alone, one request after another, ahead of what is agreed on", async () => {
    const { people, executed } = passive();
    const requests = ["x", "bad", "y"].map((text) => people.at("c").log.submit(text));
    for (const request of requests) request.catch(() => {});
    for (let i = 0; i < 3; i++) people.net.step("a");
    expect(executed).toEqual(["x at a after 0", "bad at a after 1", "y at a after 1"]);
    expect(people.at("a").log.peek((state) => state.length)).toBe(0);
    expect(await people.outcome(requests[0] as Promise<unknown>)).toBe("x by a");
    expect(await people.outcome(requests[1] as Promise<unknown>)).toBe("GROUP_COMMAND_REFUSED never");
    for (const node of NODES)
      expect(people.at(node).log.peek((state) => state)).toEqual([
        { text: "x", by: "a" },
        { text: "y", by: "a" },
      ]);
  });

  it("is taken over by the next oldest, which carries out again only what nobody has", async () => {
    const { people, executed } = passive();
    const { net } = people;
    const requests = ["x", "y"].map((text) => people.at("c").log.submit(text));
    // The primary has carried both out; its second change is lost with it.
    for (let i = 0; i < 2; i++) net.step("a");
    net.takeOut("a", "excluded", false, { lost: 1 });
    expect(await people.outcome(Promise.all(requests))).toEqual(["x by a", "y by b"]);
    expect(executed).toEqual(["x at a after 0", "y at a after 1", "y at b after 1"]);
    net.letIn("a");
    expect(await people.outcome(people.at("a").log.submit("z"))).toBe("z by b");
    for (const node of NODES)
      expect(people.at(node).log.peek((state) => state.map(({ text }) => text).join(""))).toBe("xyz");
  });

  it("gives newcomers the requests that wait for the primary", async () => {
    const stuck: (() => void)[] = [];
    const { people } = passive({
      execute: (_, text) =>
        new Promise((resolve) => stuck.push(() => resolve({ change: { text, by: "?" }, reply: text }))),
    });
    const { net } = people;
    const requests = ["x", "y"].map((text) => people.at("b").log.submit(text));
    await people.settle();
    expect(stuck).toHaveLength(1);
    net.takeOut("c");
    net.letIn("c");
    // Those who were there go, and c is left with what it was given.
    net.takeOut("a");
    for (const go of stuck.splice(0)) go();
    expect(await people.outcome(requests[0] as Promise<unknown>)).toBe("x");
    for (const go of stuck.splice(0)) go();
    expect(await people.outcome(requests[1] as Promise<unknown>)).toBe("y");
    net.takeOut("b");
    expect(people.of("c").view?.members.map(memberName)).toEqual(["c#2"]);
    expect(people.at("c").log.peek((state) => state.length)).toBe(2);
  });

  it("awaits what the primary waits for, and takes nothing that comes when it is the primary no more", async () => {
    const stuck: (() => void)[] = [];
    const { people } = passive({
      execute: (_, text) =>
        new Promise((resolve, reject) => {
          stuck.push(() =>
            text === "bad" ? reject(new Error("no")) : resolve({ change: { text, by: "?" }, reply: text }),
          );
        }),
    });
    const request = people.at("c").log.submit("x");
    await people.settle();
    const [late] = stuck.splice(0);
    people.net.takeOut("a");
    late?.();
    expect(await people.outcome(request)).toBe("pending");
    for (const go of stuck.splice(0)) go();
    expect(await people.outcome(request)).toBe("x");
    const refused = people.at("c").log.submit("bad");
    await people.settle();
    for (const go of stuck.splice(0)) go();
    expect(await people.outcome(refused)).toBe("GROUP_COMMAND_REFUSED never");
    expect(people.at("b").log.peek((state) => state.length)).toBe(1);
  });

  it("refuses a change that is too large to be told", async () => {
    const { people } = passive({
      execute: (_, text) => ({ change: { text: "x".repeat(17_000_000), by: "?" }, reply: text }),
    });
    expect(await people.outcome(people.at("c").log.submit("x"))).toBe("GROUP_COMMAND_REFUSED never");
    expect(people.at("a").log.peek((state) => state.length)).toBe(0);
  });

  it("ends the membership of one that cannot take a change, and not the process", async () => {
    const { people } = passive({
      update: (state, stamped) => {
        if (stamped.text === "poison") throw new Error("indigestible");
        state.push(stamped);
      },
    });
    const request = people.at("c").log.submit("poison");
    request.catch(() => {});
    await people.settle();
    for (const node of NODES) expect(people.of(node).view).toBeUndefined();
    expect(people.log.filter((line) => line.includes("indigestible"))).toHaveLength(3);
  });
});

describe("a watch of a machine", () => {
  it("tells what is done, and that it missed something after the process was out", async () => {
    const people = accounts();
    const events: unknown[] = [];
    people
      .at("c")
      .account.watch((event) =>
        events.push(event.kind === "missed" ? [event.before, event.count] : event.what),
      );
    await people.outcome(people.at("a").account.submit(5));
    people.net.takeOut("c");
    await people.outcome(people.at("a").account.submit(6));
    people.net.letIn("c");
    await people.outcome(people.at("a").account.submit(7));
    expect(events).toEqual([5, [{ sum: 5, views: 1 }, "unknown"], 7]);
  });
});
