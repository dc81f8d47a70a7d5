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
});
