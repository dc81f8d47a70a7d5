/**
 * A node's settings and where each came from: an option of the command, a `COTERIE_` variable, the directory's
 * `coterie.json`, or the default; the first that says something decides. All of them are checked before
 * anything is opened, and what is wrong is told with its origin.
 */
import { defaultExports, type ExportRule, parseExportRule } from "../files/index.ts";
import { type Address, CoterieError, isCoterieError } from "../world/index.ts";
import { isLoopbackHost } from "./loopback.ts";

/** The file of settings in a node's directory, and the most bytes that it may have. */
export const SETTINGS_FILE = "coterie.json";

/** Bytes of a `coterie.json` that is read. */
export const MAX_SETTINGS_BYTES = 64 * 1024;
/** The most export rules; those for this machine itself come on top. */
export const MAX_RULES = 1000;

/** Where a node serves unless something else is said: this machine alone. */
export const DEFAULT_HOST = "127.0.0.1";
/** The port of NFS: no privilege is needed for it. */
export const DEFAULT_PORT = 2049;

/**
 * Rpcbind tells clients ports by program. "system": register with this machine's where one runs; "embedded": and
 * be it where none runs; "off": leave it alone.
 */
export type Portmap = "off" | "system" | "embedded";

/** The settings of a node, checked, with defaults in their places. */
export interface NodeSettings {
  /** The IP address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Tried in order; the caller's first decides. */
  readonly exports: readonly ExportRule[];
  readonly portmap: Portmap;
  /** Where a node of a cell serves its metrics over HTTP; absent: nowhere. */
  readonly metrics?: Address;
}

/** One source of settings. What is absent is left to the next. */
export interface SettingsSource {
  /** How messages name it, for example `--port` for the setting `port` of the options. */
  readonly nameOf: (setting: keyof RawSettings) => string;
  readonly values: RawSettings;
}

/** Settings as somebody wrote them, not checked yet. */
export interface RawSettings {
  readonly host?: unknown;
  readonly port?: unknown;
  /** A list of rules, each as exports(5) or as `RANGE=OPTIONS`. */
  readonly exports?: unknown;
  readonly portmap?: unknown;
  readonly metricsHost?: unknown;
  readonly metricsPort?: unknown;
}

const SETTING_NAMES: readonly (keyof RawSettings)[] = [
  "host",
  "port",
  "exports",
  "portmap",
  "metricsHost",
  "metricsPort",
];

/** CELL_CONFIG for a setting: where it was set, and what was expected there. */
export function configError(origin: string, expected: string): CoterieError {
  return new CoterieError("CELL_CONFIG", `${origin}: ${expected}`, { details: { origin, expected } });
}

/** `sources`: the strongest first. */
export function resolveSettings(sources: readonly SettingsSource[]): NodeSettings {
  const pick = <T>(
    setting: keyof RawSettings,
    check: (value: unknown, origin: string) => T,
    fallback: T,
  ): T => {
    const source = sources.find(({ values }) => values[setting] !== undefined);
    return source === undefined ? fallback : check(source.values[setting], source.nameOf(setting));
  };
  const host = pick("host", checkHost, DEFAULT_HOST);
  const rules = pick("exports", checkExports, []);
  if (!isLoopbackHost(host) && !rules.some((rule) => !isLoopbackRange(rule.from))) {
    throw new CoterieError("CELL_EXPORT_NEEDED", `no export rule lets other machines use ${host}`, {
      details: { host },
    });
  }
  const metricsHost = pick("metricsHost", checkHost, DEFAULT_HOST);
  const metricsPort = pick<number | undefined>("metricsPort", checkPort, undefined);
  return {
    host,
    port: pick("port", checkPort, DEFAULT_PORT),
    // This machine's own clients stay welcome unless a rule says otherwise: the first rule that fits decides.
    exports: [...rules, ...defaultExports],
    portmap: pick("portmap", checkPortmap, "system"),
    ...(metricsPort !== undefined && { metrics: { host: metricsHost, port: metricsPort } }),
  };
}

/** `10.0.0.0/8=rw,root_squash` as exports(5) writes it; a rule in that form stays as it is. */
export function exportsForm(rule: string): string {
  const cut = rule.indexOf("=");
  if (cut < 0 || rule.includes("(")) return rule;
  return `${rule.slice(0, cut)}(${rule.slice(cut + 1)})`;
}

/** The settings of `coterie.json`. `path` is for messages. */
export function parseSettingsFile(text: string, path: string): SettingsSource {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw configError(path, `it is not JSON: ${(error as Error).message}`);
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw configError(path, "expected one JSON object");
  }
  const stranger = Object.keys(values).find((name) => !(SETTING_NAMES as readonly string[]).includes(name));
  if (stranger !== undefined) {
    throw configError(path, `there is no setting "${stranger}"; there are ${SETTING_NAMES.join(", ")}`);
  }
  return { nameOf: (setting) => `"${setting}" in ${path}`, values };
}

function checkHost(value: unknown, origin: string): string {
  if (typeof value !== "string" || !/^[0-9a-zA-Z.:%-]{1,255}$/.test(value)) {
    throw configError(origin, "expected an IP address or a host name of this machine");
  }
  return value;
}

function checkPort(value: unknown, origin: string): number {
  const port = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw configError(origin, `expected a port of 0 to 65535, not ${JSON.stringify(value)}`);
  }
  return port;
}

function checkExports(value: unknown, origin: string): ExportRule[] {
  if (!Array.isArray(value) || value.some((rule) => typeof rule !== "string")) {
    throw configError(origin, 'expected a list of rules such as "192.168.1.0/24(rw)"');
  }
  if (value.length > MAX_RULES)
    throw configError(origin, `${value.length} rules are over ${MAX_RULES}, the most`);
  return value.map((rule: string) => {
    try {
      return parseExportRule(exportsForm(rule));
    } catch (error) {
      if (isCoterieError(error)) throw configError(origin, error.message);
      throw error;
    }
  });
}

function checkPortmap(value: unknown, origin: string): Portmap {
  if (value === "off" || value === "system" || value === "embedded") return value;
  throw configError(origin, 'expected "off", "system" or "embedded"');
}

function isLoopbackRange(range: string): boolean {
  return isLoopbackHost(range.split("/")[0] ?? "") && range !== "*";
}
