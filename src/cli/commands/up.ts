/** `coterie up`: runs a node in the foreground until it is told to stop. */
import type { Command } from "commander";
import {
  isLoopbackHost,
  LOG_FOLDER,
  MAX_SETTINGS_BYTES,
  Node,
  type NodeSettings,
  type Portmap,
  parseSettingsFile,
  type RawSettings,
  readFormat,
  resolveSettings,
  SETTINGS_FILE,
  type SettingsSource,
} from "../../cell/index.ts";
import { formatBanner, mountLines } from "../banner.ts";
import type { CliContext, OwnedWorld } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { withExamples } from "../help.ts";
import { directoryFiles, makeNodeDirectory, nodeDirectory, requireNoOther } from "../node-directory.ts";
import { stopRequests } from "../stop-requests.ts";

interface UpOptions {
  readonly dir?: string;
  readonly host?: string;
  readonly port?: string;
  readonly export?: readonly string[];
  readonly portmap?: boolean;
}

const OPTION_NAMES = { host: "--host", port: "--port", exports: "--export", portmap: "--portmap" } as const;
const VARIABLE_NAMES = {
  host: "COTERIE_HOST",
  port: "COTERIE_PORT",
  exports: "COTERIE_EXPORT",
  portmap: "COTERIE_PORTMAP",
} as const;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("up")
    .description("Serve a shared file system from this machine")
    .option("--dir <directory>", "where the node keeps everything (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address to listen on (default: 127.0.0.1, this machine only)")
    .option("--port <number>", "the port for everything, 0 for any that is free (default: 2049)")
    .option(
      "--export <rule>",
      "who may connect and how, such as 192.168.1.0/24=rw; may be repeated, the first that fits decides",
      (rule: string, before: readonly string[] = []) => [...before, rule],
    )
    .option("--portmap", "answer on port 111 as rpcbind does, when this machine runs none")
    .option("--no-portmap", "do not register with this machine's rpcbind")
    .action((options: UpOptions) => up(context, options));
  withExamples(command, [
    ["coterie up", "serve this machine's own clients, from the default directory"],
    ["coterie up --dir ./data --port 0", "another directory, on any port that is free"],
    [
      "coterie up --host 0.0.0.0 --export 192.168.1.0/24=rw --export 10.0.0.7=ro",
      "serve a network too, one machine of another reading only",
    ],
    ["coterie up --json", "one line of JSON when ready, for scripts"],
  ]);
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  const directory = nodeDirectory(context, options.dir);
  await requireNoOther(context.local, directory);
  const files = directoryFiles(context.local, directory);
  const settings = await readSettings(context, options, directory);
  // Before anything is written: a directory that is not this version's to touch stays as it is.
  await readFormat(files);
  const stop = stopRequests(context.process);
  try {
    await makeNodeDirectory(context.local, directory);
    await makeNodeDirectory(context.local, `${directory}/${LOG_FOLDER}`);
    const logFile = `${directory}/${LOG_FOLDER}/node.log`;
    const log = await context.fileLog(logFile);
    context.process.onCrash((error) => {
      log.error("node crashed", {
        error: String(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    });
    const world = await context.world({ directory, log });
    const { pid } = context.process;
    const node = await Node.start(world, { settings, files, version: context.version, pid });
    announce(context, node, settings, logFile, options);
    await runUntilStopped(context, node, world, stop.first);
  } finally {
    stop.release();
  }
}

async function readSettings(
  context: CliContext,
  options: UpOptions,
  directory: string,
): Promise<NodeSettings> {
  const path = `${directory}/${SETTINGS_FILE}`;
  const text = await directoryFiles(context.local, directory).read(SETTINGS_FILE, MAX_SETTINGS_BYTES);
  const sources = [optionSource(options), environmentSource(context)];
  if (text !== undefined) sources.push(parseSettingsFile(new TextDecoder().decode(text), path));
  return resolveSettings(sources);
}

function optionSource(options: UpOptions): SettingsSource {
  const portmap: Portmap | undefined =
    options.portmap === undefined ? undefined : options.portmap ? "embedded" : "off";
  const values: RawSettings = { host: options.host, port: options.port, exports: options.export, portmap };
  return { values, nameOf: (setting) => OPTION_NAMES[setting] };
}

function environmentSource({ environment }: CliContext): SettingsSource {
  const { host, port, exports } = environment;
  const values: RawSettings = { host, port, exports: exports?.split(/\s+/).filter((rule) => rule !== "") };
  return { values, nameOf: (setting) => VARIABLE_NAMES[setting] };
}

function announce(
  context: CliContext,
  node: Node,
  settings: NodeSettings,
  logFile: string,
  options: UpOptions,
): void {
  const { terminal, output, version } = context;
  // A reader that takes the first lines and goes does not end the node.
  terminal.out.onGone = () => {};
  terminal.err.onGone = () => {};
  const status = node.status();
  const tookMs = Math.round(context.process.sinceStartMs());
  const { host, port, directory, volume, pid, portmap } = status;
  const mount = mountLines(host, port);
  const ready = {
    event: "ready",
    version,
    pid,
    host,
    port,
    directory,
    volume,
    portmap,
    tookMs,
    mount,
    logFile,
  };
  const rules = settings.exports.filter((rule) => !isLoopbackHost(rule.from.split("/")[0] ?? ""));
  // COTERIE_DIR, too, is where the other commands look by themselves.
  const isDefaultDirectory = options.dir === undefined;
  output.result(ready, (style) =>
    formatBanner(
      { version, commandName: context.commandName, tookMs, status, rules, logFile, isDefaultDirectory },
      style,
    ),
  );
}

async function runUntilStopped(
  context: CliContext,
  node: Node,
  world: OwnedWorld,
  stopRequested: Promise<string>,
): Promise<void> {
  const signal = await stopRequested;
  const began = world.clock.monotonicMs();
  context.output.note(`\n${signal}: stopping; once more ends it at once`);
  await node.stop();
  const tookMs = Math.round(world.clock.monotonicMs() - began);
  context.output.result({ event: "stopped", signal, tookMs }, () => `stopped in ${tookMs} ms`);
  context.exitStatus = ExitStatus.ok;
}
