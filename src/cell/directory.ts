/**
 * A node's directory. It holds
 *
 *     format.json    what this directory is: format, volume, when it was made
 *     coterie.json   settings, if somebody wrote them
 *     running.json   who serves it and where, while a node runs; what a killed one leaves is overwritten
 *     volume/        the volume's store
 *     log/           the node's log
 *
 * The format is checked before anything is written, so a directory of a newer version, or one that holds
 * something else, stays as it is.
 */
import { CoterieError } from "../world/index.ts";

/** A format is only ever raised when an older version would harm the directory. */
export const DIRECTORY_FORMAT = 1;

/** The file that makes a directory a node's. */
export const FORMAT_FILE = "format.json";

/** The file that says which process serves a directory; a hint. */
export const RUNNING_FILE = "running.json";

/** The folder of the volume's store in the directory of a node by itself. */
export const VOLUME_NAME = "volume";

/** The folder of the log in a node's directory. */
export const LOG_FOLDER = "log";
const MAX_FILE_BYTES = 64 * 1024;

/** Small files of a directory, as the cell needs them; the command line makes it of this machine's files. */
export interface DirectoryFiles {
  /** The directory's absolute path, for messages. */
  readonly path: string;
  /** Names in it; empty when it does not exist. */
  names(): Promise<readonly string[]>;
  /** Undefined when there is no such file. */
  read(name: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Makes or replaces a file, at once and durably. */
  replace(name: string, data: Uint8Array): Promise<void>;
  /** Harmless when there is no such file. */
  remove(name: string): Promise<void>;
}

/** What `format.json` says of a directory. */
export interface DirectoryFormat {
  readonly format: number;
  /** The volume's id in hexadecimal. */
  readonly volume: string;
  /** When the directory was made, as ISO 8601 in UTC. */
  readonly created: string;
  /** The version that made it. */
  readonly madeBy: string;
}

/** Who serves the directory. */
export interface RunningNode {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What may be in a directory before it is a node's: settings, and what a file system puts at its own root. */
const HARMLESS = new Set(["coterie.json", LOG_FOLDER, "lost+found"]);

/** The directory's format, or undefined for a directory that is new, or whose first start was cut short. */
export async function readFormat(files: DirectoryFiles): Promise<DirectoryFormat | undefined> {
  const data = await files.read(FORMAT_FILE, MAX_FILE_BYTES);
  if (data === undefined) {
    await requireOurs(files);
    return undefined;
  }
  const format = parseFormat(decoder.decode(data), `${files.path}/${FORMAT_FILE}`);
  if (format.format > DIRECTORY_FORMAT) {
    const { format: theirs, madeBy } = format;
    throw new CoterieError(
      "CELL_DIRECTORY_NEWER",
      `${files.path} has format ${theirs}, made by Coterie ${madeBy}; this version knows up to ${DIRECTORY_FORMAT}`,
      { details: { directory: files.path, format: theirs, known: DIRECTORY_FORMAT } },
    );
  }
  return format;
}

async function requireOurs(files: DirectoryFiles): Promise<void> {
  const names = await files.names();
  if (names.includes(VOLUME_NAME)) return;
  const stranger = names.find((name) => !HARMLESS.has(name) && !name.startsWith(`${FORMAT_FILE}.`));
  if (stranger === undefined) return;
  throw new CoterieError(
    "CELL_DIRECTORY_FOREIGN",
    `${files.path} holds "${stranger}" and is no node's directory`,
    {
      details: { directory: files.path, found: stranger },
    },
  );
}

function parseFormat(text: string, path: string): DirectoryFormat {
  let value: Partial<Record<keyof DirectoryFormat, unknown>> | null = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below, like every other content that is not the format's.
  }
  const { format, volume, created, madeBy } = value ?? {};
  if (typeof format !== "number" || !Number.isInteger(format) || format < 1) {
    throw new CoterieError("CELL_DIRECTORY_DAMAGED", `${path} is not what a node wrote`, {
      details: { path },
    });
  }
  // A newer format may have changed everything but the format's number.
  return {
    format,
    volume: String(volume ?? ""),
    created: String(created ?? ""),
    madeBy: String(madeBy ?? "?"),
  };
}

export async function writeFormat(files: DirectoryFiles, format: DirectoryFormat): Promise<void> {
  await files.replace(FORMAT_FILE, encoder.encode(`${JSON.stringify(format, null, 2)}\n`));
}

/** Who served the directory last, running or not; undefined when that was stopped in order, or never began. */
export async function readRunning(files: DirectoryFiles): Promise<RunningNode | undefined> {
  const data = await files.read(RUNNING_FILE, MAX_FILE_BYTES);
  if (data === undefined) return undefined;
  try {
    const { pid, host, port } = JSON.parse(decoder.decode(data)) as Partial<RunningNode>;
    if (typeof pid === "number" && typeof host === "string" && typeof port === "number")
      return { pid, host, port };
  } catch {
    // It is only a hint: what cannot be read says nothing.
  }
  return undefined;
}

export async function writeRunning(files: DirectoryFiles, running: RunningNode): Promise<void> {
  await files.replace(RUNNING_FILE, encoder.encode(`${JSON.stringify(running)}\n`));
}
