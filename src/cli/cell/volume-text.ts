/** Volumes of a cell for people and for programs, and how commands name them. */
import { InvalidArgumentError } from "commander";
import type { CellStatus, VolumeStatus } from "../../cell/index.ts";
import type { CliContext } from "../context.ts";
import { parseBytes } from "../options.ts";
import { formatBytes, type Style, showText } from "../style.ts";
import { replicaCells } from "./cell-text.ts";

/** `a,b,c`: each once. */
export function parseNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === "")) {
    throw new InvalidArgumentError("Expected names of nodes, separated by commas.");
  }
  if (new Set(names).size < names.length) throw new InvalidArgumentError("A node is named twice.");
  return names;
}

/** Bytes, or 0 for `none`. */
export function parseQuota(text: string): number {
  if (text === "none") return 0;
  const bytes = parseBytes(text);
  if (bytes === 0) throw new InvalidArgumentError("Expected bytes, such as 500M or 10G, or none.");
  return bytes;
}

export function usedBytesOf({ replicas }: VolumeStatus): number {
  return Math.max(0, ...replicas.map(({ usedBytes }) => usedBytes));
}

/** What programs are told of a volume. */
function asResult(volume: VolumeStatus) {
  const { id, name, copies, quotaBytes, leader, replicas, movingTo } = volume;
  const usedBytes = usedBytesOf(volume);
  return { name, id, leader, copies, quotaBytes, usedBytes, replicas, movingTo };
}

/** `human` is given the nodes that have a replica. */
export function tellVolume(
  { output }: CliContext,
  event: string,
  volume: VolumeStatus,
  human: (at: string) => string,
): void {
  output.result({ event, ...asResult(volume) }, () =>
    human(volume.replicas.map(({ node }) => node).join(", ")),
  );
}

export function listVolumes({ output }: CliContext, { volumes, mounts }: CellStatus): void {
  const columns = [
    { title: "volume" },
    { title: "used", align: "right" },
    { title: "quota", align: "right" },
    { title: "copies", align: "right" },
    { title: "replicas" },
    { title: "mounted at" },
    { title: "id" },
  ] as const;
  const pathOf = ({ id }: VolumeStatus) => mounts.find((mount) => mount.volume === id)?.path;
  if (output.json) {
    const told = volumes.map((volume) => ({ ...asResult(volume), mountedAt: pathOf(volume) }));
    output.list(told, columns, () => []);
    return;
  }
  output.list(volumes, columns, (volume, style) => row(volume, pathOf(volume), style));
}

function row(volume: VolumeStatus, path: string | undefined, style: Style): string[] {
  const { name, id, quotaBytes, copies } = volume;
  return [
    style.bold(showText(name)),
    formatBytes(usedBytesOf(volume)),
    quotaBytes === 0 ? "none" : formatBytes(quotaBytes),
    String(copies),
    replicaCells(volume, style),
    path === undefined ? style.dim("-") : showText(path),
    style.dim(id),
  ];
}
