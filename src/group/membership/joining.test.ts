/** Nodes that are no members: whom they ask, and when one of them forms the next view. */
import { describe, expect, it } from "vitest";
import { Joining } from "./joining.ts";
import { defaultMembershipLimits } from "./limits.ts";
import { Electorate } from "./quorum.ts";
import type { GroupView, Seat } from "./seat.ts";

const limits = {
  ...defaultMembershipLimits,
  maxMembers: 4,
  retryMs: 100,
  foundingWaitMs: 1000,
  patienceMs: 300,
};
const seat = (node: string): Seat => ({ node, incarnation: 1, host: "10.0.0.1", port: 1 });
const view: GroupView = { id: 3, members: ["a", "b", "c"].map(seat) };
const electorate = new Electorate({ kind: "dynamic" }, view);

function joining(node: string, startMs = 0): Joining {
  const one = new Joining(seat(node), limits);
  one.start(startMs);
  return one;
}

/** Whom it asks at a time. */
function asked(one: Joining, nowMs: number): string[] {
  const nodes: string[] = [];
  one.ask(view, electorate, nowMs, (node) => nodes.push(node));
  return nodes.sort();
}

describe("asking to be let in", () => {
  it("asks everybody who may be a member, itself not, and again after a while", () => {
    const one = joining("b");
    for (const node of ["x", "a", "b"]) one.addContact(node);
    expect(asked(one, 0)).toEqual(["a", "c", "x"]);
    expect(asked(one, 99)).toEqual([]);
    expect(asked(one, 100)).toEqual(["a", "c", "x"]);
    one.advanced(110);
    expect(asked(one, 110)).toEqual(["a", "c", "x"]);
  });

  it("says who decides what follows, and what it knows", () => {
    const said: unknown[] = [];
    joining("c").ask(view, electorate, 0, (_, message) => said.push(message));
    joining("z").ask(view, electorate, 0, (_, message) => said.push(message));
    const [first, other] = [said[0], said.at(-1)];
    expect(first).toEqual({ kind: "join", seat: seat("c"), base: 3, isBase: true });
    expect(other).toEqual({ kind: "join", seat: seat("z"), base: 3, isBase: false });
  });

  it("remembers so many contacts and no more", () => {
    const one = joining("z");
    for (let i = 0; i < 100; i++) one.addContact(`x${i}`);
    expect(asked(one, 0).length).toBe(2 * limits.maxMembers + 3);
  });
});

describe("forming a view", () => {
  it("is up to the first of those that decide, when all of them are here", () => {
    const [a, b] = [joining("a"), joining("b")];
    a.heard("b", 3, 0);
    expect(a.isToForm(view, electorate, 1)).toBe(false);
    a.heard("c", 3, 1);
    expect(a.isToForm(view, electorate, 1)).toBe(true);
    for (const node of ["a", "c"]) b.heard(node, 3, 1);
    expect(b.isToForm(view, electorate, 1)).toBe(false);
  });

  it("waits for those that are missing, as long as founders wait, and not for a minority's sake", () => {
    const a = joining("a");
    a.heard("b", 3, 999);
    expect(a.isToForm(view, electorate, 999)).toBe(false);
    expect(a.isToForm(view, electorate, 1000)).toBe(true);
    expect(joining("a").isToForm(view, electorate, 100_000)).toBe(false);
  });

  it("is the next one's when those before it had their time and do nothing", () => {
    const b = joining("b");
    for (const node of ["a", "c"]) b.heard(node, 3, 1250);
    expect(b.isToForm(view, electorate, 1299)).toBe(false);
    expect(b.isToForm(view, electorate, 1300)).toBe(true);
  });

  it("is for none that does not decide, however many it hears", () => {
    const z = joining("z");
    for (const node of ["a", "b", "c"]) z.heard(node, 3, 5000);
    expect(z.isToForm(view, electorate, 5000)).toBe(false);
  });

  it("does not count who knows another view, or was not heard of lately", () => {
    const a = joining("a");
    a.heard("b", 2, 5000);
    a.heard("c", 4, 5000);
    expect(a.isToForm(view, electorate, 5000)).toBe(false);
    a.heard("b", 3, 5000);
    expect(a.isPresent("b", 3, 5499)).toBe(true);
    expect(a.isToForm(view, electorate, 5499)).toBe(true);
    expect(a.isToForm(view, electorate, 5500)).toBe(false);
    a.heard("b", 3, 5600);
    expect(a.isToForm(view, electorate, 5600)).toBe(true);
  });

  it("is for nobody while a member of the last view was heard of", () => {
    const a = joining("a");
    a.heardLive(4800);
    for (const node of ["b", "c"]) a.heard(node, 3, 5299);
    expect(a.isToForm(view, electorate, 5299)).toBe(false);
    expect(a.isToForm(view, electorate, 5300)).toBe(true);
  });

  it("begins to wait anew with a view that was decided without it", () => {
    const a = joining("a");
    a.advanced(900);
    a.heard("b", 3, 1899);
    expect(a.isToForm(view, electorate, 1899)).toBe(false);
    expect(a.isToForm(view, electorate, 1900)).toBe(true);
  });

  it("hears so many nodes and no more, and those again that it heard", () => {
    const a = joining("a");
    for (const node of ["w", "x", "y", "b"]) a.heard(node, 3, 0);
    a.heard("c", 3, 0);
    expect([a.isPresent("b", 3, 0), a.isPresent("c", 3, 0)]).toEqual([true, false]);
    a.heard("b", 3, 400);
    expect(a.isPresent("b", 3, 600)).toBe(true);
  });
});
