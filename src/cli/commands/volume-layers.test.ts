/** Snapshots and clones by `coterie volume`, against a node that notes what it is asked. */
import { expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";

function volume(cell: ToldCell, ...words: string[]): Promise<CliResult> {
  const args = ["volume", ...words, "--host", "127.0.0.1", "--port", String(cell.port)];
  return runCli(args, { world: () => createNodeWorld() });
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("snapshots and clones are taken, made and dropped, and told where they are", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    const told = async (...words: string[]) => {
      const { status, out, err } = await volume(cell, ...words);
      expect({ status, err }).toEqual({ status: 0, err: "" });
      return out;
    };
    expect(await told("snapshot", "root", "monday")).toBe("monday is taken: /.snapshots/monday\n");
    expect(await told("clone", "root", "monday", "trial")).toBe(
      "trial is made: /.clones/trial, which clients mount as /@root/.clones/trial\n",
    );
    expect(await told("snapshot", "root", "tried", "--of", "trial")).toBe(
      "tried is taken: /.clones/trial/.snapshots/tried\n",
    );
    expect(await told("snapshot-delete", "root", "tried")).toBe("the snapshot tried is deleted\n");
    expect(await told("clone-delete", "root", "trial", "--yes")).toBe("the clone trial is deleted\n");
    expect(cell.layerWishes).toEqual([
      ["root", 1, "monday", ""],
      ["root", 3, "trial", "monday"],
      ["root", 1, "tried", "trial"],
      ["root", 2, "tried", ""],
      ["root", 4, "trial", ""],
    ]);
    expect(JSON.parse(await told("snapshot", "root", "x", "--json"))).toEqual({
      event: "volume-snapshot",
      volume: "root",
      name: "x",
      path: "/.snapshots/x",
    });
  });
});

test("a clone is not deleted by mistake, and a name that cannot be is refused", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    const unsure = await volume(cell, "clone-delete", "root", "trial");
    expect(unsure).toMatchObject({ status: 2, err: expect.stringContaining("--yes") });
    const long = await volume(cell, "snapshot", "root", "x".repeat(256));
    expect(long).toMatchObject({ status: 1, err: expect.stringContaining("error LAYERS_NAME") });
    expect(cell.layerWishes).toEqual([]);
  });
});

test("the list has both, with where they are and what they keep", async () => {
  const cell = new ToldCell(["n1"]);
  const time = { seconds: 1_000_000_000, nanoseconds: 0 };
  const retired = { retired_values: 3, retired_bytes: 5 * 2 ** 20 };
  cell.layers = {
    snapshots: [
      { name: bytes("monday"), of: bytes(""), ...time, ...retired },
      { name: bytes("tried"), of: bytes("trial"), ...time, ...retired },
    ],
    clones: [{ name: bytes("trial"), base: bytes("monday"), ...time }],
    is_reclaiming: true,
  };
  await cell.serving(async () => {
    const { status, out, err } = await volume(cell, "snapshots", "root");
    expect(status).toBe(0);
    expect(err).toContain("taken back");
    const [, first, second, third] = out.split("\n");
    expect(first).toMatch(/^snapshot +monday +- +2001-09-09T01:46:40\S* +5 MiB +\/\.snapshots\/monday$/);
    expect(second).toMatch(/^snapshot +tried +trial .* +\/\.clones\/trial\/\.snapshots\/tried$/);
    expect(third).toMatch(/^clone +trial +monday .* +- +\/\.clones\/trial$/);
    const lines = (await volume(cell, "snapshots", "root", "--json")).out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(["snapshot", "snapshot", "clone"]);
  });
});
