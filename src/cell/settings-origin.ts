/** Each setting as it holds, and who said so: for whoever wonders why a node does what it does. */
import { defaultExports } from "../files/index.ts";
import { formatExportRule } from "./export-text.ts";
import { type NodeSettings, type RawSettings, resolveSettings, type SettingsSource } from "./settings.ts";

/** The origin of a setting that nobody set. */
export const DEFAULT_ORIGIN = "default";

/** A setting with where it comes from. */
export interface ToldSetting {
  readonly name: string;
  /** In the words in which it would be set; a list has several. */
  readonly value: string | number | readonly string[];
  /** An option, a variable, a file, or `DEFAULT_ORIGIN`. */
  readonly origin: string;
}

/** `sources`: the strongest first. Errors: as `resolveSettings`. */
export function tellSettings(sources: readonly SettingsSource[]): ToldSetting[] {
  const settings = resolveSettings(sources);
  const told: [keyof RawSettings, ToldSetting["value"]][] = [
    ["host", settings.host],
    ["port", settings.port],
    ["exports", rulesOf(settings)],
    ["portmap", settings.portmap],
    ["metricsHost", settings.metrics?.host ?? "none"],
    ["metricsPort", settings.metrics?.port ?? "none"],
  ];
  return told.map(([name, value]) => ({ name, value, origin: originOf(sources, name) }));
}

/** Those that somebody wrote: this machine itself may always come. */
function rulesOf({ exports }: NodeSettings): string[] {
  return exports.slice(0, exports.length - defaultExports.length).map(formatExportRule);
}

function originOf(sources: readonly SettingsSource[], name: keyof RawSettings): string {
  return sources.find(({ values }) => values[name] !== undefined)?.nameOf(name) ?? DEFAULT_ORIGIN;
}
