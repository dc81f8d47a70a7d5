/** The trace as records, as lines, and as a digest; and how the records of one message hang together. */
import { describe, expect, it } from "vitest";
import { bytes } from "../world/contract/contract.ts";
import { Simulation, type SimulationOptions, Trace, type TraceRecord } from "./index.ts";

const message = {
  number: 1,
  path: { number: 1, text: "udp 10.0.0.1:1>10.0.0.2:2" },
  length: 3,
  checksum: 0xab,
};

describe("a trace", () => {
  it("keeps its last lines, and a digest of all", () => {
    const whole = new Trace(10_000);
    const short = new Trace(300);
    for (let n = 0; n < 1000; n++) {
      whole.add(n * 1e6, "a", `event ${n}`);
      short.add(n * 1e6, "a", `event ${n}`);
    }
    expect(short.digest()).toBe(whole.digest());
    expect(short.length).toBe(1000);
    expect(short.text().split("\n").length).toBeLessThan(600);
    expect(whole.text().endsWith(short.text())).toBe(true);
    expect(short.tail(1)).toBe("999.000000 a event 999");
    expect(short.tail(280)).toBe(whole.text().split("\n").slice(-281, -1).join("\n"));
    expect(whole.tail(5000)).toBe(whole.text().slice(0, -1));
    whole.add(1, "a", "one more");
    expect(short.digest()).not.toBe(whole.digest());
  });

  it("tells the same in records and in lines", () => {
    const trace = new Trace();
    trace.add(1_500_000, "a", "start 1", "node");
    trace.message(2_000_001, "a", "b", "send", " sent, ", message);
    trace.message(3_000_000, "b", "a", "drop", " nobody there, ", { ...message, length: -1 });
    const records = [...trace.records()];
    expect(records).toEqual([
      { atNs: 1_500_000, node: "a", kind: "node", what: "start 1" },
      {
        atNs: 2_000_001,
        node: "a",
        kind: "send",
        what: "udp 10.0.0.1:1>10.0.0.2:2 sent, 3b 000000ab",
        message: 1,
        peer: "b",
      },
      {
        atNs: 3_000_000,
        node: "b",
        kind: "drop",
        what: "udp 10.0.0.1:1>10.0.0.2:2 nobody there, ",
        message: 1,
        peer: "a",
      },
    ]);
    expect(trace.text()).toBe(
      [
        "1.500000 a start 1",
        "2.000001 a udp 10.0.0.1:1>10.0.0.2:2 sent, 3b 000000ab",
        "3.000000 b udp 10.0.0.1:1>10.0.0.2:2 nobody there, ",
        "",
      ].join("\n"),
    );
  });

  it("has another digest when anything in it differs", () => {
    const digest = (change: (trace: Trace) => void): string => {
      const trace = new Trace();
      change(trace);
      return trace.digest();
    };
    const shown = { ...message };
    const digests = [
      digest(() => {}),
      digest((trace) => trace.add(1, "a", "x", "log")),
      digest((trace) => trace.add(2, "a", "x", "log")),
      digest((trace) => trace.add(1, "b", "x", "log")),
      digest((trace) => trace.add(1, "a", "y", "log")),
      digest((trace) => trace.add(1, "a", "x", "fault")),
      digest((trace) => trace.message(1, "a", "b", "send", " sent, ", shown)),
      digest((trace) => trace.message(1, "a", "c", "send", " sent, ", shown)),
      digest((trace) => trace.message(1, "a", "b", "send", " lost, ", shown)),
      digest((trace) => trace.message(1, "a", "b", "send", " sent, ", { ...shown, number: 2 })),
      digest((trace) => trace.message(1, "a", "b", "send", " sent, ", { ...shown, length: 4 })),
      digest((trace) => trace.message(1, "a", "b", "send", " sent, ", { ...shown, checksum: 1 })),
      digest((trace) =>
        trace.message(1, "a", "b", "send", " sent, ", { ...shown, path: trace.newPath("x") }),
      ),
      digest((trace) =>
        trace.message(1, "a", "b", "send", " sent, ", { ...shown, path: trace.newPath("y") }),
      ),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });
});

/** One datagram from a to b, and what is told of it. */
async function oneDatagram(
  options: Omit<SimulationOptions, "seed">,
  prepare: (sim: Simulation) => void = () => {},
): Promise<TraceRecord[]> {
  const sim = new Simulation({ ...options, seed: 1 });
  const [a, b] = [sim.node("a"), sim.node("b")];
  await sim.run(async () => {
    const from = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: 1 } });
    await b.world.net.datagram({ bind: { host: "0.0.0.0", port: 2 }, groups: ["239.0.0.1"] });
    prepare(sim);
    from.send(bytes("x"), { host: b.ip, port: 2 });
    await sim.sleep(10);
  });
  return [...sim.trace.records()].filter(({ message }) => message !== undefined);
}

describe("the records of a message", () => {
  const told = (records: TraceRecord[]) =>
    records.map(({ node, kind, peer, message }) => `${kind} ${message} ${node}-${peer}`);

  it("join its sending to each receipt", async () => {
    expect(told(await oneDatagram({}))).toEqual(["send 1 a-b", "receive 1 b-a"]);
    expect(told(await oneDatagram({ link: { duplicate: 1 } })).sort()).toEqual([
      "receive 1 b-a",
      "receive 1 b-a",
      "send 1 a-b",
      "send 1 a-b",
    ]);
  });

  it("say where it was lost", async () => {
    expect(told(await oneDatagram({ link: { loss: 1 } }))).toEqual(["drop 1 a-b"]);
    const cut = await oneDatagram({}, (sim) => sim.partition([sim.node("a")], [sim.node("b")]));
    expect(cut.map(({ what }) => what.split(",")[0])).toEqual(["udp 10.0.0.1:1>10.0.0.2:2 cut off"]);
    const dead = await oneDatagram({}, (sim) => sim.node("b").crash());
    expect(told(dead)).toEqual(["send 1 a-b", "drop 1 b-a"]);
  });

  it("join the segments of a stream in the same way, and name connections by their own kind", async () => {
    const sim = new Simulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    await sim.run(async () => {
      await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: () => {} });
      const stream = await a.world.net.connect({ to: { host: b.ip, port: 80 } });
      stream.write(bytes("hello"));
      await sim.sleep(10);
      b.crash({ power: true });
      stream.write(bytes("anybody?"));
      await sim.sleep(10);
    });
    const records = [...sim.trace.records()];
    const of = (kind: string) => records.filter((record) => record.kind === kind);
    expect(of("stream").length).toBe(2);
    const sent = of("send").map(({ message }) => message);
    expect(new Set(sent).size).toBe(sent.length);
    expect([...of("receive"), ...of("drop")].map(({ message }) => message)).toEqual(sent);
    // One, or two where the network cut the write in two.
    expect(new Set(of("drop").map(({ node }) => node))).toEqual(new Set(["b"]));
    expect(of("node").map(({ what }) => what.split(":")[0])).toEqual(["start 1", "start 1", "power failure"]);
  });
});
