/**
 * Groups of processes to measure, each process told what to do by lines on its standard input (`start BYTES`, `stop`, `count`,
 * `ping BYTES N`): ours, JGroups' and corosync's.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../support/ports.ts";
import { atEnd } from "../support/scratch.ts";

const JGROUPS = "/usr/share/java/jgroups.jar";
const STARTED_WITHIN_MS = 60_000;

/** One process, and what it says, line by line. */
export class Member {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #rest = "";
  #trouble = "";
  #wake = (): void => {};
  #isOver = false;

  constructor(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const [file, ...args] = words;
    this.#child = spawn(file as string, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...environment },
      // A group of its own: what it started ends with it.
      detached: true,
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#trouble = (this.#trouble + text).slice(-2000);
    });
    atEnd(() => this.kill());
    this.#child.on("exit", () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The words of the next line that begins so, those before it dropped. */
  async hears(start: string): Promise<string[]> {
    const deadline = setTimeout(() => this.kill(), STARTED_WITHIN_MS);
    try {
      for (;;) {
        for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift())
          if (line.startsWith(start)) return line.split(" ").slice(1);
        if (this.#isOver) throw new Error(`no "${start}" came: ${this.#trouble}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  async ask(line: string, answer: string): Promise<number[]> {
    this.say(line);
    return (await this.hears(answer)).map(Number);
  }

  kill(): void {
    this.signal("SIGKILL");
  }

  /** To it and all that it started. */
  signal(name: NodeJS.Signals): void {
    // Its number may be somebody else's by now.
    if (this.#isOver) return;
    try {
      process.kill(-(this.#child.pid as number), name);
    } catch {
      // It is gone already.
    }
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() as string;
    this.#lines.push(...lines);
    this.#wake();
  }
}

export interface Group {
  readonly members: readonly Member[];
  /** Pulls the plug of a member's machine, where each has its own. */
  unplug?(index: number): void;
  close(): Promise<void> | void;
}

const ended = (members: readonly Member[]) => (): void => {
  for (const member of members) member.kill();
};

/** Compiled once into `folder`. */
function compiledJGroups(folder: string): string {
  const source = join(import.meta.dirname, "JGroupsMember.java");
  if (!existsSync(join(folder, "JGroupsMember.class")))
    execFileSync("javac", ["-cp", JGROUPS, "-d", folder, source]);
  return `${JGROUPS}:${folder}`;
}

export const hasJGroups = (): boolean => existsSync(JGROUPS);
export const hasCorosync = (): boolean => existsSync("/usr/sbin/corosync") && process.getuid?.() === 0;

/** @param bundleMs how long a message waits for others, 30 in JGroups' own configuration. */
export async function jgroups(
  folder: string,
  count: number,
  order: "total" | "fifo",
  bundleMs: number,
): Promise<Group> {
  const classes = compiledJGroups(folder);
  const ports = await freePorts(count);
  const hosts = ports.map((port) => `127.0.0.1[${port}]`).join(",");
  const members: Member[] = [];
  for (const [i, port] of ports.entries()) {
    const words = ["java", "-Djava.net.preferIPv4Stack=true", "-cp", classes, "JGroupsMember"];
    const member = new Member([
      ...words,
      `m${i}`,
      String(port),
      hosts,
      order,
      String(count),
      String(bundleMs),
    ]);
    members.push(member);
    // Members that start at once found groups of their own, which take half a minute to merge.
    if (i === 0) await member.hears("view");
  }
  for (const member of members) await member.hears("ready");
  return { members, close: ended(members) };
}

/** Each member beside a daemon of its own, in namespaces of network and files. */
export async function corosync(folder: string, count: number): Promise<Group> {
  const program = join(folder, "cpg-member");
  if (!existsSync(program))
    execFileSync("gcc", ["-O2", "-o", program, join(import.meta.dirname, "cpg-member.c"), "-lcpg"]);
  const names = Array.from({ length: count }, (_, i) => `coterie-cpg-${process.pid}-${i + 1}`);
  const bridge = `coterie-cpg-${process.pid}-0`;
  const ip = (words: string): void => void execFileSync("ip", words.split(" "));
  ip(`netns add ${bridge}`);
  ip(`-n ${bridge} link add br0 type bridge`);
  ip(`-n ${bridge} link set br0 up`);
  const members: Member[] = [];
  for (const [i, name] of names.entries()) {
    ip(`netns add ${name}`);
    ip(`-n ${name} link set lo up`);
    ip(`-n ${name} link add eth0 type veth peer name port${i + 1} netns ${bridge}`);
    ip(`-n ${name} addr add 10.77.0.${i + 1}/24 dev eth0`);
    ip(`-n ${name} link set eth0 up`);
    ip(`-n ${bridge} link set port${i + 1} master br0`);
    ip(`-n ${bridge} link set port${i + 1} up`);
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "corosync.conf"), corosyncConfiguration(own, count));
    const script = [
      "mount -t tmpfs none /run && mount -t tmpfs none /dev/shm && mount -t tmpfs none /var/lib/corosync || exit 1",
      `corosync -f -c ${own}/corosync.conf >/dev/null &`,
      // The daemon answers when it is there.
      `for try in $(seq 100); do corosync-cpgtool >/dev/null 2>&1 && break; sleep 0.1; done`,
      `exec ${program} ${count}`,
    ].join("\n");
    members.push(new Member(["ip", "netns", "exec", name, "unshare", "-m", "sh", "-c", script]));
  }
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    ended(members)();
    for (const name of [...names, bridge]) ip(`netns delete ${name}`);
  };
  atEnd(close);
  try {
    for (const member of members) await member.hears("ready");
  } catch (error) {
    close();
    throw error;
  }
  const unplug = (index: number): void => ip(`-n ${bridge} link set port${index + 1} down`);
  return { members, unplug, close };
}

function corosyncConfiguration(folder: string, count: number): string {
  const nodes = Array.from(
    { length: count },
    (_, i) => `  node {\n    ring0_addr: 10.77.0.${i + 1}\n    nodeid: ${i + 1}\n  }`,
  );
  return [
    "totem {\n  version: 2\n  cluster_name: bench\n  transport: udpu\n  crypto_cipher: none\n  crypto_hash: none\n}",
    `logging {\n  to_stderr: no\n  to_syslog: no\n  to_logfile: yes\n  logfile: ${folder}/log\n}`,
    `nodelist {\n${nodes.join("\n")}\n}`,
    "",
  ].join("\n");
}

/**
 * Ours: `order` and `guarantee` are the group's.
 * @param isMulticast whether what is broadcast goes by IP multicast; over links only without it.
 */
export async function ours(
  folder: string,
  count: number,
  order: string,
  guarantee: string,
  isMulticast = false,
): Promise<Group> {
  const program = join(import.meta.dirname, "member.ts");
  const [multicastPort, ...ports] = await freePorts(1 + count);
  const before = [process.execPath, "--import", import.meta.resolve("tsx"), program, folder];
  const after = [ports.join(","), order, guarantee, ...(isMulticast ? [String(multicastPort)] : [])];
  const members = ports.map((_, i) => new Member([...before, `m${i}`, ...after]));
  for (const member of members) await member.hears("ready");
  return { members, close: ended(members) };
}
