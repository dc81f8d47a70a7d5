/** What `coterie up` says when a cell is ready: which nodes run where, where all is stored, who may connect, how to mount it, and what to try. */
import { formatExportRule, isLoopbackHost } from "../../cell/index.ts";
import { defaultExports, type ExportRule } from "../../files/index.ts";
import { mountLines, shellWord } from "../banner.ts";
import { formatDuration, type Style, showText } from "../style.ts";
import type { CellDirectory } from "./cell-directory.ts";
import type { KnownState } from "./node-teller.ts";

export interface CellBannerFacts {
  readonly version: string;
  readonly commandName: string;
  readonly tookMs: number;
  readonly cell: CellDirectory;
  readonly rules: readonly ExportRule[];
  readonly nodes: readonly Readonly<KnownState>[];
  /** Whether the directory is the one that commands find by themselves. */
  readonly isDefaultDirectory: boolean;
}

export function formatCellBanner(facts: CellBannerFacts, style: Style): string {
  const { cell, nodes } = facts;
  const row = (label: string, text: string) => `  ${style.dim(label.padEnd(10))} ${text}`;
  const there = nodes.filter(({ port }) => port !== 0);
  const lines = [
    "",
    `  ${style.bold(style.cyan("COTERIE"))} ${facts.version}   ${style.green(`ready in ${formatDuration(facts.tookMs)}`)}`,
    "",
    row("cell", `${style.bold(showText(cell.name))}   ${nodes.length} nodes, ${survives(nodes.length)}`),
    ...nodes.map((node) => row(node.name, nodeText(node, style))),
    row("storing", showText(cell.path)),
    row("allowing", allowing(facts)),
    "",
    "  Mount it on an empty directory DIR, as root, through any of its nodes. Linux:",
    ...there.map(({ name, host, port }) => row(name, style.bold(mountLines(host, port).linux))),
    "  macOS:",
    ...there.map(({ name, host, port }) => row(name, style.bold(mountLines(host, port).macos))),
    "",
    "  Or use it from here:",
    ...nextCommands(facts).map(([line, meaning]) => `    ${style.bold(line)}\n        ${style.dim(meaning)}`),
    "",
    `  ${style.dim("Ctrl-C stops all nodes; what was acknowledged is on their disks.")}`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function survives(count: number): string {
  const minority = Math.floor((count - 1) / 2);
  if (minority === 0) return "none of which it can do without";
  return `any ${minority === 1 ? "one" : minority} of which it can do without`;
}

function nodeText({ host, port, pid, isHeld, isServing, isLeading }: KnownState, style: Style): string {
  if (isHeld) return style.yellow("stays down until it is resumed");
  if (!isServing) return style.red("down");
  const address = `nfs://${host.includes(":") ? `[${host}]` : host}:${port}/`;
  return `${style.bold(address)}   process ${pid}${isLeading ? ", leads" : ""}`;
}

function allowing({ rules, nodes }: CellBannerFacts): string {
  const others = rules
    .slice(0, rules.length - defaultExports.length)
    .map(formatExportRule)
    .join(" ");
  const isOpen = nodes.some(({ host }) => host !== "" && !isLoopbackHost(host));
  if (isOpen) return `this machine, and ${others}`;
  return others === ""
    ? "this machine only; others need --host and --export"
    : `this machine only; to let ${others} in, add --host`;
}

/** Commands that work as they stand: they find the nodes through the cell's directory. */
function nextCommands(facts: CellBannerFacts): [line: string, meaning: string][] {
  const { commandName, isDefaultDirectory, cell, nodes } = facts;
  const dir = isDefaultDirectory ? "" : ` --dir ${shellWord(cell.path)}`;
  const last = nodes.at(-1)?.name ?? "node-1";
  return [
    [`${commandName} put${dir} package.json /`, "copy a file in, checked end to end"],
    [`${commandName} ls${dir} -l /`, "list what is there"],
    [`${commandName} status${dir}`, "see what the nodes are doing"],
    [`${commandName} kill${dir} ${last}`, "kill one of them, and see that everything goes on"],
  ];
}
