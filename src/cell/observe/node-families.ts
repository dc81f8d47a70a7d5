/** Metrics that a node's parts know anyway, and are asked for when somebody looks: its logs, replicas, the cell, its RPC server. */
import type { LogStatus } from "../../paxos/index.ts";
import type { RpcServerStats } from "../../rpc/index.ts";
import type { Registry, Tell } from "../../telemetry/index.ts";
import { CELL_LOG } from "../member/cell-log.ts";
import type { Keeping } from "../member/keeper.ts";
import type { Member } from "../member/member.ts";
import type { HostedVolume } from "../member/volume-host.ts";

export interface Observed {
  readonly member: Member;
  readonly rpc: () => RpcServerStats;
  readonly version: string;
  readonly problems: () => readonly { readonly code: string }[];
}

/** What metrics call the log of a volume: a volume may be named as the cell's own log is. */
export function volumeLogName(volume: string): string {
  return `volume/${volume}`;
}

export function registerNode(registry: Registry, observed: Observed): void {
  registerCell(registry, observed);
  registerLogs(registry, observed.member);
  registerReplicas(registry, observed.member);
  registerRpc(registry, observed.rpc);
}

type Read = (name: string, help: string, labels: readonly string[], values: (tell: Tell) => void) => void;

function reader(registry: Registry, type: "counter" | "gauge"): Read {
  return (name, help, labels, values) => registry.read(type, { name, help, labels }, values);
}

function registerCell(registry: Registry, { member, version, problems }: Observed): void {
  const gauge = reader(registry, "gauge");
  gauge(
    "coterie_node_info",
    "Always 1; its labels say which node of which cell this is.",
    ["cell", "node", "version"],
    (tell) => tell(1, member.state.name, member.self, version),
  );
  gauge("coterie_cell_nodes", "Nodes of the cell, as far as this one knows.", [], (tell) =>
    tell(member.state.nodes.length),
  );
  gauge(
    "coterie_cell_nodes_up",
    "Nodes of the cell that this one is linked with, itself among them.",
    [],
    (tell) => tell(member.state.nodes.filter(({ name }) => member.isUp(name)).length),
  );
  gauge("coterie_cell_revision", "The last change of the cell's own state that this node has.", [], (tell) =>
    tell(Number(member.state.revision)),
  );
  gauge("coterie_problems", "Problems that this node knows of itself, by their code.", ["code"], (tell) => {
    const counts = new Map<string, number>();
    for (const { code } of problems()) counts.set(code, (counts.get(code) ?? 0) + 1);
    for (const [code, count] of counts) tell(count, code);
  });
}

function registerLogs(registry: Registry, member: Member): void {
  const each = (tell: Tell, value: (status: LogStatus) => number): void => {
    tell(value(member.log.status()), CELL_LOG);
    for (const { name, replica } of member.replicas)
      if (replica !== undefined) tell(value(replica.status().log), volumeLogName(name));
  };
  const log = (
    type: "counter" | "gauge",
    name: string,
    help: string,
    value: (status: LogStatus) => number,
  ): void => reader(registry, type)(name, help, ["log"], (tell) => each(tell, value));
  log(
    "counter",
    "coterie_log_committed_total",
    "Entries of the log that are agreed on, as far as this node knows.",
    ({ committed }) => committed,
  );
  log(
    "counter",
    "coterie_log_applied_total",
    "Entries of the log that this node has applied.",
    ({ applied }) => applied,
  );
  log(
    "gauge",
    "coterie_log_kept_entries",
    "Entries that the log keeps: the rest is in its snapshot.",
    ({ first, committed }) => Math.max(0, committed - first + 1),
  );
  log("gauge", "coterie_log_is_leader", "1: this node leads the log.", ({ role }) =>
    Number(role === "leader"),
  );
  log(
    "gauge",
    "coterie_log_is_served",
    "1: this node leads and serves, or knows a leader.",
    ({ isServing, leader }) => Number(isServing || (leader !== undefined && leader !== member.self)),
  );
  log("gauge", "coterie_log_voters", "Replicas of the log that decide.", ({ voters }) => voters.length);
}

function registerReplicas(registry: Registry, member: Member): void {
  const each =
    (value: (volume: HostedVolume) => number) =>
    (tell: Tell): void => {
      for (const { name, replica } of member.replicas)
        if (replica !== undefined) tell(value(replica as HostedVolume), name);
    };
  const gauge = reader(registry, "gauge");
  gauge("coterie_replica_open", "1: the node's replica of the volume is open.", ["volume"], (tell) => {
    for (const { name, replica } of member.replicas) tell(Number(replica !== undefined), name);
  });
  reader(registry, "counter")(
    "coterie_replica_rebuilds_total",
    "Times that a replica here was made anew because its stores were damaged.",
    [],
    (tell) => tell(member.rebuilds),
  );
  gauge(
    "coterie_replica_lag_entries",
    "Entries of the volume's log that other nodes told of and this one has not applied.",
    ["volume"],
    (tell) => {
      for (const kept of member.replicas)
        if (kept.replica !== undefined) tell(lagOf(member, kept), kept.name);
    },
  );
  gauge(
    "coterie_replica_queued_bytes",
    "Bytes of unstable writes that wait here to get into the log.",
    ["volume"],
    each(({ desk }) => desk.status().queuedBytes),
  );
  gauge(
    "coterie_replica_sessions",
    "Nodes that may have answered unstable writes which are not in the log yet.",
    ["volume"],
    each(({ desk }) => desk.status().sessions.length),
  );
  gauge(
    "coterie_replica_free_bytes",
    "Bytes that the replica's disk can still take.",
    ["volume"],
    each(({ desk }) => desk.status().freeBytes),
  );
  gauge(
    "coterie_replica_reaping",
    "1: content of removed files waits to be taken away.",
    ["volume"],
    each(({ desk }) => Number(desk.status().isReaping)),
  );
  reader(registry, "counter")(
    "coterie_replica_epoch_total",
    "Times that unstable writes of the volume may have been lost; clients were told and wrote again.",
    ["volume"],
    each(({ desk }) => desk.status().epoch),
  );
}

/** By the reports of all nodes, and never below 0: they are older than what this node knows of itself. */
function lagOf(member: Member, { id, replica }: Keeping): number {
  const applied = replica?.status().log.applied ?? 0;
  let end = replica?.status().log.committed ?? 0;
  for (const { name } of member.state.nodes) {
    const reports = name === member.self ? [] : (member.reportOf(name)?.report.replicas ?? []);
    const other = reports.find(({ volume }) => volume.every((byte, at) => byte === id[at]));
    if (other !== undefined) end = Math.max(end, Number(other.committed));
  }
  return Math.max(0, end - applied);
}

function registerRpc(registry: Registry, stats: () => RpcServerStats): void {
  const read = (
    type: "counter" | "gauge",
    name: string,
    help: string,
    value: (stats: RpcServerStats) => number,
  ): void => reader(registry, type)(name, help, [], (tell) => tell(value(stats())));
  read("gauge", "coterie_rpc_connections", "Connections of clients.", ({ connections }) => connections);
  read(
    "counter",
    "coterie_rpc_connections_total",
    "Connections that were accepted.",
    ({ connectionsAccepted }) => connectionsAccepted,
  );
  read(
    "counter",
    "coterie_rpc_connections_refused_total",
    "Connections closed at once, because there were too many.",
    ({ connectionsRefused }) => connectionsRefused,
  );
  read(
    "counter",
    "coterie_rpc_connections_dropped_total",
    "Connections closed for what came over them, or because nobody waited any more.",
    ({ connectionsDropped }) => connectionsDropped,
  );
  read(
    "gauge",
    "coterie_rpc_calls_running",
    "Calls of all programs without a result yet.",
    ({ callsInFlight }) => callsInFlight,
  );
  read(
    "counter",
    "coterie_rpc_retries_total",
    "Calls that came again and were known: answered as before, or still running.",
    ({ duplicatesReplayed, duplicatesInProgress }) => duplicatesReplayed + duplicatesInProgress,
  );
  read(
    "counter",
    "coterie_rpc_datagrams_dropped_total",
    "Calls over UDP dropped because too many ran.",
    ({ datagramsDropped }) => datagramsDropped,
  );
  reader(registry, "counter")(
    "coterie_rpc_replies_total",
    "Replies by RFC 5531's word for them.",
    ["status"],
    (tell) => {
      for (const [status, count] of Object.entries(stats().replies)) tell(count, status);
    },
  );
}
