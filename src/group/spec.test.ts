import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupSpec } from "./spec.ts";
import type { Violation } from "./spec-properties.ts";
import type { GroupEvent, Guarantee, Member, Order } from "./types.ts";

type Step = readonly [member: string, event: GroupEvent];

const member = (name: string): Member => {
  const [node, incarnation] = name.split("#");
  return { node: node as string, incarnation: Number(incarnation ?? 1) };
};
const full = (name: string): string => (name.includes("#") ? name : `${name}#1`);
const message = (id: string): string => {
  const [sender, sequence] = id.split("/");
  return `${full(sender as string)}/${sequence}`;
};
const at = (name: string, event: GroupEvent): Step => [full(name), event];
const install = (name: string, id: number, names: string, from?: number): Step =>
  at(name, { kind: "install", view: { id, members: names.split(" ").map(member) }, from });
const everybody = (names: string, id: number, from?: number): Step[] =>
  names.split(" ").map((name) => install(name, id, names, from));
const send = (id: string, order: Order = "fifo", guarantee: Guarantee = "reliable", view = 1): Step =>
  at(id.split("/")[0] as string, { kind: "send", id: message(id), view, order, guarantee });
const deliver = (name: string, id: string, view = 1): Step =>
  at(name, { kind: "deliver", id: message(id), view });
const delivers = (name: string, ids: string, view = 1): Step[] =>
  ids.split(" ").map((id) => deliver(name, id, view));
const simply = (name: string, kind: "out" | "crash"): Step =>
  at(name, kind === "out" ? { kind, view: 1 } : { kind });

function judged(steps: readonly Step[], alive?: string): Violation | undefined {
  const spec = new GroupSpec();
  for (const [name, event] of steps) spec.observe(name, event);
  if (alive !== undefined) spec.finish(alive.split(" ").filter(Boolean).map(full));
  return spec.violation;
}

const broken = (steps: readonly Step[], alive?: string) => judged(steps, alive)?.property;
const abc = everybody("a b c", 1);

describe("views", () => {
  it("have whoever installs them: self inclusion", () => {
    expect(broken([install("a", 1, "b c")])).toBe("self inclusion");
    expect(broken([install("a#2", 1, "a#1 b")])).toBe("self inclusion");
  });

  it("come in one direction: local monotonicity", () => {
    expect(broken([...everybody("a b", 2), install("a", 1, "a b", 2)])).toBe("local monotonicity");
    expect(broken([...everybody("a b", 2), install("a", 2, "a b", 2)])).toBe("local monotonicity");
    expect(broken([...everybody("a b", 2), install("a", 3, "a b", 1)])).toBe("local monotonicity");
  });

  it("are one sequence: primary component membership", () => {
    expect(broken([install("a", 1, "a b"), install("c", 1, "c d")])).toBe("primary component membership");
    expect(broken([install("a", 1, "a b"), install("b", 1, "b a")])).toBe("primary component membership");
    expect(broken([...everybody("a b", 1), install("c", 2, "c d")])).toBe("primary component membership");
    expect(broken([install("c", 2, "c d"), install("a", 1, "a b")])).toBe("primary component membership");
    // A node that knew may go on without the process that it was.
    expect(broken([...everybody("a b", 1), simply("a", "crash"), install("a#2", 2, "a#2")])).toBeUndefined();
  });

  it("are where everything happens: initial view event", () => {
    expect(broken([send("a/1")])).toBe("initial view event");
    expect(broken([...abc, send("a/1", "fifo", "reliable", 2)])).toBe("initial view event");
    expect(broken([...abc, send("a/1"), deliver("d", "a/1")])).toBe("initial view event");
  });

  it("leave a blocked member silent until it goes on", () => {
    const blocked = [...abc, send("a/1"), at("b", { kind: "block", view: 1 })];
    expect(broken([...blocked, deliver("b", "a/1")])).toBe("blocked is silent");
    expect(broken([...blocked, send("b/1")])).toBe("blocked is silent");
    expect(broken([...blocked, at("b", { kind: "unblock", view: 1 }), deliver("b", "a/1")])).toBeUndefined();
    const next = [...delivers("a", "a/1"), install("a", 2, "a b", 1)];
    expect(broken([...blocked, ...next, install("b", 2, "a b", 1)])).toBe("virtual synchrony");
  });

  it("leave one silent that stood still while others went on without it", () => {
    const wake = at("c", { kind: "wake" });
    const left = [...abc, send("a/1"), ...delivers("a", "a/1"), install("a", 2, "a b", 1), wake];
    expect(broken([...left, deliver("c", "a/1")])).toBe("paused is silent");
    expect(broken([...left, send("c/1")])).toBe("paused is silent");
    expect(broken([...left, simply("c", "out"), wake])).toBeUndefined();
    expect(broken([...abc, send("a/1"), wake, deliver("c", "a/1")])).toBeUndefined();
    // It had accepted the next view, and is told of it only now.
    const accepted = [...abc, send("a/1"), deliver("a", "a/1"), install("a", 2, "a b c", 1), wake];
    expect(broken([...accepted, deliver("c", "a/1"), install("c", 2, "a b c", 1)])).toBeUndefined();
  });

  it("have nobody who is out or crashed", () => {
    expect(broken([...abc, send("a/1"), simply("b", "out"), deliver("b", "a/1")])).toBe("out is the end");
    expect(broken([...abc, simply("b", "crash"), install("b", 2, "a b", 1)])).toBe("out is the end");
    expect(broken([...abc, simply("b", "out"), simply("b", "crash")])).toBeUndefined();
  });
});

describe("messages", () => {
  it("were sent: delivery integrity", () => {
    expect(broken([...abc, deliver("b", "a/1")])).toBe("delivery integrity");
    expect(broken([...abc, deliver("b", "a/1"), send("a/1")])).toBe("delivery integrity");
  });

  it("come once: no duplication", () => {
    expect(broken([...abc, send("a/1", "unordered"), ...delivers("b", "a/1 a/1")])).toBe("no duplication");
    expect(broken([...abc, send("a/1"), send("a/1")])).toBe("no duplication");
  });

  it("come to their own sender, if it goes on: self delivery", () => {
    const left = [...abc, send("a/1"), install("a", 2, "a b", 1)];
    expect(broken(left)).toBe("self delivery");
    expect(broken([...abc, send("a/1"), simply("a", "crash")])).toBeUndefined();
    expect(broken([...abc, send("a/1", "fifo", "unreliable"), install("a", 2, "a b", 1)])).toBeUndefined();
  });

  it("come in the view in which they were sent, the same for all", () => {
    const moved = [...abc, send("a/1"), deliver("a", "a/1"), install("a", 2, "a b", 1)];
    expect(broken([...moved, send("a/2", "fifo", "reliable", 2), deliver("b", "a/2")])).toBe(
      "sending view delivery",
    );
    const two = [...abc, ...everybody("a b c", 2, 1), send("a/1", "fifo", "reliable", 2)];
    expect(
      broken([...two, deliver("a", "a/1", 2), ...everybody("a b c", 3, 2), deliver("b", "a/1", 3)]),
    ).toBe("virtual synchrony");
    expect(
      broken([
        ...abc,
        send("a/1"),
        deliver("a", "a/1"),
        simply("a", "crash"),
        install("b", 2, "b c", 1),
        deliver("b", "a/1", 2),
      ]),
    ).toBe("same view delivery");
  });

  it("are the same for those who go on together: virtual synchrony", () => {
    const sent = [...abc, send("c/1"), simply("c", "crash")];
    expect(broken([...sent, deliver("a", "c/1"), ...everybody("a b", 2, 1)])).toBe("virtual synchrony");
    expect(broken([...sent, deliver("b", "c/1"), ...everybody("a b", 2, 1)])).toBe("virtual synchrony");
    expect(broken([...sent, ...everybody("a b", 2, 1)])).toBeUndefined();
    expect(broken([...sent, deliver("a", "c/1"), install("b", 2, "b d", 1)])).toBeUndefined();
  });
});

describe("orders", () => {
  const ms = [send("a/1"), send("a/2"), send("a/3"), send("b/1"), send("b/2"), send("b/3")];

  it("of one sender: FIFO delivery, however two senders are interleaved", () => {
    expect(broken([...abc, ...ms, ...delivers("c", "a/1 a/2 a/3 b/1 b/2 b/3")])).toBeUndefined();
    expect(broken([...abc, ...ms, ...delivers("c", "a/1 b/1 b/2 a/2 b/3 a/3")])).toBeUndefined();
    expect(broken([...abc, ...ms, ...delivers("c", "a/1 b/1 b/2 a/3")])).toBe("FIFO delivery");
    expect(broken([...abc, ...ms, deliver("c", "b/2")])).toBe("FIFO delivery");
  });

  it("of one sender hold across orders, but not for unordered messages, and loosely for unreliable ones", () => {
    const mixed = [send("a/1", "total"), send("a/2", "causal"), send("a/3", "unordered")];
    expect(broken([...abc, ...mixed, deliver("b", "a/3")])).toBeUndefined();
    expect(broken([...abc, ...mixed, deliver("b", "a/2")])).toBe("FIFO delivery");
    const loose = [send("a/1", "fifo", "unreliable"), send("a/2", "fifo", "unreliable")];
    expect(broken([...abc, ...loose, deliver("b", "a/2")])).toBeUndefined();
    expect(broken([...abc, ...loose, ...delivers("b", "a/2 a/1")])).toBe("FIFO delivery");
  });

  it("of cause and effect: causal delivery", () => {
    const chain = [...abc, send("a/1"), deliver("b", "a/1"), send("b/1", "causal")];
    expect(broken([...chain, deliver("c", "b/1")])).toBe("causal delivery");
    expect(broken([...chain, ...delivers("c", "a/1 b/1")])).toBeUndefined();
    expect(
      broken([...abc, send("a/1"), deliver("b", "a/1"), send("b/1"), deliver("c", "b/1")]),
    ).toBeUndefined();
    const concurrent = [...abc, send("a/1", "causal"), send("b/1", "causal"), ...delivers("c", "b/1 a/1")];
    expect(broken([...concurrent, ...delivers("a", "a/1 b/1")])).toBeUndefined();
  });

  it("of all: weak for those who go on together, strong for all if atomic", () => {
    const totals = (guarantee: Guarantee): Step[] => [
      ...abc,
      send("a/1", "total", guarantee),
      send("b/1", "causal-total", guarantee),
      ...delivers("a", "a/1 b/1"),
      deliver("c", "b/1"),
    ];
    expect(broken(totals("reliable"))).toBeUndefined();
    expect(broken(totals("atomic"))).toBe("strong total order");
    const together = [...totals("reliable"), deliver("c", "a/1"), install("a", 2, "a c", 1)];
    expect(broken([...together, install("c", 2, "a c", 1)])).toBe("weak total order");
  });

  it("have barriers: sync", () => {
    const sides = [...abc, send("a/1", "unordered"), send("b/1", "sync")];
    expect(broken([...sides, ...delivers("a", "a/1 b/1"), deliver("c", "b/1")])).toBe("sync");
    expect(broken([...sides, deliver("c", "b/1"), ...delivers("a", "a/1 b/1")])).toBe("sync");
    expect(broken([...sides, ...delivers("c", "b/1 a/1"), ...delivers("a", "b/1 a/1")])).toBeUndefined();
    expect(broken([...sides, ...delivers("c", "b/1 a/1"), ...delivers("a", "a/1 b/1")])).toBe("sync");
    const seen = [...abc, send("a/1", "unordered"), deliver("b", "a/1"), send("b/1", "sync")];
    expect(broken([...seen, deliver("c", "b/1")])).toBe("sync");
  });
});

describe("guarantees", () => {
  it("of atomic messages hold for all who go on: safe delivery", () => {
    const sent = [...abc, send("a/1", "fifo", "atomic")];
    expect(broken([...sent, deliver("c", "a/1"), install("b", 2, "b", 1)])).toBe("safe delivery");
    expect(broken([...sent, install("b", 2, "b", 1), deliver("c", "a/1")])).toBe("safe delivery");
    const told = at("a", { kind: "settle", id: "a#1/1" });
    expect(broken([...sent, told, install("b", 2, "b", 1)])).toBe("safe delivery");
    expect(broken([...sent, install("b", 2, "b", 1)])).toBeUndefined();
  });

  /** Each place as `1:a/1`: the message, and where the log has it. */
  const safely = (name: string, places: string, view = 1): Step[] =>
    places.split(" ").map((each) => {
      const [position, id] = each.split(":") as [string, string];
      return at(name, { kind: "deliver", id: message(id), view, position: Number(position) });
    });

  it("of safe messages hold over all views: one order without gaps, and nothing lost", () => {
    const sent = [...abc, send("a/1", "total", "safe"), send("b/1", "total", "safe")];
    const both = [...sent, ...safely("a", "1:a/1 2:b/1")];
    expect(broken([...both, ...safely("b", "2:b/1 1:a/1")])).toBe("no duplication");
    expect(broken([...both, ...safely("b", "2:b/1 2:b/1")])).toBe("no duplication");
    expect(broken([...both, ...safely("a", "3:b/1")])).toBe("no duplication");
    expect(broken([...both, ...safely("b", "1:b/1")])).toBe("strong total order");
    expect(broken([...both, ...safely("b", "3:b/1")])).toBe("strong total order");
    expect(broken([...sent, deliver("a", "a/1")])).toBe("strong total order");
    expect(broken([...both, ...safely("b", "2:b/1")])).toBeUndefined();
    const third = [...both, send("c/1", "total", "safe"), ...safely("a", "3:c/1")];
    expect(broken([...third, ...safely("b", "1:a/1 3:c/1")])).toBe("strong total order");
    const told = at("a", { kind: "settle", id: "a#1/1" });
    expect(broken([...sent, told], "a b c")).toBe("durable delivery");
    expect(broken([...sent, ...safely("a", "1:a/1"), ...safely("b", "1:a/1 2:b/1")], "a b c")).toBe(
      "durable delivery",
    );
  });

  it("of safe messages go on after a state that has some of them, and while a member is blocked", () => {
    const sent = [...abc, ...["a/1", "b/1", "c/1"].map((id) => send(id, "total", "safe"))];
    const all = [...sent, ...safely("a", "1:a/1 2:b/1 3:c/1")];
    const restored = at("b", { kind: "restore" });
    expect(broken([...all, ...safely("b", "1:a/1"), restored, ...safely("b", "3:c/1")])).toBeUndefined();
    expect(broken([...all, ...safely("b", "2:b/1"), restored, ...safely("b", "1:a/1")])).toBe(
      "no duplication",
    );
    expect(broken([...all, restored, ...safely("b", "1:a/1 3:c/1")])).toBe("strong total order");
    expect(broken([...all, at("b", { kind: "block", view: 1 }), ...safely("b", "1:a/1")])).toBeUndefined();
    expect(broken([...all, ...safely("b", "1:a/1", 2)])).toBe("initial view event");
  });

  it("of safe messages allow that one comes first to who was given those before it without a view", () => {
    const sent = [...abc, ...["a/1", "b/1"].map((id) => send(id, "total", "safe"))];
    expect(broken([...sent, ...safely("b", "2:b/1"), ...safely("a", "1:a/1 2:b/1")])).toBeUndefined();
  });
});

describe("rest", () => {
  it("comes in one view of all who live: membership precision", () => {
    expect(broken(abc, "a b")).toBe("membership precision");
    expect(broken([...abc, simply("c", "crash"), install("a", 2, "a b", 1)], "a b")).toBe(
      "membership precision",
    );
    expect(broken([...abc, simply("c", "crash"), ...everybody("a b", 2, 1)], "a b")).toBeUndefined();
    expect(broken([...abc, at("b", { kind: "block", view: 1 })], "a b c")).toBe("membership precision");
    expect(broken([], "a")).toBe("membership precision");
    expect(broken(abc, "")).toBeUndefined();
  });

  it("comes when all is delivered: termination of delivery", () => {
    const sent = [...abc, send("a/1"), deliver("a", "a/1"), deliver("b", "a/1")];
    expect(broken(sent, "a b c")).toBe("termination of delivery");
    expect(broken([...sent, deliver("c", "a/1")], "a b c")).toBeUndefined();
  });

  it("keeps the first violation, and looks at nothing after it", () => {
    const spec = new GroupSpec();
    const first = spec.observe("a#1", { kind: "deliver", id: "b#1/1", view: 1 });
    expect(first?.property).toBe("delivery integrity");
    expect(spec.observe("a#1", { kind: "crash" })).toBe(first);
    expect(spec.finish([])).toBe(first);
  });
});

/** Runs of a perfect group: everybody goes along one sequence of messages at its own pace, and catches up before it leaves. */
const perfect = fc
  .record({
    orders: fc.array(
      fc.record({
        sender: fc.nat(2),
        order: fc.constantFrom<Order>("unordered", "fifo", "causal", "total", "causal-total", "sync"),
        guarantee: fc.constantFrom<Guarantee>("reliable", "atomic"),
        paces: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
      }),
      { minLength: 2, maxLength: 12 },
    ),
  })
  .map(({ orders }) => {
    const names = ["a", "b", "c"];
    const steps: Step[] = [...abc];
    const sequence: string[] = [];
    const done = [0, 0, 0];
    const advance = (who: number, count: number): void => {
      for (let i = 0; i < count && (done[who] as number) < sequence.length; i++) {
        steps.push(deliver(names[who] as string, sequence[done[who] as number] as string));
        done[who] = (done[who] as number) + 1;
      }
    };
    for (const { sender, order, guarantee, paces } of orders) {
      const id = `${names[sender]}/${sequence.length + 1}`;
      steps.push(send(id, order, guarantee));
      sequence.push(id);
      for (let who = 0; who < 3; who++) advance(who, paces[who] as number);
    }
    for (let who = 0; who < 3; who++) advance(who, sequence.length);
    return [...steps, ...everybody("a b c", 2, 1)];
  });

describe("any run of a perfect group", () => {
  it("is allowed", () => {
    fc.assert(
      fc.property(perfect, (steps) => {
        expect(judged(steps, "a b c")).toBeUndefined();
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("is not, when one delivery is left out, doubled, or put into the next view", () => {
    fc.assert(
      fc.property(perfect, fc.nat(), fc.constantFrom("left out", "doubled", "late"), (steps, pick, how) => {
        const places = steps.flatMap(([, { kind }], place) => (kind === "deliver" ? [place] : []));
        const place = places[pick % places.length] as number;
        const [name, event] = steps[place] as Step;
        const changed = [...steps];
        if (how === "doubled") changed.splice(place, 0, [name, event]);
        else changed.splice(place, 1);
        if (how === "late" && event.kind === "deliver") changed.push([name, { ...event, view: 2 }]);
        expect(judged(changed, "a b c")).toBeDefined();
      }),
      { seed: 8, numRuns: 1000 },
    );
  });
});
