/** What the nodes of a simulated cell measure of what an NFS client has them do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { METRICS_PORT, type Scene, served } from "../../../test/support/served-cell.ts";
import { NfsClient } from "../../files/index.ts";
import type { SimNode } from "../../sim/index.ts";
import { CellAdmin } from "../member/admin-client.ts";
import type { CallStep } from "../member/call-steps.ts";
import { portKind } from "./measured-mesh.ts";

/** The page of a node, as a collector gets it. */
async function page({ user, machines }: Scene, at: number): Promise<string> {
  const stream = await user.world.net.connect({
    to: { host: machines[at]?.ip as string, port: METRICS_PORT },
  });
  return new Promise((resolve) => {
    let text = "";
    stream.onData = (chunk) => {
      text += new TextDecoder().decode(chunk);
    };
    stream.onEnd = () => resolve(text);
    stream.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\n\r\n"));
  });
}

/** The sum of the series of a name whose labels hold all of these. */
function sum(text: string, name: string, ...labels: string[]): number {
  return text
    .split("\n")
    .filter((line) => line.split(/[{ ]/)[0] === name && labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

test("what a client asks is counted by procedure and status, and timed, down to the disks", async () => {
  await served(async (scene) => {
    const { client } = scene;
    const before = await page(scene, 0);
    await client.mkdir("/made");
    await expect(client.mkdir("/made")).rejects.toThrow();
    await client.writeFile("/made/file", new Uint8Array(10_000));
    const after = await page(scene, 0);
    const grew = (name: string, ...labels: string[]) =>
      sum(after, name, ...labels) - sum(before, name, ...labels);

    expect(grew("coterie_nfs_calls_total", 'procedure="MKDIR"', 'status="OK"', 'version="3"')).toBe(1);
    expect(grew("coterie_nfs_calls_total", 'procedure="MKDIR"', 'status="EXIST"')).toBe(1);
    expect(grew("coterie_nfs_call_seconds_count", 'procedure="MKDIR"')).toBe(2);
    expect(grew("coterie_nfs_call_seconds_sum", 'procedure="MKDIR"')).toBeGreaterThan(0);
    // In simulated time, and in seconds: two calls of some milliseconds.
    expect(grew("coterie_nfs_call_seconds_sum", 'procedure="MKDIR"')).toBeLessThan(0.5);
    expect(grew("coterie_volume_answer_seconds_sum", 'way="here"')).toBeLessThan(2);
    expect(sum(after, "coterie_nfs_calls_running")).toBe(0);
    expect(grew("coterie_log_append_seconds_count", 'log="volume/root"')).toBeGreaterThanOrEqual(3);
    expect(grew("coterie_log_append_seconds_sum", 'log="volume/root"')).toBeGreaterThan(0);
    expect(grew("coterie_log_append_seconds_sum", 'log="volume/root"')).toBeLessThan(1);
    expect(grew("coterie_volume_answers_total", 'way="here"', 'answer="answered"')).toBeGreaterThanOrEqual(3);
    expect(grew("coterie_store_sync_seconds_count")).toBeGreaterThan(0);
    expect(grew("coterie_store_applied_bytes_total")).toBeGreaterThan(10_000);
    expect(grew("coterie_mesh_bytes_total", 'port="volume"', 'direction="sent"')).toBeGreaterThan(0);
    expect(sum(after, "coterie_mesh_links")).toBe(2);
    expect(sum(after, "coterie_cell_nodes_up")).toBe(3);
    expect(sum(after, "process_cpu_seconds_total")).toBe(2);
    expect(sum(after, "nodejs_eventloop_lag_seconds", 'quantile="0.99"')).toBe(0.002);
    expect(sum(after, "coterie_node_info", 'node="node-1"', 'cell="home"', 'version="1.0.0"')).toBe(1);
  });
});

test("one node leads each log, all have applied the same, and another leader is counted", async () => {
  await served(async (scene) => {
    await scene.client.writeFile("/file", new Uint8Array(10));
    await scene.sim.sleep(2000);
    const pages = await Promise.all([0, 1, 2].map((at) => page(scene, at)));
    for (const log of ['log="cell"', 'log="volume/root"']) {
      expect(pages.map((text) => sum(text, "coterie_log_is_leader", log)).toSorted()).toEqual([0, 0, 1]);
      const applied = pages.map((text) => sum(text, "coterie_log_applied_total", log));
      expect(applied[0]).toBeGreaterThan(0);
      expect(new Set(applied).size).toBe(1);
    }
    expect(pages.map((text) => sum(text, "coterie_replica_lag_entries"))).toEqual([0, 0, 0]);

    const leader = pages.findIndex((text) => sum(text, "coterie_log_is_leader", 'log="volume/root"') === 1);
    scene.machines[leader]?.crash({ power: true });
    await scene.sim.sleep(60_000);
    const left = [0, 1, 2].filter((at) => at !== leader);
    for (const at of left) {
      const text = await page(scene, at);
      const changes = (page: string) => sum(page, "coterie_log_leader_changes_total", 'log="volume/root"');
      expect(changes(text)).toBeGreaterThan(changes(pages[at] as string));
      expect(sum(text, "coterie_mesh_links")).toBe(1);
      expect(sum(text, "coterie_cell_nodes_up")).toBe(2);
      expect(sum(text, "coterie_mesh_trouble_total", `peer="node-${leader + 1}"`)).toBeGreaterThan(0);
    }
  });
});

test("a disk that takes long is a problem that the node tells of", async () => {
  await served(async (scene) => {
    expect(scene.started[0]?.telemetry.problems()).toEqual([]);
    scene.machines[0]?.disk.set({ syncMs: 60 });
    for (let at = 0; at < 64; at++) await scene.client.writeFile(`/file-${at}`, new Uint8Array(1));
    expect(scene.started[0]?.telemetry.problems()).toMatchObject([{ code: "CELL_DISK_SLOW" }]);
    expect(sum(await page(scene, 0), "coterie_problems", 'code="CELL_DISK_SLOW"')).toBe(1);
  });
});

test("a call is followed from the client through the log to all replicas and back", async () => {
  await served(async ({ sim, machines, user }) => {
    const host = machines[1]?.ip as string;
    const credential = { flavor: "sys", stamp: 0, machine: "followed", uid: 0, gid: 0, gids: [] } as const;
    const client = await NfsClient.connect(user.world, { host, port: 2049, credential });
    await client.mkdir("/followed");
    await sim.sleep(1000);
    const admin = new CellAdmin((machines[1] as SimNode).world, { host: "127.0.0.1", port: 2049 });
    const told = await admin.steps("followed");
    expect(told.map(({ node }) => node)).toEqual(["node-2", "node-1", "node-3"]);
    const made = told[0]?.steps.find(({ detail }) => detail === 3009)?.request;
    const kinds = (steps: readonly CallStep[] = []) =>
      steps.filter(({ request }) => request === made).map(({ kind }) => kind);
    expect(kinds(told[0]?.steps)).toEqual(["call", "append", "apply", "done", "answer"]);
    expect(kinds(told[1]?.steps)).toEqual(["apply"]);
    expect(kinds(told[2]?.steps)).toEqual(["apply"]);
    const looked = told[0]?.steps.filter(({ request }) => request !== made).map(({ kind }) => kind);
    expect(looked).toEqual(expect.arrayContaining(["call", "fresh", "answer"]));
    expect(await admin.steps("somebody else")).toEqual([{ node: "node-2", uncertaintyMs: 0, steps: [] }]);
    await admin.close();
    await client.close();
  });
});

test("ports of the mesh are counted by what they are for", () => {
  const id = "0123456789abcdef0123456789abcdef";
  expect(["cell", `volume-${id}`, `volume-${id}-peers`, "volume-12"].map(portKind)).toEqual([
    "cell",
    "volume",
    "volume-peers",
    "volume-12",
  ]);
});

test("the page of metrics in the documentation has each metric of a node, with its meaning, and no other", async () => {
  const reference = join(import.meta.dirname, "../../../docs/reference/metrics.md");
  const rows = readFileSync(reference, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  await served(async ({ started }) => {
    const told = started[0]?.telemetry.registry.families() ?? [];
    const expected = told.map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(", "),
      help,
    ]);
    const byName = (a: string[], b: string[]) => ((a[0] as string) < (b[0] as string) ? -1 : 1);
    expect(rows.map((row) => row.slice(1, 5)).toSorted(byName)).toEqual(expected.toSorted(byName));
    for (const row of rows) expect(row[5], `${row[1]}: when to worry`).not.toBe("");
  });
});
