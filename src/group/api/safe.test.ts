/** Safe messages through the hands of people, in a simulated world. */
import { expect, it } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { join } from "./join.ts";

it("keeps safe messages when all members lose their power, and tells who sent them that they are safe", async () => {
  const sim = new Simulation({ seed: 1 });
  const nodes = ["a", "b", "c"].map((name) => sim.node(name));
  const founders = nodes.map(({ name, ip }) => ({ name, address: { host: ip, port: 700 } }));
  await sim.run(async () => {
    const starts = nodes.map((node) =>
      node.start(async (world) => {
        let words: string[] = [];
        const state = {
          capture: () => [new TextEncoder().encode(JSON.stringify(words))],
          restore: (pieces: Iterable<Uint8Array>) => {
            words = JSON.parse([...pieces].map((piece) => new TextDecoder().decode(piece)).join(""));
          },
        };
        const group = await join<string>(world, {
          name: "words",
          node: node.name,
          bind: { host: node.ip, port: 700 },
          carrier: { kind: "tcp", isTrustedNetwork: true },
          founders,
          safe: { state },
          on: { deliver: ({ message, guarantee }) => void (guarantee === "safe" && words.push(message)) },
        });
        return { group, words: () => words };
      }),
    );
    const first = await Promise.all(starts);
    for (const [at, word] of ["one", "two", "three"].entries())
      await first[at]?.group.multicast(word, { guarantee: "safe" });
    expect(() => first[0]?.group.multicast("x", { guarantee: "safe", order: "causal" })).toThrow(RangeError);
    expect(() => first[0]?.group.multicast("x".repeat(2_000_000), { guarantee: "safe" })).toThrow(RangeError);
    expect(() => first[0]?.group.call("x", { guarantee: "safe" })).toThrow(RangeError);
    for (const node of nodes) node.crash({ power: true });
    const second = (await Promise.all(nodes.map((node) => node.restart()))) as typeof first;
    await sim.sleep(10_000);
    for (const { words } of second) expect(words()).toEqual(["one", "two", "three"]);
  });
});
