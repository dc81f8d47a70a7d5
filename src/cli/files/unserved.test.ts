/** What a file command tells that a cell did not answer. */
import { expect, test } from "vitest";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { whyUnanswered } from "./unserved.ts";

const timeout = new CoterieError("RPC_TIMEOUT", "no reply in time");

/** What is told by a command that failed with `error`, when the cell's nodes are asked at `port`. */
async function told(port: number, error: unknown): Promise<unknown> {
  const world = createNodeWorld();
  try {
    return await whyUnanswered(world, [{ host: "127.0.0.1", port }], error);
  } finally {
    await world.close();
  }
}

test("where no majority is left, that is told, with the nodes that are down", async () => {
  const cell = new ToldCell(["n1", "n2", "n3"]);
  cell.isServed = false;
  for (const name of ["n2", "n3"]) cell.down.add(name);
  await cell.serving(async () => {
    expect(await told(cell.port, timeout)).toMatchObject({
      code: "CELL_NO_QUORUM",
      message:
        "the cell did not answer in time; n1 knows no leader that a majority follows; n2 is not linked to n1; n3 is not linked to n1",
      cause: timeout,
    });
  });
});

test("a volume without a leader is told, though the cell has a majority", async () => {
  const cell = new ToldCell(["n1"]);
  cell.isLed = false;
  await cell.serving(async () => {
    expect(await told(cell.port, timeout)).toMatchObject({
      code: "CELL_VOLUME_UNSERVED",
      message: "the cell did not answer in time; volume root has no leader",
    });
  });
});

test("a cell that is well has nothing to add, and other failures are told as they are", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    expect(await told(cell.port, timeout)).toBe(timeout);
    cell.isServed = false;
    const other = new CoterieError("FILES_NOENT", "no such file");
    expect(await told(cell.port, other)).toBe(other);
    const bug = new Error("bug");
    expect(await told(cell.port, bug)).toBe(bug);
  });
});

test("where no node answers at all, they are named", async () => {
  expect(await told(1, timeout)).toMatchObject({
    code: "CELL_UNREACHABLE",
    message: expect.stringContaining("no node of a cell answers at 127.0.0.1:1"),
  });
});
