/**
 * nfs-ganesha with a directory of this machine, in a network namespace of its own: it needs an rpcbind, and this
 * machine's own is left alone. Nothing tells when it is ready; clients simply try until it answers.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const NFS_PORT = 2049;
export const MOUNT_PORT = 20_048;

export class Ganesha {
  readonly namespace = `coterie-g${process.pid}`;
  /** The exported directory, which is `/export` for clients. */
  readonly directory: string;
  readonly #base: string;
  #rpcbind: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  constructor(base: string) {
    this.#base = base;
    this.directory = join(base, "export");
  }

  start(): void {
    mkdirSync(this.directory, { recursive: true });
    mkdirSync(join(this.#base, "recovery"), { recursive: true });
    writeFileSync(join(this.#base, "ganesha.conf"), this.#configuration());
    execFileSync("ip", ["netns", "add", this.namespace]);
    execFileSync("ip", [...this.#inside(), "ip", "link", "set", "lo", "up"]);
    this.#rpcbind = this.#spawn(["rpcbind", "-f", "-w"]);
    this.startServer();
  }

  startServer(): void {
    const at = (name: string) => join(this.#base, name);
    this.#server = this.#spawn([
      ...["ganesha.nfsd", "-F", "-f", at("ganesha.conf"), "-L", at("ganesha.log")],
      ...["-p", at("ganesha.pid"), "-N", "NIV_EVENT"],
    ]);
  }

  /** kill -9. */
  async killServer(): Promise<void> {
    await kill(this.#server);
  }

  /** The words that run a command where the server can be reached. */
  command(words: readonly string[]): [string, ...string[]] {
    return ["ip", ...this.#inside(), ...words];
  }

  async stop(): Promise<void> {
    await kill(this.#server);
    await kill(this.#rpcbind);
    execFileSync("ip", ["netns", "delete", this.namespace]);
  }

  #inside(): string[] {
    return ["netns", "exec", this.namespace];
  }

  #spawn(words: readonly string[]): ChildProcess {
    return spawn("ip", [...this.#inside(), ...words], { stdio: "ignore" });
  }

  #configuration(): string {
    return `
NFS_CORE_PARAM { NFS_Port=${NFS_PORT}; MNT_Port=${MOUNT_PORT}; Protocols=3,4; Enable_NLM=false; Enable_RQUOTA=false;
  Enable_UDP=false; mount_path_pseudo=true; Plugins_Dir=/usr/lib/x86_64-linux-gnu/ganesha; }
NFSv4 { Graceless=true; RecoveryRoot=${this.#base}/recovery; }
EXPORT { Export_Id=1; Path=${this.directory}; Pseudo=/export; Access_Type=RW; Squash=No_Root_Squash; SecType=sys;
  PrivilegedPort=false; Transports=TCP; FSAL { Name=VFS; } }
LOG { Default_Log_Level=EVENT; }
`;
  }
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
