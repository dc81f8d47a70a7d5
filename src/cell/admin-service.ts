/** The node's own RPC program (x/cell.x): what `coterie status` asks. It answers callers on this machine only. */
import type { Service } from "../marshal/index.ts";
import { AuthStat, type RpcCall, RpcReject } from "../rpc/index.ts";
import {
  CELL_MAX_PROBLEMS,
  CELL_MAX_TEXT,
  type COTERIE_CELL_V1_Server,
  node_state,
  type node_status,
  portmap_state,
  serve_COTERIE_CELL_V1,
} from "./gen/cell.gen.ts";
import { isLoopbackHost } from "./loopback.ts";
import { fromHex, type NodeState, type NodeStatus, type PortmapState, toHex } from "./status.ts";

const STATES: Readonly<Record<NodeState, node_state>> = {
  starting: node_state.NODE_STARTING,
  serving: node_state.NODE_SERVING,
  stopping: node_state.NODE_STOPPING,
};

const PORTMAP_STATES: Readonly<Record<PortmapState, portmap_state>> = {
  off: portmap_state.PORTMAP_OFF,
  system: portmap_state.PORTMAP_SYSTEM,
  embedded: portmap_state.PORTMAP_EMBEDDED,
  failed: portmap_state.PORTMAP_FAILED,
};

const encoder = new TextEncoder();

/** Text as the program carries it: what is over its bound is cut. */
function wireText(text: string): Uint8Array {
  return encoder.encode(text).subarray(0, CELL_MAX_TEXT);
}

const decoder = new TextDecoder();

/** `status` is undefined while the node is still being put together. */
export function createAdminService(status: () => NodeStatus | undefined): Service<RpcCall> {
  const server: COTERIE_CELL_V1_Server<RpcCall> = {
    CELLPROC_NULL: (call) => requireLoopback(call),
    CELLPROC_STATUS(call) {
      requireLoopback(call);
      const now = status();
      if (now === undefined) throw RpcReject.systemError("the node is starting");
      return encodeStatus(now);
    },
  };
  return serve_COTERIE_CELL_V1(server);
}

function requireLoopback(call: RpcCall): void {
  if (!isLoopbackHost(call.remote.host)) throw RpcReject.auth(AuthStat.AUTH_TOOWEAK);
}

function encodeStatus(status: NodeStatus): node_status {
  const { space, counters } = status;
  return {
    release: wireText(status.version),
    state: STATES[status.state],
    pid: status.pid,
    started_seconds: BigInt(status.startedSeconds),
    uptime_ms: BigInt(status.uptimeMs),
    host: wireText(status.host),
    port: status.port,
    directory: wireText(status.directory),
    volume: fromHex(status.volume),
    space: {
      total_bytes: BigInt(space.totalBytes),
      free_bytes: BigInt(space.freeBytes),
      total_inodes: BigInt(space.totalInodes),
      free_inodes: BigInt(space.freeInodes),
    },
    exports: status.exports.map((rule) => wireText(rule)),
    portmap: PORTMAP_STATES[status.portmap],
    counters: {
      connections: counters.connections,
      calls_in_flight: counters.callsInFlight,
      calls: BigInt(counters.calls),
      refused: BigInt(counters.refused),
      replayed: BigInt(counters.replayed),
    },
    problems: status.problems.slice(0, CELL_MAX_PROBLEMS).map(({ code, message }) => ({
      code: wireText(code),
      message: wireText(message),
    })),
  };
}

function nameOf<Name extends string>(table: Readonly<Record<Name, number>>, value: number): Name {
  // The decoder has checked that the value is one of the enumeration's.
  return (Object.keys(table) as Name[]).find((name) => table[name] === value) as Name;
}

/** The wire's form as the one that people and programs see. */
export function decodeStatus(wire: node_status): NodeStatus {
  const text = (bytes: Uint8Array) => decoder.decode(bytes);
  return {
    version: text(wire.release),
    state: nameOf(STATES, wire.state),
    pid: wire.pid,
    startedSeconds: Number(wire.started_seconds),
    uptimeMs: Number(wire.uptime_ms),
    host: text(wire.host),
    port: wire.port,
    directory: text(wire.directory),
    volume: toHex(wire.volume),
    space: {
      totalBytes: Number(wire.space.total_bytes),
      freeBytes: Number(wire.space.free_bytes),
      totalInodes: Number(wire.space.total_inodes),
      freeInodes: Number(wire.space.free_inodes),
    },
    exports: wire.exports.map(text),
    portmap: nameOf(PORTMAP_STATES, wire.portmap),
    counters: {
      connections: wire.counters.connections,
      callsInFlight: wire.counters.calls_in_flight,
      calls: Number(wire.counters.calls),
      refused: Number(wire.counters.refused),
      replayed: Number(wire.counters.replayed),
    },
    problems: wire.problems.map((problem) => ({ code: text(problem.code), message: text(problem.message) })),
  };
}
