import fc from "fast-check";
import { expect, test } from "vitest";
import { type Due, DueHeap } from "./due-heap.ts";

const due = (dueMs: number): Due => ({ dueMs, place: -1 });

test("the first is always the one that a list of all would name, whichever come, move and go", () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(50) }),
    fc.record({ remove: fc.nat() }),
    fc.record({ move: fc.nat(), byMs: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const heap = new DueHeap<Due>();
      const all: Due[] = [];
      for (const each of steps) {
        if ("add" in each) {
          const made = due(each.add);
          heap.add(made);
          all.push(made);
        } else if ("move" in each) {
          const moved = all[each.move % Math.max(1, all.length)];
          if (moved !== undefined) heap.earlier(moved, moved.dueMs - each.byMs);
        } else {
          const [gone] = all.splice(each.remove % Math.max(1, all.length), 1);
          if (gone === undefined) continue;
          heap.remove(gone);
          heap.remove(gone);
        }
        expect(heap.count).toBe(all.length);
        const first = heap.first();
        expect(first?.dueMs).toBe(all.length === 0 ? undefined : Math.min(...all.map(({ dueMs }) => dueMs)));
        if (first !== undefined) expect(all).toContain(first);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test("thousands come one by one without a look at the others", () => {
  const count = 5000;
  let looks = 0;
  const heap = new DueHeap<Due>();
  for (let i = 0; i < count; i++) {
    const dueMs = (i * 7919) % count;
    const get = () => {
      looks++;
      return dueMs;
    };
    heap.add(Object.defineProperty(due(0), "dueMs", { get }));
  }
  for (let next = 0; next < count; next++) {
    const first = heap.first() as Due;
    expect(first.dueMs).toBe(next);
    heap.remove(first);
  }
  expect(heap.count).toBe(0);
  expect(looks / count).toBeLessThan(4 * Math.log2(count));
});

test("what was cleared may go in again", () => {
  const heap = new DueHeap<Due>();
  const items = [due(2), due(1)];
  for (const each of items) heap.add(each);
  heap.clear();
  expect([heap.count, heap.first(), ...items.map(({ place }) => place)]).toEqual([0, undefined, -1, -1]);
  heap.remove(items[0] as Due);
  heap.add(items[0] as Due);
  expect(heap.first()).toBe(items[0]);
});
