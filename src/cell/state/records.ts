/** What a cell's state consists of, and how its records are found. Maps keep the order of commands: alike everywhere. */
import {
  type cell_mount,
  type cell_node,
  type cell_record,
  type cell_setting,
  cell_standing,
  type cell_token,
  type cell_volume,
} from "../gen/cell-admin.gen.ts";

/** A node, as the cell's state has it. */
export type CellNode = Readonly<cell_node>;

/** A volume: its name, its limit, and the nodes that have its replicas. */
export type CellVolume = Readonly<cell_volume>;

/** Where a volume is seen in another one. */
export type CellMount = Readonly<cell_mount>;

/** A token to join with, by its digest. */
export type CellToken = Readonly<cell_token>;

/** A setting that holds in the whole cell. */
export type CellSetting = Readonly<cell_setting>;

/** The state, as who applies commands sees it. */
export interface Records {
  readonly id: Uint8Array;
  readonly name: string;
  readonly madeSeconds: bigint;
  /** Index of the last command that changed anything. */
  revision: bigint;
  /** By name. */
  readonly nodes: Map<string, CellNode>;
  /** Names of nodes that were dismissed, oldest first. */
  readonly gone: Set<string>;
  /** By id, in hexadecimal digits. */
  readonly volumes: Map<string, CellVolume>;
  /** By `mountKey`. */
  readonly mounts: Map<string, CellMount>;
  /** By id, in hexadecimal digits. */
  readonly tokens: Map<string, CellToken>;
  /** By name. */
  readonly settings: Map<string, CellSetting>;
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The directory in which a volume is seen. */
export function mountKey(place: Pick<CellMount, "in_volume" | "inode" | "generation">): string {
  return `${hex(place.in_volume)}/${place.inode}/${place.generation}`;
}

export function volumeNamed(records: Records, name: string): CellVolume | undefined {
  for (const volume of records.volumes.values()) if (volume.name === name) return volume;
  return undefined;
}

/** Where a volume is, or shall be: a node in it cannot go. */
export function holds(volume: CellVolume, node: string): boolean {
  return volume.replicas.includes(node) || volume.wanted.includes(node);
}

/** All nodes that a volume is at, or shall be. */
export function nodesOf({ replicas, wanted }: Pick<CellVolume, "replicas" | "wanted">): string[] {
  return [...new Set([...replicas, ...wanted])];
}

/** Where a volume shall be: while it is moved, not where it is. */
export function placesOf({ replicas, wanted }: Pick<CellVolume, "replicas" | "wanted">): readonly string[] {
  return wanted.length > 0 ? wanted : replicas;
}

/** The same nodes, in whatever order; none is named twice in either. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

export function activeNodes(records: Records): CellNode[] {
  return [...records.nodes.values()].filter(({ standing }) => standing === cell_standing.CELL_ACTIVE);
}

export function fromWire(record: cell_record): Records {
  return {
    id: record.id.slice(),
    name: record.name,
    madeSeconds: record.made_seconds,
    revision: record.revision,
    nodes: new Map(record.nodes.map((node) => [node.name, node])),
    gone: new Set(record.gone),
    volumes: new Map(record.volumes.map((volume) => [hex(volume.id), volume])),
    mounts: new Map(record.mounts.map((mount) => [mountKey(mount), mount])),
    tokens: new Map(record.tokens.map((token) => [hex(token.id), token])),
    settings: new Map(record.settings.map((setting) => [setting.name, setting])),
  };
}

export function toWire(records: Records): cell_record {
  return {
    id: records.id,
    name: records.name,
    made_seconds: records.madeSeconds,
    revision: records.revision,
    nodes: [...records.nodes.values()],
    gone: [...records.gone],
    volumes: [...records.volumes.values()],
    mounts: [...records.mounts.values()],
    tokens: [...records.tokens.values()],
    settings: [...records.settings.values()],
  };
}
