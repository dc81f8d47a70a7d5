import { expect, it } from "vitest";
import { Simulation } from "../simulation.ts";
import { MAX_UNDER_WAY, type Message, Messages } from "./messages.ts";

/** Sends three bytes from the first node to the second in a world like this, and tells what became of them. */
async function fates(
  link: object,
  act: (sim: Simulation) => void = () => {},
): Promise<Pick<Message, "from" | "to" | "fate" | "isDamaged" | "isCopy">[]> {
  const sim = new Simulation({ seed: 1, link: { latencyMs: 5, ...link } });
  const [a, b] = [sim.node("a"), sim.node("b")];
  await sim.run(async () => {
    const to = { host: "0.0.0.0", port: 7 };
    await b.start(async ({ net }) => void (await net.datagram({ bind: to })));
    act(sim);
    const socket = await a.world.net.datagram({ bind: to });
    socket.send(new Uint8Array(3), { host: b.ip, port: 7 });
    await sim.sleep(50);
  });
  const messages = new Messages();
  for (const record of sim.trace.records()) messages.apply(record);
  const all = [...messages.ended, ...messages.underWay()];
  return all.map(({ from, to, fate, isDamaged, isCopy }) => ({ from, to, fate, isDamaged, isCopy }));
}

const whole = { from: "a", to: "b", fate: "received", isDamaged: false, isCopy: false };

it("joins the ends of each message of a run", async () => {
  expect(await fates({})).toEqual([whole]);
  expect(await fates({ corrupt: 1 })).toEqual([{ ...whole, isDamaged: true }]);
  expect(await fates({ duplicate: 1 })).toEqual(expect.arrayContaining([whole, { ...whole, isCopy: true }]));
  expect(await fates({ loss: 1 })).toEqual([{ ...whole, fate: "lost" }]);
  expect(await fates({}, (sim) => sim.partition(sim.nodes.slice(0, 1), sim.nodes.slice(1)))).toEqual([
    { ...whole, fate: "lost" },
  ]);
  expect(await fates({}, (sim) => sim.nodes[1]?.crash())).toEqual([{ ...whole, fate: "refused" }]);
});

it("knows when a message was sent, and shows the lines of both its ends", () => {
  const messages = new Messages();
  messages.apply({ atNs: 1e6, node: "a", kind: "send", what: "x sent, 3b", message: 1, peer: "b" });
  expect(messages.underWay()).toMatchObject([{ sentNs: 1e6, endNs: undefined, fate: "under way" }]);
  messages.apply({ atNs: 3e6, node: "b", kind: "receive", what: "x received, 3b", message: 1, peer: "a" });
  expect(messages.underWay()).toEqual([]);
  const text = "1.000000 ms a: x sent, 3b\n3.000000 ms b: x received, 3b";
  expect(messages.ended).toMatchObject([{ sentNs: 1e6, endNs: 3e6, text }]);
});

it("takes what it is told: a receipt alone, a queue that fills on the way, one number for many receivers", () => {
  const messages = new Messages();
  const one = { message: 1, what: "x" } as const;
  messages.apply({ ...one, atNs: 1, node: "b", kind: "receive", peer: "a" });
  messages.apply({ ...one, atNs: 2, node: "a", kind: "send", peer: "b" });
  messages.apply({ ...one, atNs: 2, node: "a", kind: "send", peer: "c" });
  messages.apply({ ...one, atNs: 3, node: "a", kind: "drop", peer: "c" });
  messages.apply({ ...one, atNs: 4, node: "b", kind: "receive", peer: "a" });
  messages.apply({ atNs: 5, node: "a", kind: "log", what: "no message" });
  const seen = messages.ended.map(({ to, sentNs, endNs, fate }) => ({ to, sentNs, endNs, fate }));
  expect(seen).toEqual([
    { to: "b", sentNs: undefined, endNs: 1, fate: "received" },
    { to: "c", sentNs: 2, endNs: 3, fate: "lost" },
    { to: "b", sentNs: 2, endNs: 4, fate: "received" },
  ]);
  messages.forget();
  expect(messages.ended).toEqual([]);
});

it("remembers so many, and no more", () => {
  const messages = new Messages();
  for (let message = 1; message <= MAX_UNDER_WAY + 10; message++) {
    messages.apply({ atNs: message, node: "a", kind: "send", what: "x", message, peer: "b" });
  }
  expect(messages.underWay().length).toBe(MAX_UNDER_WAY);
  expect(messages.underWay()[0]?.sentNs).toBe(11);
});
