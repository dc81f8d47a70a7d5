/** The driver, over a real mesh and stores in the simulated world. */
import { describe, expect, it } from "vitest";
import { openMesh } from "../channel/index.ts";
import { Simulation } from "../sim/index.ts";
import type { World } from "../world/index.ts";
import type { Group } from "./group.ts";
import { openGroup } from "./open-group.ts";
import type { GroupOptions } from "./options.ts";
import { GroupSpec } from "./spec.ts";
import { memberName } from "./types.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);
const PORT = 700;

/** A process: a group, and a log of what was delivered in it as its state. */
class Process {
  readonly group: Group;
  log: string[] = [];
  readonly events: string[] = [];

  constructor(group: Group) {
    this.group = group;
    group.onView = (view, origin) =>
      this.events.push(`view ${view.id} ${view.members.map(memberName).join(" ")} ${origin}`);
    group.onDeliver = (sender, payload) => this.log.push(`${sender.node}: ${text(payload)}`);
    group.onOut = (_, reason) => this.events.push(`out ${reason}`);
    group.onBlocked = () => this.events.push("blocked");
    group.onUnblocked = () => this.events.push("unblocked");
    group.onClose = (error) => this.events.push(`closed ${error?.code}`);
  }
}

function setUp(count: number, founders = count, change: Partial<GroupOptions> = {}) {
  const sim = new Simulation({ seed: 5, link: { latencyMs: 1, jitterMs: 1 } });
  const nodes = Array.from({ length: count }, (_, i) => sim.node(`n${i}`));
  const spec = new GroupSpec();
  const processes: (Process | undefined)[] = [];
  const program = (index: number) => async (world: World) => {
    processes[index] = undefined;
    const bind = { host: nodes[index]?.ip as string, port: PORT };
    const mesh = await openMesh(world, {
      name: `n${index}`,
      bind,
      carrier: { kind: "tcp", isTrustedNetwork: true },
    });
    const early: { process: Process | undefined } = { process: undefined };
    const group = await openGroup(world, mesh, {
      name: "test",
      founders: nodes
        .slice(0, founders)
        .map((node, i) => ({ name: `n${i}`, address: { host: node.ip, port: PORT } })),
      trace: (member, event) => {
        spec.observe(member, event);
      },
      state: {
        capture: () => {
          const log = [...(early.process?.log ?? [])];
          return log.map((line) => bytes(`${line}\n`));
        },
        restore: () => {
          let taken = "";
          return {
            write: (piece) => {
              taken += text(piece);
            },
            end: () => {
              if (early.process !== undefined) early.process.log = taken.split("\n").slice(0, -1);
            },
          };
        },
      },
      ...change,
    });
    early.process = new Process(group);
    processes[index] = early.process;
  };
  const process = (index: number) => processes[index] as Process;
  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 3000; turn++) {
      if (isSo()) return;
      await sim.sleep(10);
    }
    throw new Error(`it does not happen: ${processes.map((each) => each?.events.join("; ")).join("\n")}`);
  };
  const members = (index: number) =>
    process(index)
      ?.group.view?.members.map(({ node }) => node)
      .join(" ");
  return { sim, nodes, spec, program, process, until, members };
}

describe("a group over a mesh", () => {
  it("is founded, orders what all send, takes out who crashes, and gives the state to who comes back", async () => {
    const { sim, nodes, spec, program, process, until, members } = setUp(3);
    await sim.run(async () => {
      await Promise.all(nodes.map((node, i) => node.start(program(i))));
      await until(() => [0, 1, 2].every((i) => members(i) === "n0 n1 n2"));
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 3; i++)
          process(i).group.multicast(bytes(`${round}`), { order: "total", guarantee: "atomic" });
        await sim.sleep(3);
      }
      await until(() => [0, 1, 2].every((i) => process(i).log.length === 30));
      expect(process(1).log).toEqual(process(0).log);
      const sequence = process(1).group.multicast(bytes("last"), {
        order: "causal-total",
        guarantee: "atomic",
      });
      await process(1).group.settled(sequence);
      nodes[0]?.crash();
      await until(() => [1, 2].every((i) => members(i) === "n1 n2"));
      await nodes[0]?.restart();
      await until(() => [0, 1, 2].every((i) => members(i) === "n1 n2 n0"));
      process(0).group.multicast(bytes("again"), { order: "total" });
      await until(() => [0, 1, 2].every((i) => process(i).log.length === 32));
      expect(process(0).log).toEqual(process(1).log);
      expect(process(0).log.at(-1)).toBe("n0: again");
    });
    expect(spec.violation).toBeUndefined();
    expect(spec.finish(["n0#2", "n1#1", "n2#1"])).toBeUndefined();
  });

  it("lets others join by an address, transfers a state of many chunks, and lets them leave", async () => {
    const { sim, nodes, spec, program, process, until, members } = setUp(2, 1);
    await sim.run(async () => {
      await nodes[0]?.start(program(0));
      await until(() => members(0) === "n0");
      const large = "x".repeat(150_000);
      for (let i = 0; i < 20; i++) process(0).group.multicast(bytes(large), { order: "total" });
      await until(() => process(0).log.length === 20);
      await nodes[1]?.start(program(1));
      await until(() => process(1)?.log.length === 20 && members(1) === "n0 n1");
      expect(process(1).log).toEqual(process(0).log);
      expect(process(1).events).toEqual(["view 2 n0#1 n1#1 donor"]);
      process(1).group.multicast(bytes("bye"));
      await process(1).group.leave();
      expect(process(1).events.slice(1)).toEqual(["out left", "closed undefined"]);
      await until(() => members(0) === "n0");
      expect(process(0).log.at(-1)).toBe("n1: bye");
    });
    expect(spec.violation).toBeUndefined();
  });

  it("blocks in a minority, is taken out, and comes back when the partition heals", async () => {
    const { sim, nodes, spec, program, process, until, members } = setUp(3);
    await sim.run(async () => {
      await Promise.all(nodes.map((node, i) => node.start(program(i))));
      await until(() => [0, 1, 2].every((i) => members(i) === "n0 n1 n2"));
      const partition = sim.partition([nodes[0] as never], [nodes[1], nodes[2]] as never);
      await until(() => process(0).group.isBlocked && members(1) === "n1 n2");
      const sequence = process(0).group.multicast(bytes("from the minority"), { order: "total" });
      const fate = process(0)
        .group.settled(sequence)
        .catch((error) => error.code);
      process(1).group.multicast(bytes("from the majority"), { order: "total" });
      await until(() => process(2).log.length === 1);
      partition.heal();
      await until(() => [0, 1, 2].every((i) => members(i) === "n1 n2 n0"));
      expect(await fate).toBe("GROUP_FATE_UNKNOWN");
      expect(process(0).log).toEqual(["n1: from the majority"]);
      expect(process(0).events.slice(1)).toEqual([
        "blocked",
        "out excluded",
        expect.stringContaining("donor"),
      ]);
    });
    expect(spec.violation).toBeUndefined();
  });

  it("ends at once, as if it had crashed, when the disk refuses what it must keep", async () => {
    const { sim, nodes, program, process, until, members } = setUp(3);
    await sim.run(async () => {
      await Promise.all(nodes.map((node, i) => node.start(program(i))));
      await until(() => [0, 1, 2].every((i) => members(i) === "n0 n1 n2"));
      nodes[1]?.disk.set({ ioError: 1 });
      nodes[2]?.crash();
      await until(() => process(1).events.includes("closed GROUP_STORE"));
    });
  });

  it("refuses options that are none", async () => {
    const { sim, nodes, program, process, until, members } = setUp(1);
    await sim.run(async () => {
      await nodes[0]?.start(program(0));
      await until(() => members(0) === "n0");
      const { group } = process(0);
      expect(() => group.multicast(new Uint8Array(17 * 1024 * 1024))).toThrow(RangeError);
      expect(() => group.multicast(bytes("x"), { order: "total", guarantee: "unreliable" })).toThrow(
        RangeError,
      );
      await expect(
        openGroup(nodes[0]?.world as World, {} as never, { name: "No", founders: [] }),
      ).rejects.toThrow(RangeError);
      await group.close();
      expect(group.multicast(bytes("x"))).toBe(0);
    });
  });
});
