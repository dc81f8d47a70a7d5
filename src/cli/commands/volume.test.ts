/** `coterie volume` against a cell whose state is the real one, and whose nodes do at once what is asked of them. */
import { expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { cell_deed } from "../../cell/index.ts";
import { createNodeWorld } from "../../node/index.ts";

const NODES = ["n1", "n2", "n3", "n4"];

function volume(cell: ToldCell, ...words: string[]): Promise<CliResult> {
  const args = ["volume", ...words, "--host", "127.0.0.1", "--port", String(cell.port)];
  return runCli(args, { world: () => createNodeWorld() });
}

async function told(cell: ToldCell, ...words: string[]): Promise<unknown> {
  const { status, out, err } = await volume(cell, ...words, "--json");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out);
}

test("volumes are made where the cell chooses, or where somebody says", async () => {
  const cell = new ToldCell(NODES);
  await cell.serving(async () => {
    const made = await volume(cell, "create", "mail", "--copies", "2", "--quota", "10G");
    expect(made).toMatchObject({ status: 0, err: "" });
    expect(made.out).toBe("mail is made at n1, n2; clients mount it as /@mail\n");
    expect(cell.state.volumeNamed("mail")).toMatchObject({ copies: 2, quota_bytes: 10n * 2n ** 30n });

    expect(await told(cell, "create", "logs", "--on", "n4,n2")).toMatchObject({
      event: "volume-create",
      name: "logs",
      copies: 2,
      quotaBytes: 0,
      leader: "n4",
      replicas: [{ node: "n4" }, { node: "n2" }],
    });
    expect(await volume(cell, "create", "logs")).toMatchObject({
      status: 1,
      err: expect.stringContaining("error CELL_VOLUME_KNOWN"),
    });
    const clash = await volume(cell, "create", "x", "--on", "n1", "--copies", "2");
    expect(clash).toMatchObject({ status: 2, err: expect.stringContaining("--on names 1 nodes") });
    const twice = await volume(cell, "create", "x", "--on", "n1,n1");
    expect(twice).toMatchObject({ status: 2, err: expect.stringContaining("A node is named twice") });
    expect(cell.state.volumeNamed("x")).toBeUndefined();
  });
});

test("a volume that nobody leads yet is waited for, and told as made when it comes to nothing", async () => {
  const cell = new ToldCell(NODES);
  let looks = 0;
  cell.isLed = false;
  cell.meanwhile = () => {
    cell.isLed = ++looks > 2;
  };
  await cell.serving(async () => {
    expect(await told(cell, "create", "mail")).toMatchObject({ leader: "n1" });
    expect(looks).toBe(3);
    cell.meanwhile = () => {
      cell.isLed = false;
    };
    const unled = (await told(cell, "create", "late", "--no-wait")) as object;
    expect(unled).toMatchObject({ name: "late" });
    expect(unled).not.toHaveProperty("leader");
  });
});

test("the list tells of room, limits, replicas and mounts", async () => {
  const cell = new ToldCell(NODES);
  cell.usedBytes = 3n * 2n ** 20n;
  cell.make("mail", ["n2"], 1, 2n ** 30n);
  const [root, mail] = cell.state.volumes.map(({ id }) => id) as [Uint8Array, Uint8Array];
  const mount = { in_volume: root, inode: 5n, generation: 1, volume: mail, path: "/post", revision: 0n };
  cell.apply({ deed: cell_deed.CELL_MOUNT, mount });
  await cell.serving(async () => {
    const { out } = await volume(cell, "list");
    const [, first, second] = out.split("\n");
    expect(first).toMatch(/^root +3 MiB +none +4 +n1 leads, n2, n3, n4 +- +(01){16}$/);
    expect(second).toMatch(/^mail +3 MiB +1 GiB +1 +n2 leads +\/post +(02){16}$/);
    const lines = (await volume(cell, "list", "--json")).out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { name: "root", quotaBytes: 0, usedBytes: 3 * 2 ** 20 },
      { name: "mail", quotaBytes: 2 ** 30, mountedAt: "/post", id: "02".repeat(16) },
    ]);
  });
});

test("who waits for a move to a node that is down is told so, once", async () => {
  const cell = new ToldCell(NODES);
  cell.make("mail", ["n1", "n2"]);
  const id = cell.state.volumeNamed("mail")?.id as Uint8Array;
  cell.down.add("n3");
  let looks = 0;
  cell.meanwhile = () => {
    const isMoving = (cell.state.volumeNamed("mail")?.wanted.length ?? 0) > 0;
    if (isMoving && ++looks === 4)
      cell.apply({ deed: cell_deed.CELL_VOLUME_MOVED, moved: { volume: id, replicas: ["n1", "n3"] } });
  };
  await cell.serving(async () => {
    expect(await volume(cell, "move", "mail", "--to", "n1,n3")).toMatchObject({
      status: 0,
      err: "volume mail is being moved to n3, which is down, and waits until that is up or drained\n",
    });
  });
});

test("a move is waited for, and leaves as many copies as places", async () => {
  const cell = new ToldCell(NODES);
  cell.make("mail", ["n1", "n2", "n3"], 5);
  const { id } = cell.state.volumeNamed("mail") as { id: Uint8Array };
  const moved = (...replicas: string[]) =>
    ({ deed: cell_deed.CELL_VOLUME_MOVED, moved: { volume: id, replicas } }) as const;
  let looks = 0;
  cell.meanwhile = () => {
    const isMoving = (cell.state.volume(id)?.wanted.length ?? 0) > 0;
    if (isMoving && ++looks === 3) cell.apply(moved("n4", "n3"));
  };
  await cell.serving(async () => {
    expect(await volume(cell, "move", "mail", "--to", "n4, n3")).toMatchObject({
      status: 0,
      out: "mail is at n4, n3\n",
    });
    expect(looks).toBe(3);
    expect(cell.state.volume(id)).toMatchObject({ replicas: ["n4", "n3"], wanted: [], copies: 2 });
    expect(await told(cell, "move", "mail", "--to", "n1", "--no-wait")).toMatchObject({ movingTo: ["n1"] });
    const early = await volume(cell, "delete", "mail", "--yes");
    expect(early).toMatchObject({ status: 1, err: expect.stringContaining("error CELL_VOLUME_MOVING") });
    // In the place of a move that may wait for ever.
    expect(await told(cell, "move", "mail", "--to", "n2", "--no-wait")).toMatchObject({ movingTo: ["n2"] });
    const nowhere = await volume(cell, "move", "root", "--to", "n9");
    expect(nowhere).toMatchObject({ status: 1, err: expect.stringContaining("error CELL_NODE_UNKNOWN") });
    expect(await volume(cell, "move", "root")).toMatchObject({ status: 2 });
  });
});

test("names, limits and copies are changed", async () => {
  const cell = new ToldCell(NODES);
  cell.make("mail", ["n1"]);
  await cell.serving(async () => {
    expect((await volume(cell, "quota", "mail", "1.5G")).out).toBe("mail may take 1.5 GiB\n");
    expect(cell.state.volumeNamed("mail")?.quota_bytes).toBe(3n * 2n ** 29n);
    expect((await volume(cell, "quota", "mail", "none")).out).toBe("mail has no limit\n");
    expect(cell.state.volumeNamed("mail")?.quota_bytes).toBe(0n);
    expect(await volume(cell, "quota", "mail", "0")).toMatchObject({ status: 2 });
    expect(await told(cell, "copies", "mail", "3")).toMatchObject({ event: "volume-copies", copies: 3 });
    expect(await volume(cell, "copies", "mail", "17")).toMatchObject({ status: 2 });
    expect(await told(cell, "rename", "mail", "post")).toMatchObject({ name: "post" });
    const unknown = await volume(cell, "quota", "mail", "1G");
    expect(unknown).toMatchObject({ status: 1 });
    expect(unknown.err).toContain(
      'error CELL_VOLUME_UNKNOWN: the cell has no volume "mail"; there are root, post.',
    );
    expect(await volume(cell, "rename", "root", "top")).toMatchObject({
      status: 1,
      err: expect.stringContaining("error CELL_VOLUME_ROOT"),
    });
  });
});

test("nothing is deleted by a slip", async () => {
  const cell = new ToldCell(NODES);
  cell.make("mail", ["n1"]);
  await cell.serving(async () => {
    const unsure = await volume(cell, "delete", "mail");
    expect(unsure).toMatchObject({ status: 2, err: expect.stringContaining("--yes") });
    expect(cell.state.volumeNamed("mail")).toBeDefined();
    const root = await volume(cell, "delete", "root", "--yes");
    expect(root).toMatchObject({ status: 1, err: expect.stringContaining("error CELL_VOLUME_ROOT") });
    const gone = await volume(cell, "delete", "mail", "--yes");
    expect(gone).toMatchObject({ status: 0, out: "mail is deleted; its nodes take it from their disks\n" });
    expect(cell.state.volumeNamed("mail")).toBeUndefined();
    expect(await volume(cell, "delete", "mail", "--yes")).toMatchObject({ status: 1 });
  });
});

test("where no cell runs, that is told", async () => {
  const cell = new ToldCell(NODES);
  await cell.serving(async () => {});
  expect(await volume(cell, "list")).toMatchObject({
    status: 3,
    err: expect.stringContaining("error CELL_UNREACHABLE"),
  });
});
