/**
 * What `coterie up` says when it is ready: what runs where, what is stored where, who may connect, how to mount it,
 * and what to do next. The lines to copy are whole commands that work as they stand.
 */
import { formatExportRule, isLoopbackHost, type NodeStatus } from "../cell/index.ts";
import type { ExportRule } from "../files/index.ts";
import { formatBytes, formatDuration, type Style, showText } from "./style.ts";

export interface BannerFacts {
  readonly version: string;
  readonly commandName: string;
  readonly tookMs: number;
  readonly status: NodeStatus;
  /** The rules that somebody wrote, without those for this machine that are always there. */
  readonly rules: readonly ExportRule[];
  readonly logFile: string;
  /** Whether the directory is the one that commands find by themselves. */
  readonly isDefaultDirectory: boolean;
}

export interface MountLines {
  readonly linux: string;
  readonly macos: string;
}

/** The address by which clients name the server: one that listens everywhere is known to this machine as loopback. */
function clientHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  const plain = host === "::" ? "::1" : host;
  return plain.includes(":") ? `[${plain}]` : plain;
}

/**
 * The commands that mount the volume on DIR. `mountport` names the port because there need be no rpcbind to ask;
 * locks are kept by the client itself, because no lock manager runs here yet.
 */
export function mountLines(host: string, port: number): MountLines {
  const address = clientHost(host);
  const from = `${address}:/ DIR`;
  // nfs(5): the netid chooses the family of the address too; macOS's `tcp` takes both.
  const netid = address.startsWith("[") ? "tcp6" : "tcp";
  return {
    linux: `mount -o vers=3,proto=${netid},port=${port},mountport=${port},nolock ${from}`,
    macos: `mount -t nfs -o vers=3,tcp,port=${port},mountport=${port},locallocks ${from}`,
  };
}

export function formatBanner(facts: BannerFacts, style: Style): string {
  const { status } = facts;
  const address = `${clientHost(status.host)}:${status.port}`;
  const mount = mountLines(status.host, status.port);
  const row = (label: string, text: string) => `  ${style.dim(label.padEnd(10))} ${text}`;
  const lines = [
    "",
    `  ${style.bold(style.cyan("COTERIE"))} ${facts.version}   ${style.green(`ready in ${formatDuration(facts.tookMs)}`)}`,
    "",
    row("serving", `${style.bold(`nfs://${address}/`)}   NFS 3 and 2, TCP and UDP, process ${status.pid}`),
    row("storing", `${showText(status.directory)}   ${formatBytes(status.space.freeBytes)} free`),
    row("allowing", allowing(facts)),
    row("rpcbind", portmapLine(facts)),
    row("logging", showText(facts.logFile)),
    "",
    `  Mount it on an empty directory DIR, as root:`,
    row("Linux", style.bold(mount.linux)),
    row("macOS", style.bold(mount.macos)),
    "",
    "  Or use it from here:",
    ...nextCommands(facts).map(([line, meaning]) => `    ${style.bold(line)}\n        ${style.dim(meaning)}`),
    "",
    `  ${style.dim("Ctrl-C stops the node; what was acknowledged is on the disk.")}`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function allowing({ status, rules }: BannerFacts): string {
  const others = rules.map(formatExportRule).join(" ");
  if (!isLoopbackHost(status.host)) return `this machine, and ${others}`;
  return others === ""
    ? "this machine only; others need --host and --export"
    : `this machine only, for it listens on ${status.host}; to let ${others} in, add --host`;
}

function portmapLine({ status }: BannerFacts): string {
  switch (status.portmap) {
    case "system":
      return "registered with this machine's";
    case "embedded":
      return "answered here, on port 111";
    case "failed":
      return `not registered: ${status.problems.find(({ code }) => code === "CELL_PORTMAP")?.message ?? "refused"}`;
    case "off":
      return "none; clients name the port";
  }
}

/** Three commands that work as they stand: they find the node through its directory. */
function nextCommands(facts: BannerFacts): [line: string, meaning: string][] {
  const { commandName, isDefaultDirectory, status } = facts;
  const dir = isDefaultDirectory ? "" : ` --dir ${shellWord(status.directory)}`;
  return [
    [`${commandName} put${dir} package.json /`, "copy a file in, checked end to end"],
    [`${commandName} ls${dir} -l /`, "list what is there"],
    [`${commandName} status${dir}`, "see what the node is doing"],
  ];
}

/** A path as a shell reads it: quoted when it holds more than the plainest characters, and never able to drive a terminal. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  const quoted = text.replaceAll("'", "'\\''");
  if (showText(quoted) === quoted) return `'${quoted}'`;
  // Dollar-single-quotes are POSIX.1-2024, and bash, zsh and ksh have had them for long.
  return `$'${Array.from(text, dollarQuoted).join("")}'`;
}

const utf8 = new TextEncoder();

function dollarQuoted(character: string): string {
  if (character === "'" || character === "\\") return `\\${character}`;
  if (showText(character) === character) return character;
  return Array.from(utf8.encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
