/**
 * Every error code of every layer with what it means: what `coterie explain` shows, and where a failure's line
 * gets its remedy. A code's first word names its layer, so a failure loads one table and not them all.
 */
import type { ErrorEntry, ErrorTable } from "../world/index.ts";

export interface CatalogueEntry extends ErrorEntry {
  readonly code: string;
  /** The layer whose code it is: the folder in `src/`, and the documentation's chapter. */
  readonly layer: string;
}

export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

interface TableRow {
  readonly layer: string;
  /** First words of the table's codes. */
  readonly words: readonly string[];
  load(): Promise<ErrorTable>;
}

/** Each table. A layer with codes has a row here; `catalogue.test.ts` finds the tables that lack one. */
const TABLES: readonly TableRow[] = [
  {
    layer: "world",
    words: ["NET", "STORE"],
    load: async () => (await import("../world/index.ts")).worldErrors,
  },
  { layer: "world", words: ["TLS"], load: async () => (await import("../world/index.ts")).secureErrors },
  { layer: "marshal", words: ["XDR"], load: async () => (await import("../marshal/index.ts")).marshalErrors },
  { layer: "idl", words: ["IDL"], load: async () => (await import("../idl/index.ts")).idlErrors },
  {
    layer: "channel",
    words: ["CHANNEL"],
    load: async () => (await import("../channel/index.ts")).channelErrors,
  },
  {
    layer: "channel",
    words: ["TRANSFER"],
    load: async () => (await import("../channel/index.ts")).transferErrors,
  },
  {
    layer: "channel",
    words: ["MAILBOX"],
    load: async () => (await import("../channel/index.ts")).mailboxErrors,
  },
  { layer: "channel", words: ["MESH"], load: async () => (await import("../channel/index.ts")).meshErrors },
  { layer: "paxos", words: ["LOG"], load: async () => (await import("../paxos/index.ts")).logErrors },
  { layer: "group", words: ["GROUP"], load: async () => (await import("../group/index.ts")).groupErrors },
  { layer: "rpc", words: ["RPC"], load: async () => (await import("../rpc/index.ts")).rpcErrors },
  {
    layer: "naming",
    words: ["NAMING"],
    load: async () => (await import("../naming/index.ts")).namingErrors,
  },
  { layer: "files", words: ["VOLUME"], load: async () => (await import("../files/index.ts")).volumeErrors },
  { layer: "files", words: ["BACKUP"], load: async () => (await import("../files/index.ts")).backupErrors },
  { layer: "files", words: ["LAYERS"], load: async () => (await import("../files/index.ts")).layersErrors },
  {
    layer: "files",
    words: ["REPLICA"],
    load: async () => (await import("../files/index.ts")).replicaErrors,
  },
  { layer: "files", words: ["NFS"], load: async () => (await import("../files/index.ts")).nfsErrors },
  { layer: "files", words: ["FILES"], load: async () => (await import("../files/index.ts")).filesErrors },
  {
    layer: "cell",
    words: ["AUTHORITY", "JOIN"],
    load: async () => (await import("../cell/index.ts")).authorityErrors,
  },
  { layer: "cell", words: ["CELL"], load: async () => (await import("../cell/index.ts")).cellErrors },
  { layer: "sim", words: ["SIM"], load: async () => (await import("../sim/index.ts")).simErrors },
  { layer: "cli", words: ["COPY"], load: async () => (await import("./files/errors.ts")).copyErrors },
  { layer: "cli", words: ["CLI", "LOCAL"], load: async () => (await import("./errors.ts")).cliErrors },
];

async function entriesOf(row: TableRow): Promise<CatalogueEntry[]> {
  const table = await row.load();
  return Object.entries(table).map(([code, entry]) => ({ code, layer: row.layer, ...entry }));
}

/** What one code means, or undefined when no layer declares it. */
export async function findEntry(code: string): Promise<CatalogueEntry | undefined> {
  const row = TABLES.find(({ words }) => words.includes(code.split("_")[0] ?? ""));
  return row === undefined ? undefined : (await entriesOf(row)).find((entry) => entry.code === code);
}

/** All codes, from the bottom layer up. */
export async function loadCatalogue(): Promise<Catalogue> {
  const entries = (await Promise.all(TABLES.map(entriesOf))).flat();
  return new Map(entries.map((entry) => [entry.code, entry]));
}
