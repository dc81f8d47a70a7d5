import fc from "fast-check";
import { expect, test } from "vitest";
import { type Candidate, choosePlaces } from "./placement.ts";

const GIB = 1024 ** 3;

function node(name: string, domain = "", freeGib = 100, replicas = 0): Candidate {
  return { name, domain, freeBytes: freeGib * GIB, replicas };
}

test("each failure domain gets one before any gets a second", () => {
  const nodes = [node("a1", "a", 900), node("a2", "a", 800), node("b1", "b", 10), node("c1", "c", 20)];
  expect(choosePlaces(nodes, 3)).toEqual(["a1", "c1", "b1"]);
  expect(choosePlaces(nodes, 4)).toEqual(["a1", "c1", "b1", "a2"]);
});

test("domains that have a replica already come last", () => {
  const nodes = [node("a1", "a", 900), node("b1", "b", 1)];
  expect(choosePlaces(nodes, 1, [node("a2", "a")])).toEqual(["b1"]);
  expect(choosePlaces(nodes, 2, [node("a2", "a")])).toEqual(["b1", "a1"]);
});

test("a node without a domain stands for itself", () => {
  expect(choosePlaces([node("x"), node("y"), node("a1", "a"), node("a2", "a")], 3)).toEqual(["a1", "x", "y"]);
});

test("much more free space decides, then fewer replicas", () => {
  const nodes = [node("full", "", 10), node("busy", "", 101, 5), node("idle", "", 100, 1)];
  expect(choosePlaces(nodes, 1)).toEqual(["idle"]);
  expect(choosePlaces(nodes, 3)).toEqual(["idle", "busy", "full"]);
});

test("whatever the nodes, the places are different ones, as many as can be, and spread as far as can be", () => {
  const candidate = fc.record({
    name: fc.string({ minLength: 1, maxLength: 6 }),
    domain: fc.constantFrom("", "a", "b", "c"),
    freeBytes: fc.nat(),
    replicas: fc.nat(10),
  });
  const nodes = fc.uniqueArray(candidate, { selector: ({ name }) => name, maxLength: 12 });
  fc.assert(
    fc.property(nodes, fc.integer({ min: 1, max: 8 }), (candidates, count) => {
      const chosen = choosePlaces(candidates, count);
      expect(new Set(chosen).size).toBe(Math.min(count, candidates.length));
      const domainOf = (name: string) => {
        const { domain } = candidates.find((each) => each.name === name) as Candidate;
        return domain === "" ? `node ${name}` : domain;
      };
      const domains = new Set(candidates.map(({ name }) => domainOf(name)));
      expect(new Set(chosen.map(domainOf)).size).toBe(Math.min(chosen.length, domains.size));
      expect(choosePlaces([...candidates].reverse(), count)).toEqual(chosen);
    }),
    { seed: 5 },
  );
});
