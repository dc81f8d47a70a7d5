/**
 * The NFS client and the file commands beside those of libnfs (nfs-ls, nfs-cp, nfs-cat; Debian's libnfs-utils), on one
 * server of ours. Figures are the best of some rounds, process start included where a command is measured; only ratios travel.
 *
 *     npm run bench -- files --quick
 *     npm run bench -- files --rounds 5 --json
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NfsClient } from "../src/files/index.ts";
import { nodeCell } from "../test/support/node-cell.ts";
import { coterieCommand } from "../test/support/node-process.ts";
import { count, options } from "./support/options.ts";
import { type Cells, Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { rounded } from "./support/statistics.ts";

const asked = options({ rounds: count("rounds, of which the best counts", { usual: 3, quick: 1 }) });
const ENTRIES = asked.quick ? 2000 : 20_000;
const LARGE_BYTES = (asked.quick ? 16 : 128) * 1024 * 1024;
const SMALL_FILES = asked.quick ? 200 : 2000;

/** Milliseconds that the fastest of some rounds takes: what disturbs a run only makes it longer. */
async function best(run: () => Promise<unknown>, rounds = asked.rounds): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await run();
    least = Math.min(least, performance.now() - startMs);
  }
  return least;
}

async function command(words: readonly string[]): Promise<void> {
  const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${words.join(" ")} ended with status ${code}`);
}

const rows: Cells[] = [];

/** @param perSecond of what `unit` names. @param overPeer times the peer's speed, where the row before is ours. */
function line(
  what: string,
  ms: number,
  more: { perSecond?: number; unit?: string; overPeer?: number } = {},
): void {
  const { perSecond, unit = "", overPeer } = more;
  const rate = perSecond === undefined ? undefined : rounded(perSecond);
  const ratio = overPeer === undefined ? undefined : rounded(overPeer);
  rows.push({ what, ms: rounded(ms), perSecond: rate, unit, overPeer: ratio });
  console.error(JSON.stringify(rows.at(-1)));
}

async function makeEntries(client: NfsClient): Promise<void> {
  await client.mkdir("/many");
  for (let from = 0; from < ENTRIES; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        client.open(`/many/file-${from + at}`, "w").then((file) => file.close()),
      ),
    );
  }
}

const cell = await nodeCell();
const directory = scratchFolder("files");
const report = new Report("files", asked, { rounds: asked.rounds });
try {
  const client = await cell.connect();
  await client.chmod("/", 0o1777);
  await makeEntries(client);
  const server = ["--server", `127.0.0.1:${cell.port}`];
  const url = (path: string) =>
    `nfs://127.0.0.1/${path}?version=3&nfsport=${cell.port}&mountport=${cell.port}`;

  let seen = 0;
  const library = await best(async () => {
    seen = 0;
    for await (const entry of client.opendir("/many")) if (entry.stats !== undefined) seen++;
  });
  if (seen !== ENTRIES) throw new Error(`${seen} of ${ENTRIES} entries`);
  line(`library: ${ENTRIES} entries with attributes`, library);
  const ours = await best(() => command([...coterieCommand(), "ls", "-l", ...server, "/many"]));
  const theirs = await best(() => command(["nfs-ls", url("/many")]));
  line(`coterie ls -l of ${ENTRIES} files, process start included`, ours);
  line("nfs-ls of the same", theirs, { overPeer: theirs / ours });

  const large = join(directory, "large");
  writeFileSync(large, Buffer.alloc(LARGE_BYTES, readFileSync(process.execPath).subarray(0, 1_000_003)));
  const mib = LARGE_BYTES / 2 ** 20;
  const rate = (ms: number) => ({ perSecond: (mib * 1000) / ms, unit: "MiB" });
  const content = readFileSync(large);
  const write = await best(() => client.writeFile("/large", content));
  line(`library: write ${mib} MiB, durable`, write, rate(write));
  const read = await best(() => client.readFile("/large"));
  line(`library: read ${mib} MiB`, read, rate(read));
  let round = 0;
  const nfsCopy = await best(() => command(["nfs-cp", large, url(`/theirs-${round++}`)]));
  line(`nfs-cp: write ${mib} MiB`, nfsCopy, { ...rate(nfsCopy), overPeer: nfsCopy / write });
  const nfsCat = await best(() => command(["sh", "-c", `nfs-cat '${url("/theirs-0")}' > /dev/null`]));
  line(`nfs-cat: read ${mib} MiB`, nfsCat, { ...rate(nfsCat), overPeer: nfsCat / read });
  const put = await best(() => command([...coterieCommand(), "put", ...server, large, `/put-${round++}`]));
  line(`coterie put of ${mib} MiB, read back and checked`, put, rate(put));

  const small = Uint8Array.from({ length: 4096 }, (_, at) => at & 0xff);
  const files = await best(async () => {
    const at = `/small-${round++}`;
    await client.mkdir(at);
    let next = 0;
    const work = async () => {
      for (let index = next++; index < SMALL_FILES; index = next++)
        await client.writeFile(`${at}/${index}`, small);
    };
    await Promise.all(Array.from({ length: 32 }, work));
  });
  const perSecond = (SMALL_FILES * 1000) / files;
  line(`library: ${SMALL_FILES} files of 4 KiB, each durable, 32 at once`, files, {
    perSecond,
    unit: "files",
  });
  await client.close();
} finally {
  await cell.close();
}
report.table("files", rows);
report.end();
