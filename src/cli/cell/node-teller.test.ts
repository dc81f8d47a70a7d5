import { expect, test } from "vitest";
import { FakeHost } from "../../../test/support/cli-host.ts";
import { defaultExports } from "../../files/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { createOutput } from "../output.ts";
import type { CellDirectory } from "./cell-directory.ts";
import { NodeTeller } from "./node-teller.ts";
import type { NodeEvent } from "./supervisor.ts";

const cell: CellDirectory = {
  path: "/srv/cell",
  cell: "00",
  name: "home",
  nodes: ["node-1", "node-2"],
  created: "",
  madeBy: "1.0.0",
};
const up = (port: number): NodeEvent => ({ kind: "ready", host: "127.0.0.1", port, pid: port });
const stands = (isServing: boolean, isLeading = false): NodeEvent => ({
  kind: "standing",
  isServing,
  isLeading,
});
const ends = (why: string, code?: string): NodeEvent => ({ kind: "ended", why, code, nextMs: 250 });

function scene(json = false) {
  const host = new FakeHost();
  const context = { ...host, process: host.process, output: createOutput(host.terminal, json) };
  const teller = new NodeTeller(context as unknown as CliContext, cell, defaultExports, true);
  /** What was written since it was asked last. */
  let seen = 0;
  const said = () => {
    const all = host.out.text;
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
  return { teller, said, err: () => host.err.text };
}

test("the banner comes once all serve, then a line for each thing that happens", () => {
  const { teller, said } = scene();
  teller.onEvent("node-1", up(2049));
  teller.onEvent("node-1", stands(true, true));
  teller.onEvent("node-2", up(2050));
  expect(said()).toBe("");
  teller.onEvent("node-2", stands(true));
  const banner = said();
  expect(banner).toContain("home   2 nodes, none of which it can do without");
  expect(banner).toContain("nfs://127.0.0.1:2049/   process 2049, leads");
  expect(banner).toContain("mount -o vers=3,proto=tcp,port=2050,mountport=2050,nolock 127.0.0.1:/ DIR");
  expect(banner).toContain("this machine only; others need --host and --export");
  expect(banner).toContain("coterie kill node-2");
  teller.onEvent("node-2", ends("it was ended by SIGKILL"));
  expect(said()).toBe("node-2 is down: it was ended by SIGKILL; it is started again in 250 ms\n");
  teller.onEvent("node-1", stands(false));
  expect(said()).toBe("node-1 waits for the others\n");
  teller.onEvent("node-2", stands(true, true));
  teller.onEvent("node-1", stands(true));
  teller.onEvent("node-2", { kind: "held" });
  expect(said()).toBe(
    "node-2 leads the cell\nnode-1 serves again\nnode-2 stays down until `coterie resume node-2`\n",
  );
});

test("what goes wrong before is told; a node that is down does not keep the others from being ready", () => {
  const { teller, said, err } = scene();
  teller.onEvent("node-1", up(2049));
  teller.tellWait();
  expect(err()).toBe("the cell waits for a majority of its 2 nodes; missing: node-2\n");
  teller.onEvent("node-2", ends("STORE_FULL: no room", "STORE_FULL"));
  expect(said()).toContain("node-2 is down: STORE_FULL: no room");
  teller.onEvent("node-1", stands(true));
  expect(said()).toMatch(/node-2 +down/);
});

test("a node that crashes again and again before it serves: what to do is told, once", () => {
  const { teller, said } = scene();
  teller.onEvent("node-1", up(2049));
  teller.onEvent("node-1", stands(true));
  const told = Array.from({ length: 4 }, () => {
    teller.onEvent("node-2", ends("it was ended by SIGSEGV"));
    return said().includes("remove /srv/cell/nodes/node-2/log-* and volume-* there");
  });
  expect(told).toEqual([false, false, true, false]);
  teller.onEvent("node-2", up(2050));
  teller.onEvent("node-2", stands(true));
  for (const why of ["SIGKILL", "SIGSEGV", "SIGSEGV", "SIGKILL"])
    teller.onEvent("node-2", ends(`it was ended by ${why}`));
  expect(said()).not.toContain("remove");
});

test("when none can be started, the first reason is the command's", async () => {
  const { teller } = scene();
  teller.onEvent("node-1", ends("NET_ADDRESS_IN_USE: port 2049 is taken", "NET_ADDRESS_IN_USE"));
  teller.onEvent("node-2", ends("it was ended by SIGSEGV"));
  teller.onEvent("node-1", ends("NET_ADDRESS_IN_USE: port 2049 is taken", "NET_ADDRESS_IN_USE"));
  expect(await teller.hopeless).toMatchObject({ code: "NET_ADDRESS_IN_USE", message: "port 2049 is taken" });
});

test("for programs there is an event for each, from the first process on", () => {
  const { teller, said } = scene(true);
  teller.onEvent("node-1", { kind: "started", pid: 7 });
  teller.onEvent("node-1", up(2049));
  teller.onEvent("node-2", { kind: "held" });
  teller.onEvent("node-1", stands(true));
  const events = said()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ event, state }) => state ?? event)).toEqual([
    "started",
    "ready",
    "held",
    "standing",
    "ready",
  ]);
  expect(events.at(-1)).toMatchObject({
    directory: "/srv/cell",
    nodes: [
      { node: "node-1", port: 2049, isServing: true, logFile: "/srv/cell/nodes/node-1/log/node.log" },
      { node: "node-2", port: 0, isServing: false },
    ],
  });
});

test("nodes that join are told of as the others from then on", () => {
  const { teller, said } = scene();
  for (const [at, name] of ["node-1", "node-2"].entries()) {
    teller.onEvent(name, up(2049 + at));
    teller.onEvent(name, stands(true));
  }
  said();
  teller.joining("node-3");
  teller.notJoined("node-3", new CoterieError("JOIN_SILENT", "it hung up"), 1000);
  expect(said()).toBe(
    "node-3 joins the cell\nnode-3 has not joined: JOIN_SILENT: it hung up; it is tried again in 1 s\n",
  );
  teller.joined("node-3");
  teller.onEvent("node-3", up(2051));
  teller.onEvent("node-3", stands(true));
  teller.grown(3);
  expect(said()).toBe(
    "node-3 serves\nthe cell has 3 nodes here; volumes get replicas on them as they start (`coterie status`)\n",
  );
  teller.trouble(new CoterieError("LOCAL_NO_SPACE", "the disk is full"));
  expect(said()).toBe("LOCAL_NO_SPACE the disk is full\n");
  expect(() => teller.trouble(new TypeError("a bug"))).toThrow("a bug");
});
