/** `-`: standard input and output as one end of a copy. test/scenario/pipes.test.ts has real pipes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CliResult, FakeHost } from "../../../test/support/cli-host.ts";
import { type NodeCell, nodeCell } from "../../../test/support/node-cell.ts";
import type { NfsClient } from "../../files/index.ts";
import { run } from "../run.ts";

let cell: NodeCell;
let client: NfsClient;
beforeAll(async () => {
  cell = await nodeCell();
  const [uid, gid] = [process.getuid?.() ?? 65_534, process.getgid?.() ?? 65_534];
  client = await cell.connect({
    credential: { flavor: "sys", stamp: 0, machine: "test", uid, gid, gids: [] },
  });
});
beforeEach(async () => {
  for (const name of await client.readdir("/")) await client.rm(`/${name}`, { recursive: true });
});
afterAll(async () => {
  await client.close();
  await cell.close();
});

const local = mkdtempSync(join(tmpdir(), "coterie-stream-"));
afterAll(() => rmSync(local, { recursive: true, force: true }));

/** One command; `prepare` may put its own hands on what it is given. */
async function cli(
  args: readonly string[],
  prepare: (host: FakeHost) => void = () => {},
): Promise<CliResult> {
  const environment = { COTERIE_SERVER: `127.0.0.1:${cell.port}` };
  const host = new FakeHost({ world: () => cell.world(), environment });
  prepare(host);
  const status = await run(args, host);
  return { status, out: host.out.text, err: host.err.text, bytes: host.out.bytes };
}

function input(pieces: () => AsyncGenerator<Uint8Array>): (host: FakeHost) => void {
  return (host) => Object.assign(host.terminal, { input: pieces() });
}

const content = Uint8Array.from({ length: 3_000_001 }, (_, at) => (at * 7) & 0xff);

const inPieces = input(async function* () {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
});

test("put - copies standard input, and get - to standard output, byte for byte", async () => {
  const put = await cli(["put", "--json", "-", "/f"], inPieces);
  expect(put).toMatchObject({ status: 0, err: "" });
  expect(JSON.parse(put.out)).toMatchObject({ files: 1, bytes: content.length, failed: 0 });
  expect(await client.readdir("/")).toEqual(["f"]);
  expect((await client.stat("/f")).permissions).toBe(0o644);
  const get = await cli(["get", "/f", "-"]);
  expect(get).toMatchObject({ status: 0, err: "" });
  expect(Buffer.compare(get.bytes, content)).toBe(0);
});

test("put - replaces a file in one step, and lets it keep its mode; nothing is a file too", async () => {
  await client.writeFile("/f", "before", { mode: 0o600 });
  let seen = "";
  const host = input(async function* () {
    yield Uint8Array.of(1);
    seen = await client.readFile("/f", "utf8");
  });
  expect(await cli(["put", "-", "/f"], host)).toMatchObject({ status: 0 });
  expect(seen).toBe("before");
  expect(await client.readFile("/f")).toEqual(Uint8Array.of(1));
  expect((await client.stat("/f")).permissions).toBe(0o600);
  expect(await cli(["put", "-", "/empty"], () => {})).toMatchObject({ status: 0 });
  expect((await client.stat("/empty")).size).toBe(0);
});

test("an input that fails leaves the cell as it was", async () => {
  await client.writeFile("/f", "before");
  const failing = input(async function* () {
    yield content;
    throw new Error("EIO: i/o error, read");
  });
  const { status, err } = await cli(["put", "-", "/f"], failing);
  expect(status).toBe(1);
  expect(err).toMatch(/^error LOCAL_IO: standard input cannot be read: EIO/);
  expect(await client.readdir("/")).toEqual(["f"]);
  expect(await client.readFile("/f", "utf8")).toBe("before");
});

test("what is read back from the server is compared with what came in", async () => {
  const digests: string[] = [];
  const damaged = (host: FakeHost) => {
    inPieces(host);
    // The second digest to be finished is that of what was read back.
    const { local } = host;
    Object.assign(host, {
      local: {
        ...local,
        digest: () => {
          const digest = local.digest();
          const hex = () => {
            digests.push(digest.hex());
            return digests.length === 3 ? "0" : (digests.at(-1) as string);
          };
          return { update: (data: Uint8Array) => digest.update(data), hex };
        },
      },
    });
  };
  const { status, err } = await cli(["put", "-", "/f"], damaged);
  expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining("COPY_DIFFERS") });
  // Of the unfinished file's name, of what came in, and of what was read back.
  expect(digests.length).toBe(3);
  expect(digests[1]).toBe(digests[2]);
  expect(await client.readdir("/")).toEqual([]);
  digests.length = 0;
  expect(await cli(["put", "--no-verify", "-", "/f"], damaged)).toMatchObject({ status: 0 });
  // Of the unfinished file's name alone.
  expect(digests.length).toBe(1);
});

test("a file that changes while it leaves is told", async () => {
  await client.writeFile("/f", content);
  const { status, err } = await cli(["get", "/f", "-"], ({ out }) => {
    const { writeBytes } = out;
    out.writeBytes = async (bytes) => {
      await client.truncate("/f", 2_000_000);
      return writeBytes.call(out, bytes);
    };
  });
  expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining("COPY_CHANGED") });
});

test("what a stream cannot do is misuse, and nothing is done", async () => {
  await client.mkdir("/d");
  await client.writeFile("/f", "");
  const uses = [
    ["put", "-r", "-", "/x"],
    ["put", "-", join(local, "f"), "/d"],
    ["put", "-", "/d"],
    ["put", "-", "/x/"],
    ["put", "-", "/"],
    ["get", "-r", "/d", "-"],
    ["get", "/f", "/f", "-"],
    ["get", "--json", "/f", "-"],
  ];
  for (const words of uses) {
    const result = await cli(words, inPieces);
    expect(result, words.join(" ")).toMatchObject({ status: 2, out: "" });
    expect(result.err).toContain("CLI_USAGE");
  }
  expect((await client.readdir("/")).sort()).toEqual(["d", "f"]);
  const directory = await cli(["get", "/d", "-"]);
  expect(directory).toMatchObject({ status: 1, out: "" });
  expect(directory.err).toContain("FILES_ISDIR");
});
