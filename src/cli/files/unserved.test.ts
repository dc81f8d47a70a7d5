/** What a file command tells that a cell did not answer. */
import { expect, test, vi } from "vitest";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { UnservedTeller, whyUnanswered } from "./unserved.ts";

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

test("a node that is cut off does not speak for the others", async () => {
  const alone = new ToldCell(["n1"]);
  alone.isServed = false;
  const well = new ToldCell(["n2"]);
  await alone.serving(() =>
    well.serving(async () => {
      const world = createNodeWorld();
      const nodes = [alone, well].map(({ port }) => ({ host: "127.0.0.1", port }));
      expect(await whyUnanswered(world, nodes, timeout)).toBe(timeout);
      await world.close();
    }),
  );
});

test("who waits is told why, and that it is over, once each", async () => {
  const cell = new ToldCell(["n1"]);
  let looks = 0;
  cell.meanwhile = () => {
    looks++;
  };
  await cell.serving(async () => {
    const world = createNodeWorld();
    const notes: string[] = [];
    const nodes = [{ host: "127.0.0.1", port: cell.port }];
    const teller = new UnservedTeller(world, nodes, (text) => notes.push(text), 0);
    const someLooks = async () => {
      const until = looks + 6;
      await vi.waitUntil(() => looks >= until, { timeout: 20_000 });
    };
    await someLooks();
    // As another leader is chosen: one look sees it, and asks twice.
    const from = looks + 1;
    cell.meanwhile = () => {
      looks++;
      cell.isServed = looks < from || looks > from + 1;
    };
    await someLooks();
    expect(notes).toEqual([]);
    cell.meanwhile = () => {
      looks++;
    };
    cell.isServed = false;
    await someLooks();
    cell.isServed = true;
    await someLooks();
    teller.stop();
    expect(notes).toEqual([
      "calls wait: n1 knows no leader that a majority follows (CELL_NO_QUORUM)",
      "calls are answered again: going on, nothing is lost",
    ]);
    await world.close();
  });
});

test("where no node answers at all, they are named", async () => {
  expect(await told(1, timeout)).toMatchObject({
    code: "CELL_UNREACHABLE",
    message: expect.stringContaining("no node of a cell answers at 127.0.0.1:1"),
  });
});
