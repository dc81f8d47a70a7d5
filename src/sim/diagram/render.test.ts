import { describe, expect, it } from "vitest";
import { whyNotWellFormed } from "../../../test/support/well-formed.ts";
import type { SimNode } from "../node.ts";
import { Simulation } from "../simulation.ts";
import type { TraceRecord } from "../trace.ts";
import { type DiagramOptions, MAX_DIAGRAM_EVENTS, renderDiagram } from "./render.ts";

/** A run with everything in it that a diagram shows. */
async function eventful(names: readonly string[]): Promise<Simulation> {
  const sim = new Simulation({ seed: 5, link: { latencyMs: 5, jitterMs: 3 } });
  const nodes = names.map((name) => sim.node(name));
  const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
  const port = 7;
  const send = async (from: SimNode, to: SimNode): Promise<void> => {
    const socket = await from.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
    socket.send(new Uint8Array(3), { host: to.ip, port });
    socket.close();
  };
  await sim.run(async () => {
    for (const node of nodes) {
      await node.start(async (world) => {
        world.log.info("up", { text: "]]> <script>alert(1)</script>" });
        await world.net.datagram({ bind: { host: "0.0.0.0", port } });
      });
    }
    await send(a, b);
    sim.network.setAll({ loss: 1 });
    await send(b, c);
    sim.network.setAll({ loss: 0, duplicate: 1, corrupt: 1 });
    await send(c, a);
    sim.network.setAll({ duplicate: 0, corrupt: 0 });
    const cut = sim.partition([a], [b, c]);
    await sim.sleep(20);
    cut.heal();
    b.crash();
    await send(c, b);
    await sim.sleep(60_000);
    await b.restart();
    c.pause();
    await send(a, c);
    await sim.sleep(30);
    c.resume();
    a.disk.failNext.push("STORE_IO");
    const store = await a.world.storage.open("x");
    store.apply([{ key: Uint8Array.of(1), value: Uint8Array.of(1) }]);
    await store.sync().catch(() => {});
    await send(a, a);
    await send(a, b);
  });
  return sim;
}

const count = (svg: string, what: RegExp): number => svg.match(what)?.length ?? 0;
/** Of an element's `title`. */
const hovers = (svg: string): string[] =>
  [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map((match) => match[1] as string);

describe("a diagram", () => {
  it("is the same for the same run, well-formed, and finite", async () => {
    const svg = renderDiagram((await eventful(["a", "b", "c"])).trace.records(), { title: "a & b" });
    expect(renderDiagram((await eventful(["a", "b", "c"])).trace.records(), { title: "a & b" })).toBe(svg);
    expect(whyNotWellFormed(svg)).toBeUndefined();
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|\bon\w+=/);
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" width="')).toBe(true);
    expect(svg.length).toBeLessThan(60_000);
  });

  it("shows each message once, by its fate, with the trace's own words", async () => {
    const sim = await eventful(["a", "b", "c"]);
    const svg = renderDiagram(sim.trace.records());
    const records = [...sim.trace.records()];
    const sent = records.filter(
      ({ kind, what }) => kind === "send" || (kind === "drop" && what.includes(" lost")),
    );
    expect(sent.length).toBe(8);
    const messages = hovers(svg).filter((text) => /: udp /.test(text));
    expect(messages.length).toBe(8);
    for (const { what } of sent)
      expect(messages.filter((text) => text.includes(what.replace(">", "&gt;")))).toHaveLength(1);
    expect(messages.filter((text) => text.includes(" received"))).toHaveLength(5);
    expect(messages.filter((text) => text.includes(" nobody there"))).toHaveLength(1);
    expect(count(svg, /stroke-dasharray="6 3"/g)).toBe(1 + 2);
  });

  it("leaves a gap where a node is down, and shades what is cut", async () => {
    const svg = renderDiagram((await eventful(["a", "b", "c"])).trace.records());
    expect(count(svg, /stroke="#222222" stroke-width="1.5"/g)).toBe(4);
    expect(hovers(svg)).toContainEqual(
      expect.stringMatching(/^c is paused, from 60,0[\d.]+ ms to 60,0[\d.]+ ms$/),
    );
    const cut = /^cut a &gt; b,c, and back, from [\d.]+ ms to 2[\d.]+ ms$/;
    expect(hovers(svg).filter((text) => cut.test(text))).toHaveLength(3);
    expect(svg).toContain("⋮ 59,");
  });

  it("survives any names and texts", async () => {
    const hostile = ['<b onload="x">&amp;', "]]>\u0000\ud800'", "名前🙂 > a,b"];
    const svg = renderDiagram((await eventful(hostile)).trace.records(), { title: "</title><script>" });
    expect(whyNotWellFormed(svg)).toBeUndefined();
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("<b ");
  });
});

it("draws of a message that was sent before the window how it ended: dotted, with a head or a cross", () => {
  const record = (atMs: number, node: string, kind: TraceRecord["kind"], what: string, message?: number) => {
    const peer = node === "a" ? "b" : "a";
    return { atNs: atMs * 1e6, node, kind, what, ...(message !== undefined && { message, peer }) };
  };
  const trace: TraceRecord[] = [
    record(0, "a", "node", "start 1"),
    record(0, "b", "node", "start 1"),
    ...[1, 2, 3].map((message) => record(1, "a", "send", `m${message} sent`, message)),
    record(10, "a", "drop", "m1 queue full", 1),
    record(11, "b", "drop", "m2 nobody there", 2),
    record(12, "b", "receive", "m3 received", 3),
  ];
  const drawn = (message: number): string =>
    [...renderDiagram(trace, { fromMs: 5 }).matchAll(/<g><title>[^<]*<\/title>(.*?)<\/g>/gs)].find(([text]) =>
      text.includes(`m${message} sent`),
    )?.[1] as string;
  const isCross = /stroke="#d55e00" stroke-width="2" fill="none"/;
  for (const message of [1, 2, 3]) expect(drawn(message)).toContain('stroke-dasharray="1 3"');
  expect(drawn(1)).toMatch(isCross);
  expect(drawn(2)).toMatch(isCross);
  expect(drawn(3)).not.toMatch(isCross);
  const endOf = (message: number) => Number(/ x2="([\d.]+)"/.exec(drawn(message))?.[1]);
  expect(endOf(1)).toBeLessThan(endOf(2));
  expect(endOf(2)).toBe(endOf(3));
});

describe("a long trace", () => {
  function* ticks(length: number): Generator<TraceRecord> {
    for (let i = 0; i < length; i++)
      yield { atNs: i * 1e6, node: `n${i % 3}`, kind: "log", what: `tick ${i}` };
  }

  it("is shown by its end, and the diagram says so", () => {
    const svg = renderDiagram(ticks(50_000));
    expect(svg).toContain(
      "3 nodes, 1,000 of 50,000 events, 49,000 to 49,999 ms: 49,000 before and 0 after are left out",
    );
    expect(svg).toContain("tick 49999");
    expect(svg).not.toContain("tick 48999");
    expect(svg.length).toBeLessThan(1_000_000);
  });

  it("is shown from where one likes", () => {
    const svg = renderDiagram(ticks(5000), { fromMs: 100, toMs: 2000, maxEvents: 50 });
    expect(svg).toContain(
      "3 nodes, 50 of 5,000 events, 100 to 149 ms: 100 before and 4,850 after are left out",
    );
  });

  it("is bounded", () => {
    for (const maxEvents of [0, -1, 1.5, Number.NaN, MAX_DIAGRAM_EVENTS + 1]) {
      expect(() => renderDiagram([], { maxEvents } as DiagramOptions)).toThrow(RangeError);
    }
    expect(whyNotWellFormed(renderDiagram([]))).toBeUndefined();
  });

  it("counts what is too much for one moment", () => {
    const burst = (count: number): TraceRecord[] =>
      Array.from({ length: count }, (_, i) => ({ atNs: 5e6, node: "a", kind: "log", what: `line ${i}` }));
    const eight = renderDiagram(burst(8));
    expect(count(eight, /<\/title>a: line \d/g)).toBe(6);
    expect(eight).toContain("5 ms a: line 6\n5 ms a: line 7</title>… and 2 more</text>");
    expect(count(renderDiagram(burst(7)), /<\/title>a: line \d/g)).toBe(7);
  });

  it("of many nodes has narrow lanes and short names", () => {
    const many = Array.from(
      { length: 200 },
      (_, i): TraceRecord => ({ atNs: i, node: `node-${i}`, kind: "node", what: "start 1" }),
    );
    const svg = renderDiagram(many);
    expect(whyNotWellFormed(svg)).toBeUndefined();
    expect(svg.length).toBeLessThan(200_000);
    expect(Number(/width="([\d.]+)"/.exec(svg)?.[1])).toBeLessThan(6000);
  });
});
