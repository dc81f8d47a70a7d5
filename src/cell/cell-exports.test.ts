/** Export rules that a cell keeps: by themselves, and at three nodes of a cell in the simulator. */
import { describe, expect, test } from "vitest";
import { defaultExports, Exports, NfsClient, parseExportRule } from "../files/index.ts";
import { Simulation } from "../sim/index.ts";
import { CoterieError } from "../world/index.ts";
import {
  CellExports,
  cellRulesIn,
  cellRulesValue,
  EXPORTS_SETTING,
  type ExportsSource,
  MAX_CELL_RULES,
} from "./cell-exports.ts";
import { CellNode } from "./cell-node.ts";
import type { DirectoryFiles } from "./directory.ts";
import { cell_deed } from "./gen/cell-admin.gen.ts";
import type { KnownNode } from "./member/identity.ts";

describe("the rules of one node", () => {
  /** A cell whose setting the test changes, and whose log answers as it says. */
  function cell(read: () => Promise<void> = async () => {}) {
    const state = { revision: 0n, settings: [{ name: EXPORTS_SETTING, value: "", revision: 0n }] };
    let reads = 0;
    const source: ExportsSource = {
      state,
      log: {
        read: async (look) => {
          reads++;
          await read();
          return look();
        },
      },
    };
    const say = (value: string) => {
      state.revision++;
      state.settings = [{ name: EXPORTS_SETTING, value, revision: state.revision }];
    };
    return { source, say, reads: () => reads };
  }

  test("its own come first, then the cell's, then those for its own machine", () => {
    const { source, say } = cell();
    const exports = new CellExports([parseExportRule("10.0.0.1(ro)"), ...defaultExports]);
    exports.attach(source);
    say(cellRulesValue(["10.0.0.0/8(rw)", "127.0.0.9(ro)"]));
    expect(exports.rules.map(({ from }) => from)).toEqual([
      "10.0.0.1",
      "10.0.0.0/8",
      "127.0.0.9",
      "127.0.0.0/8",
      "::1",
    ]);
    expect(exports.current.findHost("10.0.0.1")?.readOnly).toBe(true);
    expect(exports.current.findHost("10.0.0.2")?.readOnly).toBe(false);
    const before = exports.current;
    say(cellRulesValue(["10.0.0.0/8(rw)", "127.0.0.9(ro)"]));
    expect(exports.current).toBe(before);
    say("");
    expect(exports.current.findHost("10.0.0.2")).toBeUndefined();
  });

  test.each([
    ["a rule of words that it does not know", "10.0.0.1(ro,sometimes)\n10.0.0.0/8(rw)"],
    ["too many", new Array(MAX_CELL_RULES + 1).fill("10.0.0.0/8(rw)").join("\n")],
    ["no rules at all", "\u0000\n\n"],
  ])("%s: none of the cell's hold, and that is told until it is mended", (_, value) => {
    const { source, say } = cell();
    const exports = new CellExports([parseExportRule("192.168.0.0/16")]);
    exports.attach(source);
    say(value);
    expect(exports.current.findHost("10.0.0.2")).toBeUndefined();
    expect(exports.current.findHost("192.168.0.1")).toBeDefined();
    expect(exports.problem).toMatchObject({ code: "CELL_EXPORTS" });
    say(cellRulesValue(["10.0.0.0/8"]));
    expect(exports.problem).toBeUndefined();
    expect(exports.current.findHost("10.0.0.2")).toBeDefined();
  });

  test("as many as a node and a cell can have are no more than a server takes", () => {
    const { source, say } = cell();
    const most = Array.from({ length: MAX_CELL_RULES }, (_, at) => `10.0.${at % 256}.1(rw)`);
    const exports = new CellExports([
      ...Array.from({ length: 1000 }, () => parseExportRule("10.1.0.1")),
      ...defaultExports,
    ]);
    exports.attach(source);
    say(cellRulesValue(most));
    expect(exports.problem).toBeUndefined();
    expect(exports.rules).toHaveLength(1002 + MAX_CELL_RULES);
  });

  test("what a cell is told to keep is read first", () => {
    expect(cellRulesIn(cellRulesValue(["*", "10.0.0.1(ro,stale=5s)"]))).toEqual([
      "*(rw,root_squash)",
      "10.0.0.1(ro,root_squash,stale=5s)",
    ]);
    expect(cellRulesIn(cellRulesValue([]))).toEqual([]);
    expect(() => cellRulesValue(["10.0.0.1(sometimes)"])).toThrow(/"sometimes" is no option/);
    expect(() => cellRulesValue(new Array(MAX_CELL_RULES + 1).fill("*"))).toThrow(/257 export rules/);
  });

  test("the log is asked once for all who wait, again after a failure, and never once it has answered", async () => {
    let isAnswering = false;
    const { source, reads } = cell(async () => {
      if (!isAnswering) throw new CoterieError("LOG_TIMEOUT", "no quorum");
    });
    const exports = new CellExports([]);
    expect(await exports.settle()).toBe(false);
    exports.attach(source);
    expect(await Promise.all([exports.settle(), exports.settle()])).toEqual([false, false]);
    expect(reads()).toBe(1);
    isAnswering = true;
    expect(await exports.settle()).toBe(true);
    expect(exports.settle()).toBe(true);
    expect(reads()).toBe(2);
  });

  test("a rule that cannot be read is told at once where the node itself was given it", () => {
    expect(() => new CellExports([{ from: "nowhere", access: "rw" }])).toThrow(/export rule "nowhere"/);
    expect(new CellExports([]).current).toBeInstanceOf(Exports);
  });
});

/** Three nodes, of which the first has a rule of its own, and a user's machine. */
function scene(seed: number) {
  const sim = new Simulation({ seed });
  const machines = ["node-1", "node-2", "node-3"].map((name) => sim.node(name));
  const user = sim.node("user");
  void user.start(async () => {});
  const nodes = machines.map(({ name, ip }): KnownNode => {
    const [mesh, service] = [4000, 2049].map((port) => ({ host: ip, port }));
    return { name, mesh, service, domain: "" } as KnownNode;
  });
  const shared = { cell: new Uint8Array(16).fill(7), cellName: "home", isFounder: true, nodes };
  const start = (at: number): Promise<CellNode> => {
    const self = nodes[at] as KnownNode;
    const exports = at === 0 ? [parseExportRule(`${user.ip}(ro)`)] : [];
    return (machines[at] as (typeof machines)[0]).start((world) =>
      CellNode.start(world, {
        identity: { ...shared, self, created: "", madeBy: "1.0.0" },
        files: memoryFiles(`/${self.name}`),
        version: "1.0.0",
        pid: 1,
        carrier: { kind: "tcp", isTrustedNetwork: true },
        exports,
        portmap: "off",
      }),
    );
  };
  const connect = (at: number) =>
    NfsClient.connect(user.world, { host: machines[at]?.ip as string, port: 2049 });
  return { sim, machines, user, start, connect };
}

function memoryFiles(path: string): DirectoryFiles {
  const kept = new Map<string, Uint8Array>();
  return {
    path,
    names: async () => [...kept.keys()],
    read: async (name) => kept.get(name),
    replace: async (name, data) => void kept.set(name, data),
    remove: async (name) => void kept.delete(name),
  };
}

/** Says what the cell's rules are, and waits until every node has heard of it. */
async function say(sim: Simulation, nodes: readonly CellNode[], rules: readonly string[]): Promise<void> {
  const setting = { name: EXPORTS_SETTING, value: cellRulesValue(rules) };
  const [first] = nodes as [CellNode];
  const revision = await first.member.log.propose({ deed: cell_deed.CELL_SET, setting });
  while (nodes.some(({ member }) => member.state.revision < revision)) await sim.sleep(10);
}

const bytes = new TextEncoder().encode("hello");
const codeOf = (made: Promise<unknown>) =>
  made.then(
    () => "done",
    (error: unknown) => (error as CoterieError).code,
  );

test("the cell's rules hold at all nodes at once, for clients that are there already, and end again", async () => {
  const { sim, start, connect, user } = scene(1);
  await sim.run(async () => {
    const nodes = await Promise.all([0, 1, 2].map(start));
    while (nodes[0]?.member.state.id === undefined) await sim.sleep(100);
    await say(sim, nodes, []);
    expect(await codeOf(connect(1))).not.toBe("done");

    await say(sim, nodes, [`${user.ip}(rw)`]);
    const [first, second, third] = await Promise.all([connect(0), connect(1), connect(2)]);
    await second.writeFile("/hello", bytes);
    await third.writeFile("/there", bytes);
    // What the node itself was told goes before.
    expect(await codeOf(first.writeFile("/hello", bytes))).toBe("FILES_ROFS");

    await say(sim, nodes, [`${user.ip}(ro)`]);
    expect(await codeOf(second.writeFile("/hello", bytes))).toBe("FILES_ROFS");
    await say(sim, nodes, []);
    expect(await codeOf(second.readFile("/hello"))).toBe("RPC_AUTH_ERROR");
    expect(await first.readFile("/hello")).toEqual(bytes);
  });
});

test("a node that has just begun puts off whom it does not know a rule for, and refuses nobody whom the cell lets in", async () => {
  const { sim, machines, start, connect, user } = scene(2);
  await sim.run(async () => {
    const nodes = await Promise.all([0, 1, 2].map(start));
    while (nodes[0]?.member.state.id === undefined) await sim.sleep(100);
    await say(sim, nodes, [`${user.ip}(rw)`]);
    const client = await connect(2);
    await client.writeFile("/hello", bytes);
    for (let round = 0; round < 4; round++) {
      for (const machine of machines) machine.crash({ power: true });
      await Promise.all(machines.map((machine) => machine.restart()));
      // The client's own patience asks again while nobody answers; a refusal would end it.
      expect(await client.readFile("/hello")).toEqual(bytes);
    }
  });
});
