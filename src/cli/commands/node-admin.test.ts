/** `coterie drain` against a cell whose state is the real one. */
import { expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { cell_deed } from "../../cell/index.ts";
import { createNodeWorld } from "../../node/index.ts";

test("who drains a node is told, once, which volume waits for another node that is down", async () => {
  const cell = new ToldCell(["n1", "n2", "n3"]);
  const root = cell.state.volumeNamed("root")?.id as Uint8Array;
  const move = (replicas: string[]) =>
    cell.apply({ deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: root, replicas } });
  move(["n2"]);
  cell.apply({ deed: cell_deed.CELL_VOLUME_MOVED, moved: { volume: root, replicas: ["n2"] } });
  expect(cell.make("mail", ["n1"])).not.toMatchObject({ code: expect.any(String) });
  const mail = cell.state.volumeNamed("mail")?.id as Uint8Array;
  cell.apply({ deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: mail, replicas: ["n3"] } });
  cell.down.add("n3");
  let looks = 0;
  cell.meanwhile = () => {
    if (++looks < 4) return;
    cell.down.clear();
    cell.apply({ deed: cell_deed.CELL_VOLUME_MOVED, moved: { volume: mail, replicas: ["n3"] } });
  };
  await cell.serving(async () => {
    const args = ["drain", "n1", "--host", "127.0.0.1", "--port", String(cell.port)];
    expect(await runCli(args, { world: () => createNodeWorld() })).toMatchObject({
      status: 0,
      err: "volume mail is being moved to n3, which is down, and waits until that is up or drained\n",
      out: "n1 holds no replicas; `coterie remove n1` takes it out of the cell\n",
    });
  });
});
