import fc from "fast-check";
import { expect, test } from "vitest";
import { Line } from "./line.ts";

test("does what an array does, whatever comes and goes", () => {
  const step = fc.oneof(
    fc.record({ push: fc.nat() }),
    fc.record({ shift: fc.constant(true) }),
    fc.record({ place: fc.nat(200), count: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const line = new Line<number>();
      const all: number[] = [];
      for (const each of steps) {
        if ("push" in each) {
          for (let i = 0; i < 3; i++) line.push(each.push + i);
          all.push(each.push, each.push + 1, each.push + 2);
        } else if ("place" in each) {
          const place = Math.min(each.place, all.length);
          expect(line.splice(place, each.count)).toEqual(all.splice(place, each.count));
        } else if (all.length > 0) expect(line.shift()).toBe(all.shift());
        else expect(() => line.shift()).toThrow(RangeError);
        expect(line.length).toBe(all.length);
      }
      expect([...line]).toEqual(all);
      expect(all.map((_, at) => line.at(at))).toEqual(all);
      expect(() => line.at(all.length)).toThrow(RangeError);
    }),
  );
});
