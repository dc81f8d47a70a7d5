/** Whole views: machines that multicast to each other in every order at once, judged by the spec. */
import { describe, expect, it } from "vitest";
import { GroupView } from "../../../test/support/group-view.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type Random, randomBelow } from "../../world/index.ts";
import { type Guarantee, memberName, type Order } from "../types.ts";

const ORDERS: readonly Order[] = ["unordered", "fifo", "causal", "total", "causal-total", "sync"];

function chaos(view: GroupView, random: Random, ms: number, syncShare = 40): void {
  const untilMs = view.nowMs + ms;
  while (view.nowMs < untilMs) {
    const rank = randomBelow(random, view.members.length);
    if (!view.dead.has(rank)) {
      const order: Order =
        randomBelow(random, syncShare) === 0 ? "sync" : (ORDERS[randomBelow(random, 5)] as Order);
      const die = randomBelow(random, 5);
      const guarantee: Guarantee =
        die === 0 && (order === "fifo" || order === "unordered")
          ? "unreliable"
          : die < 3
            ? "reliable"
            : "atomic";
      const size = randomBelow(random, 30) === 0 ? 100_000 : randomBelow(random, 100);
      view.multicast(
        rank,
        order,
        guarantee,
        random.bytes(8).length === 8 ? new Uint8Array(size) : new Uint8Array(),
      );
    }
    view.run(view.nowMs + randomBelow(random, 4));
  }
}

describe("a view", () => {
  it("delivers everything to everybody as its order says, and comes to rest", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const view = new GroupView(1 + randomBelow(random, 6), random);
      chaos(view, random, 120);
      view.run(view.nowMs + 400);
      expect(view.spec.violation, `seed ${seed}`).toBeUndefined();
      expect(view.spec.finish(view.members.map(memberName)), `seed ${seed}`).toBeUndefined();
    }
  });

  it("tells again what is stable over a new link: the last confirmation may have gone down with the old one", () => {
    const view = new GroupView(2, seededRandom(1), {}, 1);
    view.multicast(0, "total", "atomic", Uint8Array.of(1));
    while (view.machines[1]?.receivedOf(0) === 0) view.run(view.nowMs + 1);
    view.stuck.add("0>1");
    view.run(view.nowMs + 100);
    expect([view.settled[0], view.delivered[1]]).toEqual([[1], []]);
    view.relink(0, 1);
    view.run(view.nowMs + 100);
    expect(view.delivered[1]?.map(({ sequence }) => sequence)).toEqual([1]);
  });

  it("ends the same for all who go on, wherever it is cut", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = seededRandom(seed);
      const view = new GroupView(2 + randomBelow(random, 5), random, {}, 1 + randomBelow(random, 40));
      const size = view.members.length;
      chaos(view, random, 60, 12);
      const dying = Array.from(
        { length: randomBelow(random, size) },
        (_, i) => (i + randomBelow(random, size)) % size,
      );
      for (const rank of dying) {
        for (let to = 0; to < size; to++) if (randomBelow(random, 2) === 0) view.stuck.add(`${rank}>${to}`);
      }
      chaos(view, random, 20, 12);
      for (const rank of new Set(dying)) view.crash(rank);
      chaos(view, random, randomBelow(random, 40), 12);
      const survivors = view.members.map((_, rank) => rank).filter((rank) => !view.dead.has(rank));
      if (survivors.length === 0) continue;
      view.finish(survivors);
      expect(view.spec.violation, `seed ${seed}`).toBeUndefined();
    }
  });

  it("calls nothing stable whose past some lack: those who knew it may all be gone", () => {
    const cases = (["fifo", "unordered"] as const).flatMap((past) =>
      (["causal", "causal-total", "sync"] as const).map((order) => [past, order] as const),
    );
    for (const [past, order] of cases) {
      // What an unordered message was seen before means something to a sync only.
      if (past === "unordered" && order !== "sync") continue;
      const view = new GroupView(5, seededRandom(1));
      // What the fourth says comes to the fifth, and to nobody else.
      for (const to of [0, 1, 2]) view.stuck.add(`3>${to}`);
      view.multicast(3, past, "reliable", new Uint8Array(8));
      view.run(50);
      expect(view.delivered[4]?.length).toBe(1);
      view.multicast(4, order, "reliable", new Uint8Array(8));
      view.multicast(4, "fifo", "atomic", new Uint8Array(8));
      view.multicast(4, order, "atomic", new Uint8Array(8));
      view.run(100);
      for (const rank of [3, 4]) view.crash(rank);
      view.finish([0, 1, 2]);
      expect(view.spec.violation, `${past}, ${order}`).toBeUndefined();
      expect(view.settled[4]).toEqual([]);
    }
  });

  it("calls it stable when its past has come", () => {
    const view = new GroupView(3, seededRandom(1));
    view.stuck.add("1>0");
    view.multicast(1, "fifo", "reliable", new Uint8Array(8));
    view.run(50);
    view.multicast(2, "causal", "atomic", new Uint8Array(8));
    view.run(100);
    expect(view.settled[2]).toEqual([]);
    view.stuck.clear();
    view.run(200);
    expect(view.settled[2]).toEqual([1]);
    expect(view.delivered.map(({ length }) => length)).toEqual([2, 2, 2]);
  });
});
