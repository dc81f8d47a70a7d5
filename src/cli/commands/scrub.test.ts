/** `coterie scrub` against a cell whose replicas tell what the test says. */
import { expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";

function scrub(cell: ToldCell, ...words: string[]): Promise<CliResult> {
  const args = ["scrub", ...words, "--host", "127.0.0.1", "--port", String(cell.port)];
  return runCli(args, { world: () => createNodeWorld() });
}

test("replicas that hold the same are told with what they read", async () => {
  const cell = new ToldCell(["n1", "n2"]);
  await cell.serving(async () => {
    const { status, out, err } = await scrub(cell);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/root +n1 +1,?234 +0 +as the others\n/);
    const told = JSON.parse((await scrub(cell, "root", "--json")).out);
    const each = { volume: "root", found: "equal", records: 1234, damaged: 0 };
    expect(told).toMatchObject({
      event: "scrubbed",
      replicas: [
        { ...each, node: "n1" },
        { ...each, node: "n2" },
      ],
    });
  });
});

test("a replica that differs, or has missed it, is told; the exit status says that something was found", async () => {
  const cell = new ToldCell(["n1", "n2", "n3"]);
  cell.scrubs.set("n2", "damaged");
  cell.scrubs.set("n3", "away");
  await cell.serving(async () => {
    const { status, out } = await scrub(cell, "root");
    expect(status).toBe(4);
    expect(out).toMatch(/n2 +1,?234 +2 +not as the others: it is made anew/);
    expect(out).toMatch(/n3 +0 +0 +not read/);
  });
});

test("nobody waits who does not want to, and an unknown volume is refused", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    expect(await scrub(cell, "--no-wait")).toMatchObject({
      status: 0,
      out: "root is read as of entry 5\n",
      err: "",
    });
    expect(await scrub(cell, "mail")).toMatchObject({
      status: 1,
      err: expect.stringContaining("CELL_VOLUME_UNKNOWN"),
    });
  });
});
