/**
 * Every error code of every layer with what it means: what `coterie explain` shows, and where a failure's line
 * gets its remedy. Loaded only when something went wrong or somebody asks, so it costs no start-up time.
 */
import type { ErrorEntry, ErrorTable } from "../world/index.ts";

export interface CatalogueEntry extends ErrorEntry {
  readonly code: string;
  /** The layer whose code it is: the folder in `src/`, and the documentation's chapter. */
  readonly layer: string;
}

export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

type TableLoader = () => Promise<ErrorTable>;

/** Each layer's table. A layer with codes has a row here; `catalogue.test.ts` finds the tables that lack one. */
const TABLES: readonly (readonly [layer: string, load: TableLoader])[] = [
  ["world", async () => (await import("../world/index.ts")).worldErrors],
  ["marshal", async () => (await import("../marshal/index.ts")).marshalErrors],
  ["cli", async () => (await import("./errors.ts")).cliErrors],
];

export async function loadCatalogue(): Promise<Catalogue> {
  const catalogue = new Map<string, CatalogueEntry>();
  for (const [layer, load] of TABLES) {
    for (const [code, entry] of Object.entries(await load())) {
      if (catalogue.has(code)) throw new Error(`invariant broken: the error code ${code} is declared twice`);
      catalogue.set(code, { code, layer, ...entry });
    }
  }
  return catalogue;
}
