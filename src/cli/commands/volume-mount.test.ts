/** `coterie volume mount` and its like against a cell whose state is the real one; what a mount does is in `src/cell/mounts.test.ts`. */
import { expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";

function volume(cell: ToldCell, ...words: string[]): Promise<CliResult> {
  const args = ["volume", ...words, "--host", "127.0.0.1", "--port", String(cell.port)];
  return runCli(args, { world: () => createNodeWorld() });
}

test("volumes are mounted, listed and unmounted", async () => {
  const cell = new ToldCell(["n1"]);
  cell.make("mail", ["n1"]);
  cell.make("attic", ["n1"]);
  await cell.serving(async () => {
    expect(await volume(cell, "mount", "mail", "/post")).toMatchObject({
      status: 0,
      out: "mail is seen at /post\n",
    });
    const told = await volume(cell, "mount", "attic", "/attic", "--json");
    expect(JSON.parse(told.out)).toMatchObject({
      event: "volume-mount",
      name: "attic",
      path: "/attic",
      revision: Number(cell.state.revision),
    });
    const lines = (await volume(cell, "mounts")).out.trimEnd().split("\n");
    expect(lines.map((line) => line.trim().split(/ +/))).toEqual([
      ["PATH", "VOLUME", "IN"].map((title) => expect.stringMatching(new RegExp(`^${title}$`, "i"))),
      ["/attic", "attic", "root"],
      ["/post", "mail", "root"],
    ]);
    const rows = (await volume(cell, "mounts", "--json")).out.trimEnd().split("\n");
    expect(rows.map((row) => JSON.parse(row))).toEqual([
      { path: "/attic", volume: "attic", within: "root" },
      { path: "/post", volume: "mail", within: "root" },
    ]);
    expect(await volume(cell, "unmount", "/post")).toMatchObject({
      status: 0,
      out: "nothing is mounted at /post any more\n",
    });
    expect(cell.state.mounts.map(({ path }) => path)).toEqual(["/attic"]);
  });
});

test("what cannot be is told with what to do", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    const unknown = await volume(cell, "mount", "mail", "/post");
    expect(unknown).toMatchObject({ status: 1, err: expect.stringContaining("error CELL_VOLUME_UNKNOWN") });
    const nothing = await volume(cell, "unmount", "/post");
    expect(nothing).toMatchObject({ status: 1, err: expect.stringContaining("error CELL_MOUNT_UNKNOWN") });
    expect(nothing.err).toContain("coterie volume mounts");
    expect(await volume(cell, "mount", "mail")).toMatchObject({ status: 2 });
  });
});
