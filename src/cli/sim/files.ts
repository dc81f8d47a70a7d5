/** The files beside a scenario: its corpus, plans, and what a failing run leaves. */

import type { LocalFiles } from "../../node/index.ts";
import {
  type Corpus,
  EMPTY_CORPUS,
  formatCorpus,
  MAX_CORPUS_BYTES,
  MAX_PLAN_BYTES,
  type Plan,
  parseCorpus,
} from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";

/** `dir/x.corpus.json` for `dir/x.ts`. */
export function corpusPath(file: string): string {
  return `${withoutExtension(file)}.corpus.json`;
}

/** `dir/x.seed-17.plan.json` for `dir/x.ts`; `dir/x.NAME.seed-17.plan.json` where its scenario has to be named. */
export function planPath(file: string, seed: string, scenario?: string): string {
  const parts = [...(scenario === undefined ? [] : [scenario]), `seed-${seed}`, "plan.json"];
  return [withoutExtension(file), ...parts.map((part) => part.replace(/[^\w.-]/g, "_"))].join(".");
}

function withoutExtension(file: string): string {
  return file.replace(/\.[cm]?[jt]s$/, "");
}

/** Before hours of work go into a file that cannot be. @throws CoterieError LOCAL_NOT_FOUND */
export async function requireFolder(local: LocalFiles, path: string): Promise<void> {
  const folder = local.absolute(path).replace(/[^/]*$/, "");
  if ((await local.stat(folder, { follow: true })) !== undefined) return;
  throw new CoterieError("LOCAL_NOT_FOUND", `there is no folder ${folder} for ${path}`, {
    details: { path: folder },
  });
}

/** An empty one where there is no file. @throws CoterieError SIM_CORPUS; LOCAL_NOT_FOUND where there is no folder for it */
export async function readCorpus(local: LocalFiles, path: string): Promise<Corpus> {
  if ((await local.stat(path, { follow: true })) === undefined) {
    await requireFolder(local, path);
    return EMPTY_CORPUS;
  }
  return parseCorpus(await readText(local, path, MAX_CORPUS_BYTES), path);
}

/** Leaves the file as it is where it would be too large to be read again. */
export async function writeCorpus(local: LocalFiles, path: string, corpus: Corpus): Promise<void> {
  const bytes = new TextEncoder().encode(formatCorpus(corpus));
  if (bytes.length <= MAX_CORPUS_BYTES) await local.replace(path, bytes);
}

/** The JSON in a plan's file: an object that is for some scenario. Whether it fits is the worker's to see. */
export async function readPlan(local: LocalFiles, path: string): Promise<Plan> {
  const text = await readText(local, path, MAX_PLAN_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw noPlan(path, error instanceof Error ? error.message : String(error));
  }
  if (typeof (value as { scenario?: unknown } | null)?.scenario !== "string")
    throw noPlan(path, "it names no scenario");
  return value as Plan;
}

function noPlan(path: string, why: string): CoterieError {
  return new CoterieError("SIM_PLAN", `${path} is no plan: ${why}`, { details: { path } });
}

export async function writeText(local: LocalFiles, path: string, text: string): Promise<void> {
  await local.replace(path, new TextEncoder().encode(text));
}

async function readText(local: LocalFiles, path: string, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await local.readAll(path, maxBytes));
}
