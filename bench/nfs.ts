/**
 * NFS v3 beside nfs-ganesha. Needs root and the Debian packages gcc, libnfs-dev, nfs-ganesha, nfs-ganesha-vfs, rpcbind, iproute2.
 *
 * Both servers run at once on the same file systems, and the load generator (nfs/load.c) measures one after the other
 * in alternating rounds; ours is the package as it is published. At one call in flight client and server share one CPU, so that
 * neither's wake-up across CPUs is what is measured; with more in flight nothing is pinned. Figures are medians; what travels is the ratio.
 *
 *     npm run bench -- nfs --quick
 *     npm run bench -- nfs --only getattr,write1m
 */
import { execFileSync } from "node:child_process";
import { buildGenerator, type Measurement, runGenerator } from "./nfs/generator.ts";
import {
  buildCoterie,
  type Folders,
  makeFolders,
  Namespace,
  type Served,
  startCoterie,
  startGanesha,
} from "./nfs/peers.ts";
import { flag, options, text, words } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { median } from "./support/statistics.ts";

interface Load {
  readonly connections: number;
  readonly inFlight: number;
}

type Result = {
  readonly storage: "memory" | "disk";
  readonly operation: string;
  readonly files: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly coterie: number;
  readonly ganesha: number;
  readonly ratio: number;
  /** What half of the calls took at most, in microseconds. */
  readonly coterieP50Us: number;
  readonly ganeshaP50Us: number;
};

const asked = options({
  only: words("operations, as the table names them"),
  huge: flag("directories of a million entries, too"),
  profile: text("a folder for profiles of our servers' CPUs"),
});
const { quick, huge, only, profile } = asked;
const rounds = quick ? 1 : 3;
const seconds = quick ? 0.5 : 2;

const loads: readonly Load[] = [
  { connections: 1, inFlight: 1 },
  { connections: 1, inFlight: 32 },
  { connections: 4, inFlight: 32 },
];
const inMemory = [
  ...["null", "getattr", "lookup", "read4k", "create", "rename", "remove"],
  ...["write4k-sync", "write4k-unstable", "read1m", "read1m-large", "write1m"],
  ...["getattr:10000", "lookup:10000", "create:10000"],
  ...(huge ? ["getattr:1000000", "lookup:1000000", "create:1000000"] : []),
];
const onDisk = ["write4k-sync", "write4k-unstable", "write1m", "read1m"];

async function measure(
  namespace: Namespace,
  generator: string,
  served: Served,
  storage: "memory" | "disk",
  load: Load,
  operations: readonly string[],
): Promise<Measurement[]> {
  const { port, mountPort, exports } = served;
  const where = ["127.0.0.1", String(port), String(mountPort), exports[storage]];
  const how = [String(load.connections), String(load.inFlight), String(seconds)];
  const isSerial = load.connections * load.inFlight === 1;
  const [file, words] = namespace.command(
    [generator, ...where, ...how, ...operations],
    isSerial ? 0 : undefined,
  );
  return runGenerator([file, ...words]);
}

/** Pins every thread of the namespace's processes to one CPU, or lets them all run everywhere. */
function pin(namespace: Namespace, cpus: string): void {
  for (const pid of namespace.pids())
    execFileSync("taskset", ["-a", "-c", "-p", cpus, String(pid)], { stdio: "ignore" });
}

async function compare(folders: Folders, main: string): Promise<Result[]> {
  const namespace = new Namespace();
  try {
    const generator = buildGenerator(folders.disk);
    const ganesha = await startGanesha(namespace, folders);
    const [memory, disk] = await startCoterie(namespace, folders, main, profile);
    if (memory === undefined || disk === undefined) throw new Error("our servers did not start");
    const results: Result[] = [];
    for (const storage of ["memory", "disk"] as const) {
      const all = storage === "memory" ? inMemory : onDisk;
      const operations = only === undefined ? all : all.filter((each) => only.includes(each));
      if (operations.length === 0) continue;
      const ours = storage === "memory" ? memory : disk;
      for (const load of loads) {
        pin(namespace, load.connections * load.inFlight === 1 ? "0" : "0-255");
        const seen: { coterie: Measurement[][]; ganesha: Measurement[][] } = { coterie: [], ganesha: [] };
        for (let round = 0; round < rounds; round++) {
          seen.coterie.push(await measure(namespace, generator, ours, storage, load, operations));
          seen.ganesha.push(await measure(namespace, generator, ganesha, storage, load, operations));
        }
        results.push(...summarise(storage, seen.coterie, seen.ganesha));
      }
    }
    return results;
  } finally {
    await namespace.close();
  }
}

function summarise(storage: "memory" | "disk", ours: Measurement[][], theirs: Measurement[][]): Result[] {
  const first = ours[0] ?? [];
  return first.map(({ operation, files, connections, inFlight }, index) => {
    const of = (rounds: Measurement[][], field: "perSecond" | "p50Us") =>
      median(rounds.map((round) => round[index]?.[field] ?? Number.NaN));
    const coterie = of(ours, "perSecond");
    const ganesha = of(theirs, "perSecond");
    const rates = { coterie, ganesha, ratio: Number((coterie / ganesha).toFixed(2)) };
    const latencies = { coterieP50Us: of(ours, "p50Us"), ganeshaP50Us: of(theirs, "p50Us") };
    return { storage, operation, files, connections, inFlight, ...rates, ...latencies };
  });
}

const unknown = only?.filter((each) => !inMemory.includes(each)) ?? [];
if (unknown.length > 0) {
  console.error(`--only ${unknown.join(",")}: the operations are ${inMemory.join(", ")}`);
  process.exit(2);
}
const report = new Report("nfs", asked, { rounds });
report.table("calls a second", await compare(makeFolders(), buildCoterie()));
report.end();
