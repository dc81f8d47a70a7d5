/**
 * What a multicast costs as groups grow, counted in the simulator, where a count is exact whatever else the machine does.
 *
 * `multicast`: messages on the wire for each multicast of 64 bytes, and bytes for each multicast and receiver, frames of the mesh
 * included and headers of TCP and IP left out; acknowledgments and confirmations are in it, the detector is not. `apart` is one multicast
 * every 20 ms, so that nothing can share a bundle with another; `crowd` is 32 in every millisecond. One member sends, not the oldest, or all do.
 * `idle`: the same counts for one member in a second, when nobody sends, with each detector.
 *
 *     npm run bench -- group-scale --quick
 *     npm run bench -- group-scale --only idle --members 65
 */
import { type Mesh, openMesh } from "../src/channel/index.ts";
import {
  type Detector,
  type DetectorOutput,
  HeartbeatDetector,
  SwimDetector,
} from "../src/group/detector/index.ts";
import {
  type Group,
  type Guarantee,
  type MulticastOptions,
  type Order,
  openGroup,
} from "../src/group/index.ts";
import { Simulation } from "../src/sim/index.ts";
import type { World } from "../src/world/index.ts";
import { choice, counts, options } from "./support/options.ts";
import { type Cells, Report } from "./support/report.ts";
import { rounded } from "./support/statistics.ts";

const asked = options({
  members: counts("members of a group", { usual: [3, 5, 9, 17, 33, 65], quick: [3, 5, 9] }),
  only: choice("what is counted", ["multicast", "idle"]),
});
const PAYLOAD = new Uint8Array(64).fill(7);
const PORT = 700;
const APART_MS = 20;
const CROWD = 32;
/** Multicasts in a measurement, at least: everybody who sends has the same number. */
const APART_COUNT = 40;
const CROWD_MS = 10;
/** Long enough for acknowledgments and confirmations that wait for company. */
const TO_REST_MS = 200;
const IDLE_MS = 10_000;

type Guaranteed = Exclude<Guarantee, "safe" | "unreliable">;
const MODES: readonly (readonly [Order, Guaranteed])[] = (["fifo", "causal", "total"] as const).flatMap(
  (order) => (["reliable", "atomic"] as const).map((guarantee) => [order, guarantee] as const),
);

const nobody = (): Detector => ({
  nextMs: Number.POSITIVE_INFINITY,
  tick: () => {},
  watch: () => {},
  heard: () => {},
  receive: () => {},
  linkUp: () => {},
  linkDown: () => {},
});
const DETECTORS = {
  none: () => nobody,
  heartbeat: () => (output: DetectorOutput) => new HeartbeatDetector(output),
  swim: (world: World) => (output: DetectorOutput) => new SwimDetector(output, world.random),
};

/** What left through ports of meshes. */
class Wire {
  messages = 0;
  bytes = 0;
  #isCounted = false;

  /** Counts what the ports send that this mesh opens from now on. */
  tap(mesh: Mesh): void {
    const open = mesh.open.bind(mesh);
    mesh.open = (name) => {
      const port = open(name);
      const { send, broadcast } = port;
      port.send = (to, message) => {
        if (!this.#isCounted) this.#count(1, message);
        return send.call(port, to, message);
      };
      port.broadcast = (to, message) => {
        this.#count(to.length, message);
        // It may send each by itself, and is counted already.
        this.#isCounted = true;
        broadcast.call(port, to, message);
        this.#isCounted = false;
      };
      return port;
    };
  }

  reset(): void {
    this.messages = 0;
    this.bytes = 0;
  }

  #count(receivers: number, { length }: Uint8Array): void {
    this.messages += receivers;
    // The frame: 8 bytes, and up to a multiple of 4.
    this.bytes += receivers * (8 + ((length + 3) & ~3));
  }
}

/** A group of so many members in one view, at rest. */
class Bench {
  readonly sim = new Simulation({ seed: 1, link: { latencyMs: 0.2 }, traceLines: 1000 });
  readonly wire = new Wire();
  readonly groups: Group[] = [];
  delivered = 0;

  async start(members: number, detector: keyof typeof DETECTORS): Promise<void> {
    const nodes = Array.from({ length: members }, (_, i) => this.sim.node(`n${i}`));
    const founders = nodes.map(({ ip }, i) => ({ name: `n${i}`, address: { host: ip, port: PORT } }));
    await Promise.all(
      nodes.map((node, i) =>
        node.start(async (world) => {
          const { name, address } = founders[i] as (typeof founders)[number];
          const carrier = { kind: "tcp", isTrustedNetwork: true } as const;
          const mesh = await openMesh(world, { name, bind: address, carrier, limits: { pingMs: 0 } });
          this.wire.tap(mesh);
          const group = await openGroup(world, mesh, {
            name: "bench",
            founders,
            detector: DETECTORS[detector](world),
          });
          group.onDeliver = () => {
            this.delivered++;
          };
          this.groups.push(group);
        }),
      ),
    );
    while (this.groups.some(({ view }) => view?.members.length !== members)) await this.sim.sleep(100);
    await this.sim.sleep(3000);
  }

  /** @returns multicasts. */
  async load(senders: readonly Group[], how: MulticastOptions, isCrowd: boolean): Promise<number> {
    let sent = 0;
    const send = (group: Group, count: number) => {
      for (let i = 0; i < count; i++, sent++)
        if (group.multicast(PAYLOAD, how) === 0) throw new Error("there is no room: the load is too much");
    };
    if (isCrowd)
      for (let at = 0; at < CROWD_MS; at++) {
        for (const group of senders) send(group, CROWD);
        await this.sim.sleep(1);
      }
    else
      for (let at = 0; at < APART_COUNT / senders.length; at++)
        for (const group of senders) {
          send(group, 1);
          await this.sim.sleep(APART_MS);
        }
    return sent;
  }
}

type Row = Record<string, string | number>;
/** Told of each row as it comes: those of many members take a while. */
type Tell = (row: Row) => void;

async function multicasts(members: number, tell: Tell): Promise<Row[]> {
  const bench = new Bench();
  return bench.sim.run(
    async () => {
      await bench.start(members, "none");
      const rows: Row[] = [];
      for (const [order, guarantee] of MODES) {
        const row: Row = { members, order, guarantee };
        for (const who of ["one", "all"] as const)
          for (const pace of ["apart", "crowd"] as const) {
            const senders = who === "one" ? bench.groups.filter(isSecond) : bench.groups;
            bench.wire.reset();
            bench.delivered = 0;
            const sent = await bench.load(senders, { order, guarantee }, pace === "crowd");
            await bench.sim.sleep(TO_REST_MS);
            if (bench.delivered !== sent * members)
              throw new Error(`${bench.delivered} deliveries of ${sent} multicasts to ${members}`);
            row[`${who}, ${pace}`] = rounded(bench.wire.messages / sent);
            row[`${who}, ${pace}: B`] = rounded(bench.wire.bytes / sent / (members - 1));
          }
        rows.push(row);
        tell(row);
      }
      return rows;
    },
    { limitMs: 24 * 3_600_000 },
  );
}

function isSecond({ self }: Group): boolean {
  return self.node === "n1";
}

async function idle(members: number, tell: Tell): Promise<Row[]> {
  const row: Row = { members };
  for (const detector of ["none", "heartbeat", "swim"] as const) {
    const bench = new Bench();
    await bench.sim.run(
      async () => {
        await bench.start(members, detector);
        bench.wire.reset();
        await bench.sim.sleep(IDLE_MS);
      },
      { limitMs: 3_600_000 },
    );
    const memberSeconds = (members * IDLE_MS) / 1000;
    row[detector] = rounded(bench.wire.messages / memberSeconds);
    row[`${detector}: B`] = rounded(bench.wire.bytes / memberSeconds);
    tell(row);
  }
  return [row];
}

const report = new Report("group-scale", asked);
const wanted = new Set(asked.only);
for (const [name, measure] of [
  ["multicast", multicasts],
  ["idle", idle],
] as const) {
  if (!wanted.has(name)) continue;
  const rows: Cells[] = [];
  for (const members of asked.members) {
    console.error(`${name}: a group of ${members}`);
    rows.push(...(await measure(members, (row) => console.error(name, JSON.stringify(row)))));
  }
  report.table(name, rows);
}
report.end();
