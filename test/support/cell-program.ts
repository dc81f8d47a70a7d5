/**
 * One node of a cell, as a process of its own. Its one argument is a `NodeWords` as JSON. It says `ready` over the channel to its parent when it
 * serves, answers what it is asked there, and ends when the parent is gone.
 */
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { CellNode, VipKeeper } from "../../src/cell/index.ts";
import { ROOT_VOLUME } from "../../src/cell/member/duties.ts";
import type { KnownNode } from "../../src/cell/member/identity.ts";
import type { HostedVolume } from "../../src/cell/member/volume-host.ts";
import { levelOf } from "../../src/cell/state/level.ts";
import { NODE_GARBAGE_BYTES } from "../../src/cli/cell/run-node.ts";
import { directoryFiles } from "../../src/cli/node-directory.ts";
import { parseExportRule } from "../../src/files/index.ts";
import {
  createLocalFiles,
  createNodeWorld,
  type FloatingPlace,
  floatingAddress,
  letGarbageLie,
} from "../../src/node/index.ts";
import type { LogRole } from "../../src/paxos/index.ts";

export interface NodeWords {
  /** Which of `nodes` this is. All of them found the cell. */
  readonly index: number;
  readonly nodes: readonly KnownNode[];
  readonly directory: string;
  readonly release?: Release;
  /** A floating address, that the node may hold. */
  readonly vip?: FloatingPlace;
}

/** A version of the program, as far as others see it. */
export interface Release {
  readonly version: string;
  /** The highest that it knows, from the first. */
  readonly level: number;
}

/** What a node is asked: of the cell's volume, or to end in order. */
export type NodeRequest = "status" | "digest" | "stop";

export type NodeAnswer =
  | { readonly kind: "ready"; readonly tookMs: number }
  | { readonly kind: "failed"; readonly why: string }
  | ({ readonly kind: "status" } & VolumeState)
  | { readonly kind: "digest"; readonly digest: VolumeDigest | undefined }
  | { readonly kind: "stopped" };

/** The root volume at one node. */
export interface VolumeState {
  /** Undefined: this node has no open replica of it. */
  readonly role: LogRole | undefined;
  readonly isServing: boolean;
  readonly leader: string | undefined;
  readonly applied: number;
  readonly voters: readonly string[];
  readonly isFormatted: boolean;
  readonly residentBytes: number;
  /** That the cell is on, as this node knows. */
  readonly level: number;
}

/** Of everything that a replica holds, as of an entry of the log. */
export interface VolumeDigest {
  readonly index: number;
  readonly crc: number;
}

const { positionals } = parseArgs({ allowPositionals: true, strict: false });
const {
  index,
  nodes,
  directory,
  vip,
  release = { version: "1.0.0", level: 1 },
} = JSON.parse(positionals[0] ?? "") as NodeWords;
const startedMs = performance.timeOrigin;
const self = nodes[index] as KnownNode;

let keeper: VipKeeper | undefined;
process.on("disconnect", () => process.exit(0));
mkdirSync(directory, { recursive: true });
const print = (event: string, fields?: object) => console.error(event, JSON.stringify(fields ?? {}));
letGarbageLie({ growthBytes: NODE_GARBAGE_BYTES });
const world = createNodeWorld({ directory, log: { debug() {}, info: print, warn: print, error: print } });

function say(answer: NodeAnswer): void {
  process.send?.(answer);
}

function rootReplica(node: CellNode): HostedVolume | undefined {
  const volume = node.member.state.volumeNamed(ROOT_VOLUME);
  return volume && (node.member.replicaOf(volume.id) as HostedVolume | undefined);
}

function statusOf(node: CellNode): VolumeState {
  const status = rootReplica(node)?.status();
  return {
    role: status?.log.role,
    isServing: status?.log.isServing ?? false,
    leader: status?.log.leader,
    applied: status?.log.applied ?? 0,
    voters: status?.log.voters ?? [],
    isFormatted: status?.isFormatted ?? false,
    residentBytes: process.memoryUsage.rss(),
    level: levelOf(node.member.state),
  };
}

async function answer(node: CellNode, request: NodeRequest): Promise<void> {
  switch (request) {
    case "status":
      return say({ kind: "status", ...statusOf(node) });
    case "digest":
      return say({ kind: "digest", digest: await rootReplica(node)?.desk.digest() });
    case "stop":
      await keeper?.close();
      await node.stop();
      await world.close();
      say({ kind: "stopped" });
      process.disconnect();
  }
}

try {
  const node = await CellNode.start(world, {
    identity: {
      cell: new Uint8Array(16).fill(7),
      cellName: "home",
      self,
      isFounder: true,
      nodes,
      created: "2026-01-01T00:00:00Z",
      madeBy: "1.0.0",
    },
    files: directoryFiles(createLocalFiles(), directory),
    version: release.version,
    log: { levels: { current: release.level, oldest: 1, commands: new Map() } },
    pid: process.pid,
    carrier: { kind: "tcp", isTrustedNetwork: true },
    exports: [parseExportRule("*(rw,no_root_squash)")],
    portmap: "off",
  });
  void node.leaving.then(async (why) => {
    if (why === undefined) return;
    print(why.code, { message: why.message });
    await node.stop();
    process.exit(1);
  });
  const door = vip && floatingAddress(vip);
  const { member } = node;
  keeper = door && (await VipKeeper.start(world, { member, door, serve: (host) => node.serveAt(host) }));
  process.on("message", (request: NodeRequest) => void answer(node, request));
  say({ kind: "ready", tookMs: Date.now() - startedMs });
} catch (error) {
  say({ kind: "failed", why: String(error) });
  throw error;
}
