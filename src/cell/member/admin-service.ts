/** The administration of a node in a cell (x/cell-admin.x): what it knows of the cell, and what it can be asked to do. */

import type { Desk, VolumeTree } from "../../files/index.ts";
import type { Service } from "../../marshal/index.ts";
import { AuthStat, type RpcCall, RpcReject } from "../../rpc/index.ts";
import { CoterieError, hex, isCoterieError, type World } from "../../world/index.ts";
import type { Rotation } from "../authority/index.ts";
import {
  type admin_answer,
  type admin_authority,
  type admin_certificate,
  admin_rotation,
  type admin_status,
  type admin_volume,
  type COTERIE_CELL_V2_Server,
  cell_deed,
  type node_steps,
  serve_COTERIE_CELL_V2,
  type steps_wanted,
} from "../gen/cell-admin.gen.ts";
import { isLoopbackHost } from "../loopback.ts";
import type { CellReply } from "../state/cell-state.ts";
import { choosePlaces } from "../state/placement.ts";
import { candidates, DEFAULT_REPLICAS } from "./duties.ts";
import { changeLayer, layersOf } from "./layers-admin.ts";
import type { Member } from "./member.ts";
import { type MountTools, mountVolume, unmountVolume } from "./mounting.ts";
import { reportText } from "./own-report.ts";
import type { Revoked } from "./security.ts";

export interface AdminOptions {
  /** Undefined while the node is still being put together. */
  readonly member: () => Member | undefined;
  readonly version: string;
  readonly exports: readonly string[];
  /** What this node and those that it reaches remember of calls. */
  readonly steps?: (wanted: steps_wanted) => Promise<node_steps[]>;
  /** Where calls of a volume are answered, here or elsewhere; undefined where that is not known. */
  readonly desk: (volume: Uint8Array) => Desk | undefined;
  /** All volumes as one tree; absent where nothing can be mounted. */
  readonly tree?: VolumeTree;
  /** What proves nodes and operators; undefined where nothing does. */
  readonly security?: AdminSecurity | undefined;
  /** True: whoever calls has proven to be an operator. Else callers on this machine are answered, and no others. */
  readonly isProven?: boolean;
  /** Ends the node in order. Called after the answer has been made. */
  readonly leave: () => void;
}

/** What an operator may ask of a node's security. */
export interface AdminSecurity {
  /** SHA-256 of the certificate of the authority that certifies. */
  readonly print: Uint8Array;
  readonly rotation: Rotation | undefined;
  rotate(): Promise<bigint>;
  revoke(certificate: Revoked): Promise<bigint>;
  revokeOperator(certificate: Revoked): Promise<bigint>;
}

export function createCellAdmin(world: World, options: AdminOptions): Service<RpcCall> {
  const permit = (call: RpcCall): void => {
    if (!options.isProven) requireLoopback(call);
  };
  const member = (call: RpcCall): Member => {
    permit(call);
    const found = options.member();
    if (found === undefined) throw RpcReject.systemError("the node is starting");
    return found;
  };
  const server: COTERIE_CELL_V2_Server<RpcCall> = {
    CELLPROC2_NULL: permit,
    CELLPROC2_STATUS: (call) => statusOf(member(call), options),
    CELLPROC2_COMMAND: (command, call) => answer(member(call).log.propose(command)),
    CELLPROC2_MAKE_VOLUME: (volume, call) => answer(makeVolume(world, member(call), volume)),
    CELLPROC2_CUT: (names, call) => member(call).cut(names),
    CELLPROC2_STEPS(wanted, call) {
      member(call);
      return options.steps?.(wanted) ?? [];
    },
    CELLPROC2_LAYER: (layer, call) => answer(changeLayer(world, member(call), options.desk, layer)),
    CELLPROC2_LAYERS: (volume, call) => layersOf(world, member(call), options.desk, volume),
    CELLPROC2_SCRUB: (volume, call) => answer(scrub(member(call), volume)),
    CELLPROC2_MOUNT: ({ volume, path }, call) =>
      answer(mountVolume(mountTools(world, member(call), options), volume, path)),
    CELLPROC2_UNMOUNT: ({ path }, call) =>
      answer(unmountVolume(mountTools(world, member(call), options), path)),
    CELLPROC2_AUTHORITY: (call) => authorityOf(member(call), options.security),
    CELLPROC2_ROTATE: (call) => answer(secured(member(call), options.security, (each) => each.rotate())),
    CELLPROC2_REVOKE: (certificate, call) =>
      answer(secured(member(call), options.security, (each) => each.revokeOperator(revoked(certificate)))),
    CELLPROC2_REVOKE_ANY: (certificate, call) =>
      answer(secured(member(call), options.security, (each) => each.revoke(revoked(certificate)))),
    CELLPROC2_LEAVE(call) {
      member(call);
      world.timers.soon(options.leave);
    },
  };
  return serve_COTERIE_CELL_V2(server);
}

function requireLoopback(call: RpcCall): void {
  if (!isLoopbackHost(call.remote.host)) throw RpcReject.auth(AuthStat.AUTH_TOOWEAK);
}

function mountTools(world: World, { log }: Member, { tree, desk }: AdminOptions): MountTools {
  if (tree === undefined) throw RpcReject.systemError("the node serves no files");
  return { cell: log, tree, desk, random: world.random };
}

function authorityOf(_: Member, security: AdminSecurity | undefined): admin_authority {
  if (security === undefined)
    return { print: new Uint8Array(0), rotation: admin_rotation.ROTATION_NONE, waits_for: [] };
  const { print, rotation } = security;
  return { print, rotation: STAGES[rotation?.stage ?? "none"], waits_for: [...(rotation?.waitsFor ?? [])] };
}

const STAGES = {
  none: admin_rotation.ROTATION_NONE,
  prepare: admin_rotation.ROTATION_PREPARE,
  renew: admin_rotation.ROTATION_RENEW,
} as const;

async function secured(
  { self }: Member,
  security: AdminSecurity | undefined,
  deed: (security: AdminSecurity) => Promise<bigint>,
): Promise<bigint> {
  if (security !== undefined) return deed(security);
  throw new CoterieError("AUTHORITY_ABSENT", `${self} proves nothing by certificates`);
}

function revoked({ serial, ends_ms }: admin_certificate): Revoked {
  return { serial: hex(serial), endsMs: Number(ends_ms) };
}

async function makeVolume(
  world: World,
  member: Member,
  { name, copies, quota_bytes }: admin_volume,
): Promise<bigint> {
  const wanted = copies === 0 ? DEFAULT_REPLICAS : copies;
  const replicas = choosePlaces(candidates(member.view()), wanted);
  const made_seconds = BigInt(world.clock.wall().seconds);
  const making = { id: world.random.bytes(16), name, replicas, copies: wanted, quota_bytes, made_seconds };
  return member.log.propose({ deed: cell_deed.CELL_MAKE_VOLUME, making });
}

/** Through the node's own replica: the entry of the volume's log as of which all of them read. */
async function scrub(member: Member, name: string): Promise<bigint> {
  const volume = member.state.volumeNamed(name);
  if (volume === undefined) throw new CoterieError("CELL_VOLUME_UNKNOWN", `the cell has no volume "${name}"`);
  const replica = member.replicaOf(volume.id);
  if (replica !== undefined) return BigInt(await replica.scrub());
  throw new CoterieError("CELL_NO_REPLICA", `${member.self} has no replica of "${name}"`);
}

async function answer(deed: Promise<Exclude<CellReply, object>>): Promise<admin_answer> {
  try {
    return { is_done: true, revision: await deed };
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const failure = { code: error.code, message: reportText(error.message) };
    return { is_done: false, failure };
  }
}

function statusOf(member: Member, { version, exports }: AdminOptions): admin_status {
  const { state } = member;
  const { leader, isServing } = member.log.status();
  return {
    release: version,
    self: member.self,
    cell: member.cell,
    name: state.name,
    revision: state.revision,
    leader: leader ?? "",
    is_served: isServing || (leader !== undefined && leader !== member.self),
    is_founded: state.id !== undefined,
    cut: [...member.cutOff],
    nodes: state.nodes.map((node) => {
      const known = member.reportOf(node.name);
      const age_ms = BigInt(Math.round(known?.ageMs ?? 0));
      return { node, is_up: member.isUp(node.name), age_ms, report: known?.report ?? null };
    }),
    volumes: state.volumes,
    mounts: state.mounts,
    settings: state.settings,
    exports: exports.map(reportText),
  };
}
