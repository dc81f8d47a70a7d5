import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { bytes, ok, pattern, ROOT } from "../../../test/volume/fixture.ts";
import { VOLUME_NAME } from "../../cell/index.ts";
import { openVolume } from "../../files/volume/index.ts";
import { chunkKey } from "../../files/volume/keys.ts";
import { createNodeWorld } from "../../node/index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-fsck-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A volume with one file in a real store; gives the file's inode number. */
async function makeVolume(): Promise<number> {
  const world = createNodeWorld({ directory });
  const volume = await openVolume(world, VOLUME_NAME);
  const context = { credentials: ROOT, now: world.clock.wall() };
  const made = volume.create(context, volume.root, bytes("f"), { type: "file", how: "guarded", initial: {} });
  const { handle } = ok(made);
  ok(volume.write(context, handle, 0, pattern(100_000), "unstable"));
  await volume.close();
  await world.close();
  return handle.inode;
}

/** Node's own directory file is not there: a first start that was cut short looks like this. */
const fsck = (...args: string[]) =>
  runCli(["fsck", "--dir", directory, ...args], { world: (options) => createNodeWorld(options) });

describe("coterie fsck", () => {
  test("says that nothing is wrong, and ends with 0", async () => {
    await makeVolume();
    const result = await fsck();
    expect(result).toMatchObject({ status: 0, err: "" });
    expect(result.out).toMatch(
      /nothing wrong in 2 inodes \(1 director.*, 1 files?\), 1 names?, .* of content/,
    );
  });

  test("names what is wrong, and ends with 4; --json gives it as one object", async () => {
    const inode = await makeVolume();
    const world = createNodeWorld({ directory });
    const store = await world.storage.open(VOLUME_NAME);
    const key = chunkKey(inode, 1);
    const value = (store.get(key) as Uint8Array).slice();
    value[500] = (value[500] as number) ^ 4;
    store.apply([{ key, value }]);
    await store.close();
    await world.close();
    const result = await fsck();
    expect(result.status).toBe(4);
    expect(result.out).toContain(`damaged  inode ${inode}, chunk 1: content`);
    expect(result.out).toContain("1 found wrong");
    const json = await fsck("--json");
    expect(json.status).toBe(4);
    expect(JSON.parse(json.out)).toMatchObject({
      findings: [{ kind: "damaged", inode, chunk: 1, detail: "content" }],
      counts: { files: 1 },
    });
    expect((await fsck("--no-content")).status).toBe(0);
  });

  test("a volume or directory that is not there is one line", async () => {
    await makeVolume();
    const other = await fsck("other");
    expect(other).toMatchObject({ status: 1, out: "" });
    expect(other.err).toContain("VOLUME_MISSING");
    rmSync(directory, { recursive: true });
    const none = await fsck();
    expect(none.status).toBe(1);
    expect(none.err).toContain("VOLUME_MISSING");
  });

  test("a volume that is in use is left alone", async () => {
    await makeVolume();
    const world = createNodeWorld({ directory });
    const volume = await openVolume(world, VOLUME_NAME);
    const result = await fsck();
    expect(result.status).toBe(1);
    expect(result.err).toContain("STORE_LOCKED");
    await volume.close();
    await world.close();
  });
});
