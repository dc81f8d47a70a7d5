import { expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { createAdminService } from "../../cell/admin-service.ts";
import type { NodeStatus } from "../../cell/index.ts";
import { createNodeWorld } from "../../node/index.ts";
import { RpcServer } from "../../rpc/index.ts";

const well: NodeStatus = {
  version: "9.9.9",
  state: "serving",
  pid: 7,
  startedSeconds: 1_800_000_000,
  uptimeMs: 65_000,
  host: "127.0.0.1",
  port: 2049,
  directory: "/srv/x\u001b[2J",
  volume: "00112233445566778899aabbccddeeff",
  space: { totalBytes: 2 ** 40, freeBytes: 2 ** 39, totalInodes: 10, freeInodes: 9 },
  exports: ["127.0.0.0/8(rw,root_squash)"],
  portmap: "off",
  counters: { connections: 1, callsInFlight: 0, calls: 12_345, refused: 2, replayed: 3 },
  problems: [],
};

/** Runs `coterie status` against a server that tells `told`, or that knows nothing of cells. */
async function statusOf(told: NodeStatus | undefined, ...args: string[]): Promise<CliResult> {
  const world = createNodeWorld();
  const server = new RpcServer(world);
  if (told !== undefined) server.add(createAdminService(() => told));
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  try {
    return await runCli(["status", "--port", String(port), ...args], { world: () => createNodeWorld() });
  } finally {
    await server.close();
    await world.close();
  }
}

test("a node that is well is told in lines, or as one object", async () => {
  const lines = await statusOf(well);
  expect(lines).toMatchObject({ status: 0, err: "" });
  expect(lines.out).toContain("node       serving, well, Coterie 9.9.9, process 7\n");
  expect(lines.out).toContain("since      2027-01-15T08:00:00Z (1 min 5 s)\n");
  expect(lines.out).toContain("space      512 GiB used, 512 GiB free of 1 TiB\n");
  expect(lines.out).toContain("calls      12,345 served, 2 refused, 3 retries replayed");
  // Text from another process does not drive the terminal.
  expect(lines.out).toContain("/srv/x\\x1b[2J");
  const object = await statusOf(well, "--json");
  expect(JSON.parse(object.out)).toEqual(well);
});

test("what there is to mend is told, with the status of findings", async () => {
  const problems = [{ code: "CELL_SPACE_LOW", message: "7 MiB are free" }];
  const result = await statusOf({ ...well, problems });
  expect(result.status).toBe(4);
  expect(result.out).toContain("serving, 1 to mend");
  expect(result.out).toContain("CELL_SPACE_LOW 7 MiB are free (coterie explain CELL_SPACE_LOW)\n");
});

test("nothing there, and something that is no node, are told apart", async () => {
  const other = await statusOf(undefined);
  expect(other.status).toBe(3);
  expect(other.err).toMatch(/^error CELL_UNREACHABLE: what answers at 127\.0\.0\.1 port \d+ is no node/);
  const nothing = await runCli(["status", "--port", "1"], { world: () => createNodeWorld() });
  expect(nothing.status).toBe(3);
  expect(nothing.err).toMatch(/^error CELL_UNREACHABLE: no node answers at 127\.0\.0\.1 port 1 /);
});
