/** A cell of one made-up node behind a real port: its state takes commands as every cell's does, and its replicas are what the test says. */
import {
  type admin_status,
  type COTERIE_CELL_V2_Server,
  cell_deed,
  type layer_list,
  type layer_procedure,
  report_role,
  report_scrub,
  serve_COTERIE_CELL_V2,
} from "../../src/cell/gen/cell-admin.gen.ts";
import { newNode } from "../../src/cell/member/identity.ts";
import { type CellCommand, CellState, encodeCellCommand } from "../../src/cell/state/cell-state.ts";
import { Refused } from "../../src/cell/state/errors.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { type RpcCall, RpcServer } from "../../src/rpc/index.ts";

const SCRUB_INDEX = 5n;
const ID = new Uint8Array(16).fill(7);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const place = { host: "127.0.0.1", port: 1 };

export class ToldCell {
  readonly state = new CellState();
  /** Called before each status that is told: what the nodes did meanwhile. */
  meanwhile: (cell: ToldCell) => void = () => {};
  /** What each replica tells that it takes. */
  usedBytes = 0n;
  isLed = true;
  /** Whether a majority of the nodes has a leader, as it tells. */
  isServed = true;
  /** Nodes that it tells to be down. */
  readonly down = new Set<string>();
  /** What the replicas at these nodes found in a scrub, if it was asked for; "away" has missed it. */
  readonly scrubs = new Map<string, "damaged" | "away">();
  #isScrubbed = false;
  /** What it tells of snapshots and clones, and what was asked about them: volume, procedure, name and of what. */
  layers: layer_list = { snapshots: [], clones: [], is_reclaiming: false };
  readonly layerWishes: (readonly [string, layer_procedure, string, string])[] = [];
  port = 0;

  constructor(names: readonly string[]) {
    const nodes = names.map((name) => newNode({ name, mesh: place, service: place, domain: "" }));
    this.apply({ deed: cell_deed.CELL_FOUND, founding: { id: ID, name: "home", made_seconds: 0n, nodes } });
    this.make("root", names);
  }

  apply(command: CellCommand): bigint | Refused {
    return this.state.apply(Number(this.state.revision) + 1, encodeCellCommand(command));
  }

  make(
    name: string,
    replicas: readonly string[],
    copies = replicas.length,
    quota_bytes = 0n,
  ): bigint | Refused {
    const id = new Uint8Array(16).fill(this.state.volumes.length + 1);
    const making = { id, name, replicas: [...replicas], copies, quota_bytes, made_seconds: 0n };
    return this.apply({ deed: cell_deed.CELL_MAKE_VOLUME, making });
  }

  /** Mounts a volume somewhere in the root volume: a directory for each path. */
  mount(name: string, path: string): bigint | Refused {
    const root = this.state.volumeNamed("root")?.id as Uint8Array;
    const volume = this.state.volumeNamed(name)?.id;
    if (volume === undefined) return new Refused("CELL_VOLUME_UNKNOWN", `the cell has no volume "${name}"`);
    const inode = BigInt(path.length);
    const mount = { in_volume: root, inode, generation: 1, volume, path, revision: 0n };
    return this.apply({ deed: cell_deed.CELL_MOUNT, mount });
  }

  /** Runs a test while the node is reached at `port` of this machine. */
  async serving(run: () => Promise<void>): Promise<void> {
    const world = createNodeWorld();
    const server = new RpcServer(world);
    server.add(serve_COTERIE_CELL_V2(this.#procedures()));
    ({ port: this.port } = await server.listen({ host: "127.0.0.1", port: 0 }));
    try {
      await run();
    } finally {
      await server.close();
      await world.close();
    }
  }

  #procedures(): COTERIE_CELL_V2_Server<RpcCall> {
    const answer = (reply: bigint | Refused) =>
      reply instanceof Refused
        ? { is_done: false as const, failure: { code: reply.code, message: reply.message } }
        : { is_done: true as const, revision: reply };
    return {
      CELLPROC2_NULL() {},
      CELLPROC2_STATUS: () => this.#status(),
      CELLPROC2_COMMAND: (command) => answer(this.apply(command)),
      CELLPROC2_MAKE_VOLUME: ({ name, copies, quota_bytes }) => {
        const names = this.state.nodes.map((node) => node.name);
        return answer(this.make(name, names.slice(0, copies || names.length), copies || 5, quota_bytes));
      },
      CELLPROC2_SCRUB: () => {
        this.#isScrubbed = true;
        return answer(SCRUB_INDEX);
      },
      CELLPROC2_CUT() {},
      CELLPROC2_LEAVE() {},
      CELLPROC2_STEPS: () => [],
      CELLPROC2_LAYER: ({ volume, procedure, wish }) => {
        this.layerWishes.push([volume, procedure, text(wish.name), text(wish.of)]);
        return answer(BigInt(this.state.revision));
      },
      CELLPROC2_MOUNT: ({ volume, path }) => answer(this.mount(volume, path)),
      CELLPROC2_UNMOUNT: ({ path }) => {
        const mount = this.state.mounts.find((each) => each.path === path);
        if (mount === undefined)
          return answer(new Refused("CELL_MOUNT_UNKNOWN", `nothing is mounted at ${path}`));
        return answer(this.apply({ deed: cell_deed.CELL_UNMOUNT, unmounted: mount }));
      },
      CELLPROC2_AUTHORITY: () => ({ print: new Uint8Array(32), rotation: 0, waits_for: [] }),
      CELLPROC2_ROTATE: () => answer(BigInt(this.state.revision)),
      CELLPROC2_REVOKE: () => answer(BigInt(this.state.revision)),
      CELLPROC2_REVOKE_ANY: () => answer(BigInt(this.state.revision)),
      CELLPROC2_LAYERS: () => ({ is_done: true, layers: this.layers }),
    };
  }

  #status(): admin_status {
    this.meanwhile(this);
    const { state } = this;
    return {
      release: "1.0.0",
      self: state.nodes[0]?.name ?? "",
      cell: ID,
      name: state.name,
      revision: state.revision,
      leader: state.nodes[0]?.name ?? "",
      is_served: this.isServed,
      is_founded: true,
      cut: [],
      nodes: state.nodes.map((node) => ({
        node,
        is_up: !this.down.has(node.name),
        age_ms: 0n,
        report: this.#report(node.name),
      })),
      volumes: state.volumes,
      mounts: state.mounts,
      settings: state.settings,
      exports: [],
    };
  }

  #scrub(name: string) {
    const found = this.scrubs.get(name);
    const { REPORT_SCRUB_DAMAGED, REPORT_SCRUB_EQUAL } = report_scrub;
    const scrub = found === "damaged" ? REPORT_SCRUB_DAMAGED : REPORT_SCRUB_EQUAL;
    const scrub_damaged = found === "damaged" ? 2n : 0n;
    return this.#isScrubbed && found !== "away"
      ? { scrub, scrub_index: SCRUB_INDEX, scrub_records: 1234n, scrub_damaged }
      : { scrub: report_scrub.REPORT_NOT_SCRUBBED, scrub_index: 0n, scrub_records: 0n, scrub_damaged: 0n };
  }

  #report(name: string): admin_status["nodes"][number]["report"] {
    const held = this.state.volumes.filter(({ replicas }) => replicas.includes(name));
    return {
      release: "1.0.0",
      pid: 1,
      started_ms: 0n,
      now_ms: 0n,
      total_bytes: 0n,
      free_bytes: 0n,
      connections: 0,
      calls: 0n,
      revision: this.state.revision,
      role: report_role.REPORT_FOLLOWER,
      is_leaving: false,
      level: 1,
      oldest_level: 1,
      replicas: held.map(({ id, replicas }) => ({
        volume: id,
        role: this.isLed && replicas[0] === name ? report_role.REPORT_LEADER : report_role.REPORT_FOLLOWER,
        leader: this.isLed ? (replicas[0] as string) : "",
        committed: 5n,
        applied: 5n,
        queued_bytes: 0n,
        used_bytes: this.usedBytes,
        problem: "",
        outside: [],
        ...this.#scrub(name),
      })),
      problems: [],
    };
  }
}
