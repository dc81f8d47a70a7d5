import { describe, expect, it } from "vitest";
import { MemoryPeople, schemaOf } from "../../../test/support/memory-people.ts";
import type { CoterieError } from "../../world/index.ts";
import { memberName } from "../types.ts";
import { CallError } from "./call-error.ts";
import type { CallOutcome } from "./tally.ts";

const NODES = ["a", "b", "c", "d", "e"];

function answering(...silent: readonly string[]): MemoryPeople {
  const people = new MemoryPeople(NODES);
  for (const node of NODES)
    if (!silent.includes(node)) people.of(node).answer((request) => `${request} from ${node}`);
  return people;
}

/** The account of a call: of one that failed, too. */
async function account(people: MemoryPeople, call: Promise<CallOutcome<unknown>>) {
  let code = "met";
  const pending = call.catch((error: CoterieError) => {
    if (!(error instanceof CallError)) throw error;
    code = `${error.code} ${error.details.fate}`;
    return error.outcome;
  });
  await people.settle();
  const { replies, failed, left, silent } = await pending;
  return {
    code,
    replies: replies.map(({ value }) => value),
    failed: failed.map(({ member, error }) => `${memberName(member)} ${(error as CoterieError).code}`),
    left: left.map(memberName),
    silent: silent.map(memberName),
  };
}

describe("a call", () => {
  it("gets the replies of all, with an account of who they are from", async () => {
    const people = answering();
    expect(await account(people, people.of("a").call("well"))).toEqual({
      code: "met",
      replies: NODES.map((node) => `well from ${node}`),
      failed: [],
      left: [],
      silent: [],
    });
    expect(people.pending).toBe(0);
  });

  it.each([
    ["first", 1],
    ["majority", 3],
    [4, 4],
  ] as const)("wants %s", async (replies, count) => {
    const people = answering();
    const { net } = people;
    const call = people.of("a").call("well", { replies });
    let isMet = false;
    void call.then(() => {
      isMet = true;
    });
    for (const [n, node] of NODES.entries()) {
      while (net.step(node));
      // A reply of its own is there at once; those of others come by the links.
      await Promise.resolve().then(() => {});
      await Promise.resolve().then(() => {});
      for (const direct of net.directs.splice(0))
        net.port(direct.to).user.onDirect(direct.from, direct.bytes);
      await Promise.resolve();
      expect(isMet, `${n + 1} replies`).toBe(n + 1 >= count);
    }
    expect((await call).replies).toHaveLength(count);
    expect((await call).silent).toHaveLength(NODES.length - count);
  });

  it("tells handlers who threw, who has none, and what was no request there", async () => {
    const people = new MemoryPeople(NODES, (node) =>
      node === "c" ? { request: schemaOf("a number", (value) => typeof value === "number") } : {},
    );
    people.of("a").answer(() => {
      throw new Error("out of order");
    });
    people.of("b").answer(async () => Promise.reject(new Error("later")));
    people.of("c").answer(() => "c");
    people.of("d").answer(() => 1n);
    const told = await account(people, people.of("e").call("well"));
    expect(told.failed.sort()).toEqual([
      "a#1 GROUP_HANDLER_FAILED",
      "b#1 GROUP_HANDLER_FAILED",
      "c#1 GROUP_INVALID_MESSAGE",
      "d#1 GROUP_HANDLER_FAILED",
      "e#1 GROUP_NO_HANDLER",
    ]);
    expect(told.code).toBe("met");
  });

  it("does not wait for members that leave the view, and is hopeless when too many do", async () => {
    const people = answering("b", "c", "d");
    const slow = new Promise<string>(() => {});
    for (const node of ["b", "c", "d"]) people.of(node).answer(() => slow);
    const all = people.of("a").call("all");
    const majority = people.of("a").call("most", { replies: "majority" });
    await people.settle();
    people.net.takeOut("b");
    people.net.takeOut("c");
    people.net.takeOut("d");
    expect(await account(people, all)).toEqual({
      code: "met",
      replies: ["all from a", "all from e"],
      failed: [],
      left: ["b#1", "c#1", "d#1"],
      silent: [],
    });
    expect(await account(people, majority)).toMatchObject({
      code: "GROUP_TOO_FEW_REPLIES done",
      replies: ["most from a", "most from e"],
      left: ["b#1", "c#1", "d#1"],
    });
  });

  it("has the majority of the view in which it was delivered", async () => {
    const people = answering();
    people.net.takeOut("d");
    people.net.block("a");
    const call = people.of("a").call("well", { replies: "majority" });
    // It waits, and is delivered in the view of three.
    people.net.takeOut("e");
    const { replies, view } = await (async () => {
      await people.settle();
      return call;
    })();
    expect(view?.members).toHaveLength(3);
    expect(replies).toHaveLength(2);
  });

  it("gives up in time, with the account until then", async () => {
    const people = answering("c");
    people.of("c").answer(() => new Promise(() => {}));
    const call = people.of("a").call("well", { timeoutMs: 500 });
    await people.settle();
    people.advance(499);
    people.advance(1);
    expect(await account(people, call)).toMatchObject({
      code: "GROUP_CALL_TIMEOUT done",
      silent: ["c#1"],
      replies: ["well from a", "well from b", "well from d", "well from e"],
    });
    const given = new AbortController();
    const aborted = people.of("a").call("again", { signal: given.signal });
    given.abort();
    expect(await people.outcome(aborted)).toBe("AbortError");
    expect(people.pending).toBe(0);
  });

  it("asks again for what a broken link swallowed", async () => {
    const people = answering();
    const { net } = people;
    let answered = 0;
    net.takeOut("b");
    net.letIn("b");
    const call = people.of("a").call("well");
    people.of("e").on("deliver", () => {});
    for (const node of NODES) while (net.step(node));
    await Promise.resolve().then(() => {});
    await Promise.resolve().then(() => {});
    answered = net.directs.length;
    expect(answered).toBe(4);
    net.directs.length = 0;
    for (const node of ["b", "c", "d", "e"]) net.port("a").user.onReachable(node);
    const told = await account(people, call);
    expect(told.replies).toHaveLength(5);
  });

  it("sends what had no room when there is room", async () => {
    const people = answering();
    const { net } = people;
    const call = people.of("a").call("well");
    net.cut = true;
    await people.settle();
    expect(await people.outcome(call)).toBe("pending");
    net.cut = false;
    for (const node of ["b", "c", "d", "e"]) net.port(node).user.onReachable("a");
    expect((await account(people, call)).replies).toHaveLength(5);
  });

  it("is a fate unknown when its member is taken out, and its replies are nothing to the next life", async () => {
    const people = answering();
    const { net } = people;
    const call = people.of("a").call("well");
    call.catch(() => {});
    net.step("b");
    await Promise.resolve().then(() => {});
    await Promise.resolve().then(() => {});
    const late = net.directs.splice(0);
    expect(late).toHaveLength(1);
    net.takeOut("a");
    net.letIn("a");
    expect((await account(people, call)).code).toBe("GROUP_FATE_UNKNOWN unknown");
    const next = people.of("a").call("next");
    for (const direct of late) net.port("a").user.onDirect(direct.from, direct.bytes);
    expect((await account(people, next)).replies).toEqual(expect.arrayContaining(["next from b"]));
  });

  it("is bounded, and checks what it is given", async () => {
    const people = answering();
    expect(() => people.of("a").call(1, { replies: 0 })).toThrow(RangeError);
    expect(() => people.of("a").call(1, { replies: 1.5 })).toThrow(RangeError);
    expect(() => people.of("a").call(1, { timeoutMs: 0 })).toThrow(RangeError);
    expect(() => people.of("a").call("x".repeat(17_000_000))).toThrow(RangeError);
    expect(() => people.of("a").answer(() => 1)).toThrow(TypeError);
    const calls = Array.from({ length: 1025 }, () => people.of("a").call(1));
    for (const call of calls) call.catch(() => {});
    expect(await people.outcome(calls[1024] as Promise<unknown>)).toBe("GROUP_BUSY never");
    expect(await people.outcome(calls[1023] as Promise<unknown>)).toBeTypeOf("object");
  });

  it("drops direct messages that are none", async () => {
    const people = answering();
    people.net.port("a").user.onDirect("b", new Uint8Array([1, 2, 3]));
    expect(people.log.at(-1)).toBe('group direct message is none {"from":"b","bytes":3}');
  });
});
