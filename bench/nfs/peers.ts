/** The servers that the NFS benchmark measures: ours and nfs-ganesha, each a process in one network namespace. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { atEnd, scratchFolder } from "../support/scratch.ts";
import { until } from "../support/until.ts";

const root = resolve(import.meta.dirname, "../..");
const STARTED_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 5000;

/** A server as the load generator finds it. */
export interface Served {
  readonly name: string;
  readonly port: number;
  readonly mountPort: number;
  /** The path to mount, by where its files are. */
  readonly exports: { readonly memory: string; readonly disk: string };
}

/** A network namespace of our own: its loopback has every port free, and rpcbind's too, which ganesha needs. */
export class Namespace {
  readonly name = `coterie-bench-${process.pid}`;
  private readonly children: ChildProcess[] = [];
  private isClosed = false;

  constructor() {
    execFileSync("ip", ["netns", "add", this.name]);
    atEnd(() => this.abandon());
    execFileSync("ip", ["-n", this.name, "link", "set", "lo", "up"]);
  }

  /** The words that run a command in here, on one CPU if that is asked for. */
  command(words: readonly string[], cpu?: number): [string, string[]] {
    const pinned = cpu === undefined ? [] : ["taskset", "-c", String(cpu)];
    return ["ip", ["netns", "exec", this.name, ...pinned, ...words]];
  }

  /** Starts a process and waits for `ready` in its output, or, without one, goes on at once. */
  async start(words: readonly string[], ready?: RegExp): Promise<ChildProcess> {
    const [file, args] = this.command(words);
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    this.children.push(child);
    let output = "";
    await new Promise<void>((done, failed) => {
      const look = (chunk: Buffer) => {
        output += chunk;
        if (ready?.test(output)) done();
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.on("exit", (code) => failed(new Error(`${words[0]} ended with ${code}: ${output}`)));
      child.on("error", failed);
      if (ready === undefined) done();
    });
    return child;
  }

  /** Its processes. */
  pids(): number[] {
    const told = execFileSync("ip", ["netns", "pids", this.name], { encoding: "utf8" });
    return told.trim().split("\n").map(Number);
  }

  async close(): Promise<void> {
    for (const child of this.children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.removeAllListeners("exit");
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      const forced = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
      await gone;
      clearTimeout(forced);
    }
    this.abandon();
  }

  /** Kills whatever still runs, and removes the namespace. */
  private abandon(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const child of this.children) child.kill("SIGKILL");
    execFileSync("ip", ["netns", "delete", this.name]);
  }
}

export interface Folders {
  readonly memory: string;
  readonly disk: string;
}

/**
 * Builds the package as it is published, in a folder where it finds its dependencies: what tsx makes of the sources
 * on the fly is slower, since it names every function anew each time that it is made.
 */
export function buildCoterie(): string {
  const folder = join(root, "node_modules", `.coterie-bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  const compiler = join(root, "node_modules/.bin/tsc");
  execFileSync(compiler, ["-p", "tsconfig.build.json", "--outDir", join(folder, "dist")], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  return join(folder, "dist/cli/main.js");
}

/** Ours: one process for the volume in memory, one for the volume on the disk. */
export async function startCoterie(
  namespace: Namespace,
  folders: Folders,
  main: string,
  cpuProfile?: string,
): Promise<Served[]> {
  const served: Served[] = [];
  for (const [index, folder] of [folders.memory, folders.disk].entries()) {
    const directory = join(folder, "coterie");
    const port = 12_049 + index;
    const profile = cpuProfile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${cpuProfile}`];
    const words = [
      "up",
      "--nodes",
      "1",
      "--dir",
      directory,
      "--port",
      String(port),
      "--no-portmap",
      "--json",
    ];
    await namespace.start([process.execPath, ...profile, main, ...words], /"ready"/);
    served.push({ name: "coterie", port, mountPort: port, exports: { memory: "/", disk: "/" } });
  }
  return served;
}

/** nfs-ganesha with its VFS back end on both folders. */
export async function startGanesha(namespace: Namespace, folders: Folders): Promise<Served> {
  const work = join(folders.disk, "ganesha");
  const paths = {
    memory: join(folders.memory, "ganesha-export"),
    disk: join(folders.disk, "ganesha-export"),
  };
  for (const path of [work, paths.memory, paths.disk]) mkdirSync(path, { recursive: true });
  const configuration = join(work, "ganesha.conf");
  const log = join(work, "ganesha.log");
  writeFileSync(configuration, ganeshaConfiguration(work, paths));
  await namespace.start(["rpcbind", "-f", "-w"]);
  await namespace.start([
    "ganesha.nfsd",
    "-F",
    "-f",
    configuration,
    "-L",
    log,
    "-p",
    join(work, "pid"),
    "-N",
    "NIV_EVENT",
  ]);
  const said = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
  await until(() => said().includes("NFS SERVER INITIALIZED") || undefined, {
    what: `ganesha, whose log is ${log}`,
    withinMs: STARTED_WITHIN_MS,
  });
  return { name: "ganesha", port: 2049, mountPort: 20_048, exports: paths };
}

function ganeshaConfiguration(work: string, paths: { memory: string; disk: string }): string {
  const exported = [paths.memory, paths.disk].map(
    (
      path,
      index,
    ) => `EXPORT { Export_Id=${index + 1}; Path=${path}; Pseudo=/export${index + 1}; Access_Type=RW;
  Squash=No_Root_Squash; SecType=sys; PrivilegedPort=false; Transports=TCP; FSAL { Name=VFS; } }`,
  );
  return `NFS_CORE_PARAM { NFS_Port=2049; MNT_Port=20048; Protocols=3,4; Enable_NLM=false; Enable_RQUOTA=false;
  Enable_UDP=false; mount_path_pseudo=false; Plugins_Dir=/usr/lib/x86_64-linux-gnu/ganesha; }
NFSv4 { Graceless=true; RecoveryRoot=${join(work, "recovery")}; }
${exported.join("\n")}
LOG { Default_Log_Level=EVENT; }
`;
}

/** Folders for the servers' files, on tmpfs and on the disk, removed at the end. */
export function makeFolders(): Folders {
  return { memory: scratchFolder("nfs", "/dev/shm"), disk: scratchFolder("nfs", "/var/tmp") };
}
