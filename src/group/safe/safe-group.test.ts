/** Safe messages of groups in the simulated world, one situation at a time; `test/simulation/safe-scenario.ts` has all of them at once. */

import { describe, expect, it } from "vitest";
import { impatient } from "../../../test/support/impatient.ts";
import { openMesh } from "../../channel/index.ts";
import { Simulation } from "../../sim/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import type { Group } from "../group.ts";
import { openGroup } from "../open-group.ts";
import { GroupSpec } from "../spec.ts";
import { decodeEntry } from "./entry.ts";
import type { SafeOptions } from "./options.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);
const PORT = 700;

class Process {
  group: Group | undefined;
  words: string[] = [];
  events: string[] = [];
  onWord: (word: string) => void = () => {};

  readonly state = {
    capture: () => this.words.map((word) => bytes(`${word} `)),
    restore: (pieces: Iterable<Uint8Array>) => {
      this.events.push("restore");
      this.words = [...pieces].map(text).join("").split(" ").slice(0, -1);
    },
  };

  say(word: string): number {
    return this.group?.multicast(bytes(word), { guarantee: "safe" }) ?? 0;
  }

  /** `safe`, or the code of what happened. */
  told(word: string): Promise<string> {
    const { group } = this;
    const sequence = this.say(word);
    if (group === undefined || sequence === 0) return Promise.resolve("not sent");
    return group.settled(sequence).then(
      () => "safe",
      ({ code }) => code as string,
    );
  }
}

function setUp(count: number, founders: number, safe: Partial<SafeOptions> = {}) {
  const sim = new Simulation({ seed: 3, link: { latencyMs: 1 } });
  const nodes = Array.from({ length: count }, (_, at) => sim.node(`n${at}`));
  const processes: Process[] = [];
  const spec = new GroupSpec();
  const changes: Partial<SafeOptions>[] = [];
  const program = (at: number) => async (world: World) => {
    const process = new Process();
    processes[at] = process;
    const carrier = { kind: "tcp", isTrustedNetwork: true } as const;
    const mesh = await openMesh(world, {
      name: `n${at}`,
      bind: { host: nodes[at]?.ip as string, port: PORT },
      carrier,
    });
    const group = await openGroup(world, mesh, {
      name: "test",
      founders: nodes
        .slice(0, founders)
        .map(({ ip }, n) => ({ name: `n${n}`, address: { host: ip, port: PORT } })),
      safe: { state: process.state, log: { timeoutMs: 2000 }, ...safe, ...changes[at] },
      detector: impatient,
      trace: (member, event) => void spec.observe(member, event),
    });
    process.group = group;
    group.onDeliver = (sender, payload, _sequence, order, guarantee) => {
      if (guarantee === "safe") expect(order).toBe("total");
      const word = guarantee === "safe" ? text(payload) : `${guarantee}:${text(payload)}`;
      process.words.push(`${sender.node}:${word}`);
      process.onWord(word);
    };
    group.onOut = (_, reason) => process.events.push(`out ${reason}`);
    group.onRoom = () => process.events.push("room");
    group.onClose = (error) => process.events.push(`closed ${error?.code}`);
  };
  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 3000; turn++) {
      if (isSo()) return;
      await sim.sleep(10);
    }
    const found = processes.map(({ words, events }) => `${words} (${events})`);
    throw new Error(`it does not happen: ${found.join("\n")}`);
  };
  const process = (at: number) => processes[at] as Process;
  const start = async () => {
    await Promise.all(nodes.map((node, at) => node.start(program(at))));
    await until(() => processes.every(({ group }) => group?.view?.members.length === count));
  };
  const everybodyHas = (words: string) => () => processes.every((each) => each.words.join(" ") === words);
  return { sim, nodes, process, processes, program, spec, changes, until, start, everybodyHas };
}

describe("safe messages of a group", () => {
  it("are refused without a majority of the replicas, while the group goes on in a view without it", async () => {
    const { sim, nodes, process, spec, until, start } = setUp(5, 5, {
      replicas: ["n0", "n1", "n2"],
      limits: { submitMs: 3000, maxTries: 1 },
    });
    await sim.run(async () => {
      await start();
      expect(await process(4).told("before")).toBe("safe");
      nodes[0]?.crash({ power: true });
      nodes[1]?.crash({ power: true });
      await until(() => process(4).group?.view?.members.length === 3);
      const fates = await Promise.all([process(2).told("at a replica"), process(4).told("at a follower")]);
      for (const fate of fates) expect(["GROUP_SAFE_REFUSED", "GROUP_FATE_UNKNOWN"]).toContain(fate);
      const sequence = process(3).group?.multicast(bytes("alive"), { guarantee: "atomic" }) as number;
      await process(3).group?.settled(sequence);
      await until(() => process(4).words.includes("n3:atomic:alive"));
      await nodes[0]?.restart();
      await until(() => process(4).group?.view?.members.length === 4);
      expect(await process(4).told("after")).toBe("safe");
      await until(() => [0, 2, 3, 4].every((at) => process(at).words.includes("n4:after")));
    });
    expect(spec.violation).toBeUndefined();
  });

  it("reach members that come when the messages themselves are gone, as a state", async () => {
    const { sim, process, processes, spec, until, start, everybodyHas } = setUp(3, 1, {
      limits: { keptBytes: 200, followBytes: 100 },
    });
    await sim.run(async () => {
      await start();
      for (let n = 0; n < 30; n++) process(n % 3).say(`${n}`);
      await until(() => process(0).words.length === 30);
      await until(everybodyHas(process(0).words.join(" ")));
      for (const at of [0, 1, 2]) {
        const own = process(at).words.filter((word) => word.startsWith(`n${at}:`));
        expect(own).toEqual(Array.from({ length: 10 }, (_, n) => `n${at}:${3 * n + at}`));
      }
    });
    expect(spec.violation).toBeUndefined();
    expect(processes.some(({ events }) => events.includes("restore"))).toBe(true);
  });

  it("are not given again to a program that kept its position", async () => {
    const { sim, nodes, process, changes, until, start } = setUp(3, 3);
    await sim.run(async () => {
      await start();
      for (const word of ["one", "two"]) expect(await process(1).told(word)).toBe("safe");
      await until(() => process(2).words.length === 2);
      changes[2] = { from: process(2).group?.safePosition as number };
      for (const node of nodes) node.crash({ power: true });
      await Promise.all(nodes.map((node) => node.restart()));
      await until(() => process(0).group?.view?.members.length === 3);
      expect(await process(0).told("three")).toBe("safe");
      await until(() => process(2).words.length > 0 && process(1).words.length === 3);
      expect(process(1).words).toEqual(["n1:one", "n1:two", "n0:three"]);
      expect(process(2).words).toEqual(["n0:three"]);
    });
  });

  it("are delivered to a member that is out, which learns no more of its own than that", async () => {
    const { sim, nodes, process, spec, until, start } = setUp(3, 3, { limits: { windowMessages: 1 } });
    await sim.run(async () => {
      await start();
      const partition = sim.partition([nodes[0] as never], [nodes[1], nodes[2]] as never);
      const fates = Promise.all([process(0).told("lost"), process(0).told("never sent")]);
      await until(() => process(1).group?.view?.members.length === 2);
      expect(await process(1).told("of the majority")).toBe("safe");
      partition.heal();
      await until(() => process(0).events.includes("out excluded"));
      await until(() => process(0).group?.view?.members.length === 3);
      expect((await fates)[1]).toBe("GROUP_SAFE_REFUSED");
      await until(() => process(0).words.includes("n1:of the majority"));
      expect(await process(0).told("again")).toBe("safe");
      await until(() => [0, 1, 2].every((at) => process(at).words.includes("n0:again")));
      expect(process(0).words).toEqual(process(1).words);
    });
    expect(spec.violation).toBeUndefined();
  });

  it("end a member whose program throws, and are given to its next life", async () => {
    const { sim, nodes, process, until, start } = setUp(3, 3);
    await sim.run(async () => {
      await start();
      process(1).onWord = () => {
        throw new Error("no");
      };
      expect(await process(0).told("bitter")).toBe("safe");
      await until(() => process(1).events.includes("closed GROUP_SAFE_LOG"));
      nodes[1]?.crash();
      await nodes[1]?.restart();
      await until(() => process(1).words.includes("n0:bitter"));
    });
  });

  it("wait in a queue with an end, from which a handler may send too", async () => {
    const { sim, process, until, start, everybodyHas } = setUp(2, 2, {
      limits: { maxQueued: 3, windowMessages: 1 },
    });
    await sim.run(async () => {
      await start();
      process(1).onWord = (word) => {
        if (word === "2") expect(process(1).say("answer")).toBeGreaterThan(0);
      };
      expect(["1", "2", "3"].map((word) => process(0).say(word) > 0)).toEqual([true, true, true]);
      expect([process(0).say("4"), process(0).events]).toEqual([0, []]);
      await until(() => process(0).words.length === 4);
      expect(process(0).events).toEqual(["room"]);
      expect(await process(0).told("4")).toBe("safe");
      await until(everybodyHas(process(0).words.join(" ")));
      expect(process(0).words.filter((word) => word.startsWith("n1"))).toEqual(["n1:answer"]);
    });
  });

  it("can stand on another log, which may be busy or not know", async () => {
    const refusals: Record<string, string[]> = {
      one: ["LOG_BUSY", "LOG_BUSY"],
      two: ["LOG_OUTCOME_UNKNOWN", "LOG_TOO_LARGE"],
      four: ["LOG_NO_QUORUM"],
    };
    let index = 0;
    let closed = 0;
    const open: SafeOptions["open"] = async (machine) => ({
      async append(entry) {
        const code = refusals[text(decodeEntry(entry)?.items[0]?.payload as Uint8Array)]?.shift();
        if (code !== undefined) throw new CoterieError(code, "says the log");
        index += 2;
        return { index, reply: machine.apply(index, entry.slice()) };
      },
      closed: new Promise(() => {}),
      async close() {
        closed++;
      },
    });
    const { sim, process, start } = setUp(1, 1, { open, limits: { windowMessages: 4 } });
    await sim.run(async () => {
      await start();
      const fates = ["one", "two", "three", "four", "five"].map((word) => process(0).told(word));
      expect(await Promise.all(fates)).toEqual([
        "safe",
        "GROUP_FATE_UNKNOWN",
        "safe",
        "GROUP_SAFE_REFUSED",
        "safe",
      ]);
      expect(process(0).words).toEqual(["n0:one", "n0:three", "n0:five"]);
      expect(process(0).group?.safePosition).toBe(3);
      await process(0).group?.close();
      expect([closed, process(0).say("six")]).toEqual([1, 0]);
    });
  });

  it("end a member whose log ends, or is not opened, as if it had crashed", async () => {
    const corrupt = new CoterieError("LOG_CORRUPT", "damaged");
    let endLog: (error: CoterieError) => void = () => {};
    const closed = new Promise<CoterieError>((resolve) => {
      endLog = resolve;
    });
    const opens: SafeOptions["open"][] = [
      async () => ({ append: () => new Promise(() => {}), closed, close: async () => {} }),
      () => Promise.reject(corrupt),
    ];
    for (const open of opens) {
      const { sim, nodes, process, program, until } = setUp(1, 1, open === undefined ? {} : { open });
      await sim.run(async () => {
        await nodes[0]?.start(program(0));
        await until(() => process(0).group?.view !== undefined || process(0).events.length > 0);
        const fate = process(0).told("one");
        endLog(corrupt);
        await until(() => process(0).events.includes("closed GROUP_SAFE_LOG"));
        expect(["GROUP_FATE_UNKNOWN", "not sent"]).toContain(await fate);
      });
    }
  });

  it("are refused where they cannot be: misuse", async () => {
    const { sim, process, start } = setUp(1, 1, { limits: { maxMessageBytes: 10 } });
    await sim.run(async () => {
      await start();
      const group = process(0).group as Group;
      expect(() => group.multicast(new Uint8Array(11), { guarantee: "safe" })).toThrow(RangeError);
      expect(() => group.multicast(new Uint8Array(1), { guarantee: "safe", order: "causal" })).toThrow(
        RangeError,
      );
    });
    const { state } = new Process();
    const founders = [{ name: "n0", address: { host: "10.0.0.1", port: 1 } }];
    for (const wrong of [
      { from: -1 },
      { from: 0.5 },
      { replicas: [] },
      { replicas: ["a", "a"] },
      { limits: { maxTries: 0 } },
      { limits: { maxMessageBytes: 2 ** 24 } },
    ])
      await expect(
        openGroup({} as never, {} as never, { name: "x", founders, safe: { state, ...wrong } }),
      ).rejects.toThrow(RangeError);
  });
});
