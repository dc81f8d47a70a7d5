/** A cell's status for people: what it is, its nodes, its volumes, and what there is to mend. */
import type {
  CellNodeStatus,
  CellStatus,
  NodeProblem,
  ReplicaStatus,
  VolumeStatus,
} from "../../cell/index.ts";
import { formatBytes, formatCount, formatDuration, formatTable, type Style, showText } from "../style.ts";

/** Clocks that differ by more make times of files jump when a client moves. */
export const CLOCK_SKEW_MS = 2000;
/** A replica that lacks more entries than this has something to catch up with. */
export const BEHIND_ENTRIES = 5000;
/** Under this share of the disk, and so many bytes, a node is nearly full. */
const LOW_SHARE = 0.02;
const LOW_BYTES = 1024 ** 3;
/** What a replica is before the others count on it. */
const NO_VOTERS: ReadonlySet<ReplicaStatus["role"]> = new Set(["joining", "learner", "removed"]);

/** What is wrong, as far as the node that answered can see. */
export function cellProblems(status: CellStatus): NodeProblem[] {
  const problems: NodeProblem[] = [];
  const add = (code: string, message: string) => void problems.push({ code, message });
  if (!status.isServed) add("CELL_NO_QUORUM", `${status.self} knows no leader that a majority follows`);
  const versions = new Set(status.nodes.flatMap(({ told }) => told?.version ?? []));
  if (versions.size > 1) add("CELL_VERSIONS", `nodes run versions ${[...versions].sort().join(", ")}`);
  for (const node of status.nodes) addNodeProblems(status, node, add);
  for (const volume of status.volumes) addVolumeProblems(volume, add);
  return problems;
}

type Add = (code: string, message: string) => void;

function addNodeProblems({ self, cut }: CellStatus, { name, isUp, told }: CellNodeStatus, add: Add): void {
  if (cut.includes(name)) add("CELL_NODE_CUT", `${self} refuses ${name}: \`coterie heal ${self}\` ends that`);
  else if (!isUp) add("CELL_NODE_DOWN", `${name} is not linked to ${self}`);
  if (told === undefined || !isUp) return;
  const { clockMs, freeBytes, totalBytes } = told;
  if (Math.abs(clockMs) > CLOCK_SKEW_MS) {
    add(
      "CELL_CLOCK_SKEW",
      `the clock of ${name} is ${formatDuration(Math.abs(clockMs))} ${clockMs > 0 ? "ahead" : "behind"}`,
    );
  }
  if (freeBytes < LOW_BYTES && freeBytes < totalBytes * LOW_SHARE) {
    add("CELL_SPACE_LOW", `${name} has ${formatBytes(freeBytes)} left`);
  }
  for (const { code, message } of told.problems) add(code, `${name}: ${message}`);
}

function addVolumeProblems({ name, replicas, leader, movingTo }: VolumeStatus, add: Add): void {
  if (leader === undefined) add("CELL_VOLUME_UNSERVED", `volume ${name} has no leader`);
  for (const replica of replicas) {
    if (!replica.isUp) continue;
    const where = `volume ${name} at ${replica.node}`;
    addReplicaProblem(where, replica, movingTo?.includes(replica.node) ?? false, add);
  }
}

/** One at most: the one that says the most. `isArriving`: the volume is being moved there. */
function addReplicaProblem(where: string, replica: ReplicaStatus, isArriving: boolean, add: Add): void {
  const { role, problem, lag, scrub } = replica;
  if (role === "damaged") {
    const why = problem === undefined ? "" : `: ${problem}`;
    add("CELL_REPLICA_DAMAGED", `${where} is damaged, and waits to be made anew${why}`);
  } else if (problem !== undefined) add("CELL_REPLICA_DOWN", `${where}: ${problem}`);
  else if (scrub !== undefined && scrub.damaged > 0) {
    const found = `${formatCount(scrub.damaged)} of ${formatCount(scrub.records)} records`;
    add("CELL_REPLICA_DAMAGED", `${where} is damaged: the last scrub found ${found} other than written`);
  } else if (!isArriving && NO_VOTERS.has(role)) {
    const behind = lag > 0 ? `, ${formatCount(lag)} entries behind` : "";
    add("CELL_REPLICA_ANEW", `${where} is being made anew${behind}, and has no vote until it is whole`);
  } else if (lag > BEHIND_ENTRIES)
    add("CELL_REPLICA_BEHIND", `${where} is ${formatCount(lag)} entries behind`);
}

/** What comes and goes by itself, with what else a machine does, or as replicas are made: for `coterie doctor`, and no fault of the cell. */
const REMARKS: ReadonlySet<string> = new Set(["CELL_DISK_SLOW", "CELL_REPLICA_ANEW"]);

/** What there is to mend in the cell itself. */
export function toMend(status: CellStatus): NodeProblem[] {
  return cellProblems(status).filter(({ code }) => !REMARKS.has(code));
}

export function formatCell(status: CellStatus, style: Style): string {
  const problems = toMend(status);
  const health = problems.length === 0 ? style.green("well") : style.red(`${problems.length} to mend`);
  const founded = status.isFounded ? `revision ${status.revision}` : "not founded yet";
  return [
    `${style.bold(showText(status.name || "cell"))} ${style.dim(status.cell)}, ${founded}, ${health}, as ${status.self} sees it\n`,
    nodeTable(status, style),
    volumeTable(status, style),
    problems
      .map(
        ({ code, message }) =>
          `${style.red(code)} ${showText(message)} ${style.dim(`(coterie explain ${code})`)}\n`,
      )
      .join(""),
  ]
    .filter((part) => part !== "")
    .join("\n")
    .trimEnd();
}

function nodeTable({ nodes, leader }: CellStatus, style: Style): string {
  const columns = [
    { title: "node" },
    { title: "state" },
    { title: "clients at" },
    { title: "up for" },
    { title: "clients", align: "right" },
    { title: "calls", align: "right" },
    { title: "free", align: "right" },
    { title: "version" },
  ] as const;
  return formatTable(
    columns,
    nodes.map((node) => [
      node.name === leader ? style.bold(node.name) : node.name,
      nodeState(node, leader, style),
      showText(`${node.host}:${node.port}`),
      ...toldCells(node),
    ]),
  );
}

function nodeState(
  { name, isUp, isLeaving, standing }: CellNodeStatus,
  leader: string | undefined,
  style: Style,
): string {
  if (!isUp) return style.red("down");
  if (isLeaving) return style.yellow("leaving");
  if (standing === "draining") return style.yellow("draining");
  return style.green(name === leader ? "leads" : "up");
}

function toldCells({ told, isUp }: CellNodeStatus): string[] {
  if (told === undefined) return ["", "", "", "", ""];
  const calls = formatCount(told.calls);
  return [
    isUp ? formatDuration(told.upMs) : "",
    String(told.connections),
    calls,
    formatBytes(told.freeBytes),
    showText(told.version),
  ];
}

function volumeTable({ volumes }: CellStatus, style: Style): string {
  if (volumes.length === 0) return "";
  const columns = [
    { title: "volume" },
    { title: "used", align: "right" },
    { title: "quota", align: "right" },
    { title: "replicas" },
  ] as const;
  return formatTable(
    columns,
    volumes.map((volume) => [
      showText(volume.name),
      formatBytes(Math.max(0, ...volume.replicas.map(({ usedBytes }) => usedBytes))),
      volume.quotaBytes === 0 ? "none" : formatBytes(volume.quotaBytes),
      replicaCells(volume, style),
    ]),
  );
}

/** Where the replicas of a volume are, who leads, who is behind. */
export function replicaCells({ replicas, leader, movingTo }: VolumeStatus, style: Style): string {
  const cells = replicas.map(({ node, isUp, role, lag }) => {
    if (!isUp) return style.red(`${node} down`);
    if (node === leader) return style.bold(`${node} leads`);
    const behind = lag > 0 ? `, ${formatCount(lag)} behind` : "";
    return role === "follower" ? `${node}${behind}` : style.yellow(`${node} ${role}${behind}`);
  });
  const moving = movingTo === undefined ? "" : style.yellow(` moving to ${movingTo.join(", ")}`);
  return cells.join(", ") + moving;
}
