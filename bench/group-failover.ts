/**
 * How long a group is without one of its members before it goes on without it: from the moment at which a member fails to the installation
 * of the next view at the last of those that are left. Real processes, each on a machine of its own (network namespaces: needs root),
 * default settings.
 *
 * A member is killed (`kill -9`), stopped (SIGSTOP) or unplugged, another one in each round, while each sends 50 messages a second; it comes
 * back before the next round, and not so soon that it could be taken for one on a busy machine. `suspected` is the part until the first of
 * the others suspects it. The peers are idle, and begin anew in each round, which takes them long: they have fewer rounds. JGroups' members
 * share one machine's loopback, so none is unplugged.
 *
 *     npm run bench -- group-failover --quick --members 3 --peers ours
 *     npm run bench -- group-failover --rounds 30
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WatchedGroup } from "../test/support/watched-group.ts";
import { corosync, type Group, hasCorosync, hasJGroups, jgroups } from "./group/peers.ts";
import { choice, count, counts, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { median } from "./support/statistics.ts";

const asked = options({
  rounds: count("rounds of ours; the peers have a sixth", { usual: 30, quick: 3 }),
  members: counts("members of a group", { usual: [3, 5] }),
  peers: choice("what is compared", ["ours", "jgroups", "corosync"]),
});
const { rounds } = asked;
const peerRounds = Math.max(1, Math.ceil(rounds / 6));
const HARMS = ["kill -9", "SIGSTOP", "unplugged"] as const;
type Harm = (typeof HARMS)[number];
/** What is usual is learned anew after each change: so long there is none. */
const STEADY_MS = 1500;
/** So long a member stays away at least: the detector learns nothing from it. */
const AWAY_MS = 2000;
/** The slowest of the peers takes over ten seconds. */
const GIVEN_UP_MS = 60_000;

interface Sample {
  readonly suspectedMs?: number;
  readonly installedMs: number;
}

type Row = {
  readonly peer: string;
  readonly members: number;
  readonly harm: Harm;
  readonly rounds: number;
  readonly suspectedMs?: number;
  readonly medianMs: number;
  readonly maxMs: number;
};

const folder = scratchFolder("failover");
const nowNs = (): bigint => process.hrtime.bigint();
const ms = (from: bigint, to: bigint): number => Math.round(Number(to - from) / 1e5) / 10;
const rows: Row[] = [];

function told(peer: string, members: number, harm: Harm, samples: readonly Sample[]): void {
  const installed = samples.map(({ installedMs }) => installedMs);
  const suspected = samples.flatMap(({ suspectedMs }) => suspectedMs ?? []);
  const common = { peer, members, harm, rounds: samples.length };
  const learned = suspected.length > 0 ? { suspectedMs: median(suspected) } : {};
  rows.push({ ...common, ...learned, medianMs: median(installed), maxMs: Math.max(...installed) });
  console.error(JSON.stringify(rows.at(-1)), installed.join(" "));
}

/** One group of ours, and when which of its members came to which view. */
class Ours {
  readonly #members: number;
  readonly #group: WatchedGroup;
  #suspectedNs: bigint | undefined;
  /** By machine: when it came to its last view. */
  readonly #installedNs: bigint[] = [];

  constructor(members: number) {
    this.#members = members;
    this.#group = new WatchedGroup({
      members,
      folder: join(folder, `ours-${members}`),
      hears: (index, line) => {
        if (line.kind === "suspect") this.#suspectedNs ??= BigInt(line.atNs);
        else if (line.kind === "event" && line.event.kind === "install")
          this.#installedNs[index] = BigInt(line.atNs);
      },
    });
  }

  async start(): Promise<void> {
    await this.#group.start();
    this.#group.processes.say("load 20");
  }

  async sample(harm: Harm, victim: number): Promise<Sample> {
    const { traces } = this.#group;
    await this.#steady();
    this.#suspectedNs = undefined;
    const beganNs = nowNs();
    this.#harm(harm, victim);
    const others = Array.from({ length: this.#members }, (_, index) => index).filter(
      (each) => each !== victim,
    );
    const isWithout = (index: number) => {
      const members = traces.view(index)?.members;
      return members?.length === others.length && !members.some(({ node }) => node === `n${victim}`);
    };
    await this.#group.until(() => others.every(isWithout), GIVEN_UP_MS);
    const installedMs = Math.max(...others.map((index) => ms(beganNs, this.#installedNs[index] as bigint)));
    const suspectedMs =
      this.#suspectedNs === undefined ? {} : { suspectedMs: ms(beganNs, this.#suspectedNs) };
    await sleep(AWAY_MS);
    await this.#mend(harm, victim);
    return { installedMs, ...suspectedMs };
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  /** All are in one view, and were for a while. */
  async #steady(): Promise<void> {
    const { traces } = this.#group;
    const view = () => traces.view(0)?.id;
    const isWhole = () =>
      Array.from({ length: this.#members }, (_, index) => traces.view(index)).every(
        (each) => each?.members.length === this.#members && each.id === view(),
      );
    for (;;) {
      await this.#group.until(isWhole, GIVEN_UP_MS);
      const before = view();
      await sleep(STEADY_MS);
      if (isWhole() && view() === before) return;
    }
  }

  #harm(harm: Harm, victim: number): void {
    const { processes, site } = this.#group;
    if (harm === "kill -9") void processes.kill(victim);
    else if (harm === "SIGSTOP") processes.signal(victim, "SIGSTOP");
    else site.unplug(victim);
  }

  async #mend(harm: Harm, victim: number): Promise<void> {
    const { processes, site } = this.#group;
    if (harm === "kill -9") {
      await processes.kill(victim);
      processes.start(victim).say("load 20");
    } else if (harm === "SIGSTOP") processes.signal(victim, "SIGCONT");
    else site.plug(victim);
  }
}

async function ours(members: number): Promise<void> {
  const group = new Ours(members);
  try {
    await group.start();
    for (const harm of HARMS) {
      const samples: Sample[] = [];
      for (let round = 0; round < rounds; round++) samples.push(await group.sample(harm, round % members));
      told("ours", members, harm, samples);
    }
  } finally {
    await group.close();
  }
}

/** One round of a peer, in a group of its own. */
async function peerSample(group: Group, harm: Harm, victim: number, unplug: () => void): Promise<Sample> {
  try {
    // JGroups has a socket to its neighbour a while after the view.
    await sleep(3 * STEADY_MS);
    const beganNs = nowNs();
    const whom = group.members[victim];
    if (harm === "kill -9") whom?.kill();
    else if (harm === "SIGSTOP") whom?.signal("SIGSTOP");
    else unplug();
    const others = group.members.filter((each) => each !== whom);
    const took = await Promise.all(
      others.map(async (member) => {
        for (;;) {
          const [count, atNs] = await member.hears("view");
          if (Number(count) === others.length && BigInt(atNs as string) > beganNs)
            return ms(beganNs, BigInt(atNs as string));
        }
      }),
    );
    return { installedMs: Math.max(...took) };
  } finally {
    await group.close();
  }
}

async function peers(
  peer: string,
  members: number,
  harms: readonly Harm[],
  start: (round: number) => Promise<Group>,
): Promise<void> {
  for (const harm of harms) {
    const samples: Sample[] = [];
    for (let round = 0; round < peerRounds; round++) {
      const group = await start(round);
      samples.push(await peerSample(group, harm, round % members, () => group.unplug?.(round % members)));
    }
    told(peer, members, harm, samples);
  }
}

const report = new Report("group-failover", asked, { rounds });
const wanted = new Set(asked.peers);
for (const members of asked.members) {
  if (wanted.has("ours")) await ours(members);
  if (wanted.has("jgroups") && hasJGroups())
    await peers("JGroups", members, ["kill -9", "SIGSTOP"], () => jgroups(folder, members, "total", 30));
  if (wanted.has("corosync") && hasCorosync())
    await peers("corosync", members, HARMS, () => corosync(scratchFolder("corosync", folder), members));
}
report.table("until the next view, ms", rows);
report.end();
