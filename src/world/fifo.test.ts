import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("does what an array does, whatever comes and goes", () => {
  const step = fc.oneof(
    fc.record({ push: fc.nat() }),
    fc.record({ shift: fc.constant(true) }),
    fc.record({ place: fc.nat(200), count: fc.nat(5) }),
    fc.record({ without: fc.integer({ min: 2, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const queue = new Fifo<number>();
      const all: number[] = [];
      for (const each of steps) {
        if ("push" in each) {
          for (let i = 0; i < 3; i++) queue.push(each.push + i);
          all.push(each.push, each.push + 1, each.push + 2);
        } else if ("place" in each) {
          const place = Math.min(each.place, all.length);
          expect(queue.splice(place, each.count)).toEqual(all.splice(place, each.count));
        } else if ("without" in each) {
          const keep = (item: number) => item % each.without !== 0;
          queue.filter(keep);
          all.splice(0, all.length, ...all.filter(keep));
        } else expect(queue.shift()).toBe(all.shift());
        expect([queue.length, queue.peek(), queue.last()]).toEqual([all.length, all[0], all.at(-1)]);
      }
      expect([...queue]).toEqual(all);
      expect(all.map((_, at) => queue.at(at))).toEqual(all);
      expect(() => queue.at(all.length)).toThrow(RangeError);
      expect(queue.drain()).toEqual(all);
      expect([queue.length, queue.shift()]).toEqual([0, undefined]);
    }),
  );
});
