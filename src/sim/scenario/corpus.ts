/**
 * The failing plans of a scenario, in a JSON file beside it, which are run before any new seed. An entry keeps the plan
 * and not the seed alone, so that it stays the same case when the workload or the faults are drawn in another way.
 */
import { CoterieError } from "../../world/index.ts";
import { formatPlan } from "./plan-text.ts";
import type { Plan } from "./types.ts";

/** One plan that failed, and the property that it broke. */
export interface CorpusEntry {
  /** What it failed of when it was found. */
  readonly property: string;
  /** The smallest that is known; its seed is that of the run that failed first. */
  readonly plan: Plan;
}

/** Plans that failed once, kept to be run first. A file beside the scenario holds one. */
export interface Corpus {
  /** Oldest first; a scenario has one entry for each seed. */
  readonly entries: readonly CorpusEntry[];
}

/** Entries that a corpus keeps: when there are more, further failures are not added. */
export const MAX_CORPUS_ENTRIES = 1000;

/** Bytes of the text of a corpus that is read. */
export const MAX_CORPUS_BYTES = 64 * 1024 * 1024;

const VERSION = 1;

/** A corpus without entries. */
export const EMPTY_CORPUS: Corpus = { entries: [] };

/** @throws CoterieError SIM_CORPUS. The plans themselves are checked when they are run. */
export function parseCorpus(text: string, name = "the corpus"): Corpus {
  try {
    return checkCorpus(JSON.parse(text), name);
  } catch (error) {
    if (error instanceof CoterieError) throw error;
    return refuse(name, `it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `value`, which was read from JSON, if it is a corpus. @throws CoterieError SIM_CORPUS */
export function checkCorpus(value: unknown, name = "the corpus"): Corpus {
  const { version, entries } = (value ?? {}) as { version?: unknown; entries?: unknown };
  if (version !== VERSION) refuse(name, `its version is ${JSON.stringify(version)}, not ${VERSION}`);
  if (!Array.isArray(entries)) return refuse(name, "it has no list of entries");
  if (entries.length > MAX_CORPUS_ENTRIES) refuse(name, `it has more than ${MAX_CORPUS_ENTRIES} entries`);
  const wrong = entries.findIndex((entry) => !isEntry(entry));
  if (wrong >= 0) refuse(name, `entry ${wrong} has no property and plan`);
  return { entries };
}

function isEntry(value: unknown): value is CorpusEntry {
  const { property, plan } = (value ?? {}) as { property?: unknown; plan?: unknown };
  const { scenario, seed } = (plan ?? {}) as { scenario?: unknown; seed?: unknown };
  return [property, scenario, seed].every((text) => typeof text === "string");
}

/** A corpus as the text of its file, which `parseCorpus` reads. */
export function formatCorpus(corpus: Corpus): string {
  const entries = corpus.entries.map(({ property, plan }) => {
    const fields = `"property": ${JSON.stringify(property)},\n"plan": ${formatPlan(plan)}`;
    return `    {\n${fields.replace(/^/gm, "      ")}\n    }`;
  });
  const list = entries.length === 0 ? "[]" : `[\n${entries.join(",\n")}\n  ]`;
  return `{\n  "version": ${VERSION},\n  "entries": ${list}\n}\n`;
}

/** With `entry`, in the place of an older one of the same scenario and seed. Unchanged when it is full. */
export function withEntry(corpus: Corpus, entry: CorpusEntry): Corpus {
  const at = corpus.entries.findIndex((other) => isSame(other, entry));
  if (at >= 0) return { entries: corpus.entries.with(at, entry) };
  return corpus.entries.length >= MAX_CORPUS_ENTRIES ? corpus : { entries: [...corpus.entries, entry] };
}

/** Without the entry of that scenario and seed. */
export function withoutEntry(corpus: Corpus, gone: CorpusEntry): Corpus {
  return { entries: corpus.entries.filter((entry) => !isSame(entry, gone)) };
}

/** The entries of one scenario. */
export function entriesOf(corpus: Corpus, scenario: string): readonly CorpusEntry[] {
  return corpus.entries.filter(({ plan }) => plan.scenario === scenario);
}

function isSame(a: CorpusEntry, b: CorpusEntry): boolean {
  return a.plan.scenario === b.plan.scenario && a.plan.seed === b.plan.seed;
}

function refuse(name: string, why: string): never {
  throw new CoterieError("SIM_CORPUS", `cannot use ${name}: ${why}`, { details: { corpus: name } });
}
