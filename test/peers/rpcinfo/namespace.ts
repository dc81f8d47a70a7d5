/** A network namespace with a loopback of its own, where port 111 is free and nobody else is reached. */
import { type ChildProcess, execFileSync, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";

let made = 0;

export class Namespace {
  readonly name = `coterie-${process.pid}-${made++}`;
  private readonly children: ChildProcess[] = [];

  constructor() {
    execFileSync("ip", ["netns", "add", this.name]);
    this.run("ip", ["link", "set", "lo", "up"]);
  }

  /** Runs a program to its end and returns its output. */
  run(program: string, args: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", this.name, program, ...args], {
      timeout: 20_000,
      stdio: ["ignore", "pipe", "pipe"],
    }).toString();
  }

  /** Starts a program; it ends with the namespace at the latest. */
  start(program: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.name, program, ...args], { stdio });
    this.children.push(child);
    return child;
  }

  /** The machine's own rpcbind, with a /run of its own. Resolves when it answers. */
  async startRpcbind(): Promise<ChildProcess> {
    const script = "mount -t tmpfs none /run && exec rpcbind -f";
    const child = this.start("unshare", ["-m", "sh", "-c", script], "ignore");
    for (;;) {
      try {
        this.run("rpcinfo", ["-T", "tcp", "127.0.0.1", "100000", "4"]);
        return child;
      } catch (error) {
        if (child.exitCode !== null) throw error;
      }
    }
  }

  async close(): Promise<void> {
    for (const child of this.children) await stop(child);
    execFileSync("ip", ["netns", "del", this.name]);
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill();
  await closed;
}
