/**
 * Several machines on one: a network namespace for each, all of them plugged into one bridge in another. Every machine knows the
 * others' hardware addresses for good, so a link is cut in one direction by giving it a false one: frames to nobody, which the
 * bridge drops without a word, as a bad cable does. A machine is also unplugged whole, which it sees. Needs root.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const PREFIX = "coterie-site";
let made = 0;

const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });
const batch = (namespace: string, lines: readonly string[]): void =>
  void execFileSync("ip", ["-n", namespace, "-batch", "-"], { input: `${lines.join("\n")}\n` });

/** Namespaces of processes that are gone: they were killed before they could remove them. */
function sweep(): void {
  for (const line of ip("netns list").split("\n")) {
    const [name = ""] = line.split(" ");
    const [, pid] = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) ip(`netns delete ${name}`);
  }
}

export class BridgedSite {
  readonly count: number;
  readonly #name = `${PREFIX}-${process.pid}-${made++}`;
  readonly #close = () => this.close();
  /** How many want it cut, by direction. */
  readonly #cuts = new Map<string, number>();
  readonly #unplugged = new Map<number, number>();
  #isOpen = true;

  /** Machines are numbered from 0. */
  constructor(count: number) {
    this.count = count;
    sweep();
    process.once("exit", this.#close);
    try {
      this.#build();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  host(machine: number): string {
    return `10.78.0.${machine + 1}`;
  }

  /** The words that run a command on a machine; the process is the command's own. */
  command(machine: number, words: readonly string[]): [string, ...string[]] {
    return ["ip", "netns", "exec", this.#namespace(machine), ...words];
  }

  /** Nothing gets from one to the other until it is mended as often as it was cut. */
  cut(from: number, to: number): void {
    const way = `${from}>${to}`;
    const cuts = (this.#cuts.get(way) ?? 0) + 1;
    this.#cuts.set(way, cuts);
    if (cuts === 1) this.#point(from, to, "ff");
  }

  mend(from: number, to: number): void {
    const way = `${from}>${to}`;
    const cuts = (this.#cuts.get(way) ?? 0) - 1;
    if (cuts < 0) throw new RangeError(`${way} is not cut`);
    this.#cuts.set(way, cuts);
    if (cuts === 0) this.#point(from, to, "00");
  }

  /** Pulls a machine's plug: both sides see that there is no carrier. */
  unplug(machine: number): void {
    const times = (this.#unplugged.get(machine) ?? 0) + 1;
    this.#unplugged.set(machine, times);
    if (times === 1) this.#setPort(machine, "down");
  }

  plug(machine: number): void {
    const times = (this.#unplugged.get(machine) ?? 0) - 1;
    if (times < 0) throw new RangeError(`${machine} is not unplugged`);
    this.#unplugged.set(machine, times);
    if (times === 0) this.#setPort(machine, "up");
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.removeListener("exit", this.#close);
    const there = new Set(
      ip("netns list")
        .split("\n")
        .map((line) => line.split(" ")[0]),
    );
    for (const name of [...this.#machines().map((each) => this.#namespace(each)), this.#bridge])
      if (there.has(name)) ip(`netns delete ${name}`);
  }

  get #bridge(): string {
    return `${this.#name}-bridge`;
  }

  #machines(): number[] {
    return Array.from({ length: this.count }, (_, machine) => machine);
  }

  #namespace(machine: number): string {
    return `${this.#name}-${machine}`;
  }

  /** Hardware addresses that end in `ff:…` are nobody's. */
  #hardware(machine: number, kind: "00" | "ff" = "00"): string {
    return `02:00:00:00:${kind}:${(machine + 1).toString(16).padStart(2, "0")}`;
  }

  #build(): void {
    const bridge = this.#bridge;
    ip(`netns add ${bridge}`);
    batch(bridge, ["link add br0 type bridge", "link set br0 up"]);
    for (const machine of this.#machines()) {
      const namespace = this.#namespace(machine);
      ip(`netns add ${namespace}`);
      batch(namespace, [
        "link set lo up",
        `link add eth0 address ${this.#hardware(machine)} type veth peer name port${machine} netns ${bridge}`,
        `addr add ${this.host(machine)}/24 dev eth0`,
        "link set eth0 up",
      ]);
      batch(bridge, [`link set port${machine} master br0`, `link set port${machine} up`]);
    }
    for (const from of this.#machines())
      for (const to of this.#machines()) if (from !== to) this.#point(from, to, "00");
  }

  #point(from: number, to: number, kind: "00" | "ff"): void {
    ip(
      `-n ${this.#namespace(from)} neigh replace ${this.host(to)} lladdr ${this.#hardware(to, kind)} dev eth0 nud permanent`,
    );
  }

  #setPort(machine: number, state: "up" | "down"): void {
    ip(`-n ${this.#bridge} link set port${machine} ${state}`);
    // With its carrier a machine loses its neighbours.
    if (state === "up")
      for (const other of this.#machines())
        if (other !== machine)
          this.#point(machine, other, (this.#cuts.get(`${machine}>${other}`) ?? 0) > 0 ? "ff" : "00");
  }
}
