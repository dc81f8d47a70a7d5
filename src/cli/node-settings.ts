/**
 * Where the settings of a node, or of a cell on this machine, come from: options of the command, `COTERIE_` variables, `coterie.json` in
 * the directory, what was decided when the directory was made, defaults. `coterie config show` tells which of them did.
 */
import { type Command, Option } from "commander";
import {
  MAX_SETTINGS_BYTES,
  type NodeSettings,
  type Portmap,
  parseSettingsFile,
  type RawSettings,
  resolveSettings,
  SETTINGS_FILE,
  type SettingsSource,
} from "../cell/index.ts";
import type { CliContext } from "./context.ts";
import { directoryFiles } from "./node-directory.ts";

export interface SettingsOptions {
  readonly host?: string;
  readonly port?: string;
  readonly export?: readonly string[];
  readonly portmap?: boolean;
  readonly metricsHost?: string;
  readonly metricsPort?: string;
}

const OPTION_NAMES = {
  host: "--host",
  port: "--port",
  exports: "--export",
  portmap: "--portmap",
  metricsHost: "--metrics-host",
  metricsPort: "--metrics-port",
} as const;
const VARIABLE_NAMES = {
  host: "COTERIE_HOST",
  port: "COTERIE_PORT",
  exports: "COTERIE_EXPORT",
  portmap: "COTERIE_PORTMAP",
  metricsHost: "COTERIE_METRICS_HOST",
  metricsPort: "COTERIE_METRICS_PORT",
} as const;

/** The options of every command that serves; `port` says what the port is of. */
export function addSettingsOptions(command: Command, port: string): Command {
  return command
    .option("--host <address>", "the address to listen on (default: 127.0.0.1, this machine only)")
    .option("--port <number>", port)
    .option(
      "--export <rule>",
      "who may connect and how, such as 192.168.1.0/24=rw; may be repeated, the first that fits decides",
      (rule: string, before: readonly string[] = []) => [...before, rule],
    )
    .addOption(new Option("--portmap", "answer on port 111 as rpcbind does, when this machine runs none"))
    .addOption(new Option("--no-portmap", "do not register with this machine's rpcbind"))
    .option(
      "--metrics-port <number>",
      "serve metrics over HTTP at /metrics, 0 for any port that is free; each further node of `coterie up` takes the next (default: nowhere)",
    )
    .option("--metrics-host <address>", "the address to serve metrics at (default: 127.0.0.1)");
}

/** `kept`: what the directory itself says, weaker than everything that somebody asks for. Errors: CELL_CONFIG, LOCAL_…. */
export async function settingsSources(
  context: CliContext,
  options: SettingsOptions,
  directory: string,
  kept?: SettingsSource,
): Promise<SettingsSource[]> {
  const path = `${directory}/${SETTINGS_FILE}`;
  const text = await directoryFiles(context.local, directory).read(SETTINGS_FILE, MAX_SETTINGS_BYTES);
  const sources = [optionSource(options), environmentSource(context)];
  if (text !== undefined) sources.push(parseSettingsFile(new TextDecoder().decode(text), path));
  return kept === undefined ? sources : [...sources, kept];
}

/** @throws CoterieError CELL_CONFIG, CELL_EXPORT_NEEDED. */
export async function readSettings(
  context: CliContext,
  options: SettingsOptions,
  directory: string,
  kept?: SettingsSource,
): Promise<NodeSettings> {
  return resolveSettings(await settingsSources(context, options, directory, kept));
}

function optionSource(options: SettingsOptions): SettingsSource {
  const portmap: Portmap | undefined =
    options.portmap === undefined ? undefined : options.portmap ? "embedded" : "off";
  const values: RawSettings = {
    host: options.host,
    port: options.port,
    exports: options.export,
    portmap,
    metricsHost: options.metricsHost,
    metricsPort: options.metricsPort,
  };
  return { values, nameOf: (setting) => OPTION_NAMES[setting] };
}

function environmentSource({ environment }: CliContext): SettingsSource {
  const { host, port, exports } = environment;
  const values: RawSettings = { host, port, exports: exports?.split(/\s+/).filter((rule) => rule !== "") };
  return { values, nameOf: (setting) => VARIABLE_NAMES[setting] };
}
