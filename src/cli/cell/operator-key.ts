/** The key with which an operator asks nodes on other machines: a file that its owner alone may read. */
import { MemberCredentials } from "../../cell/index.ts";
import { CoterieError, isCoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { directoryFiles } from "../node-directory.ts";

/** The cell's own key, in the directory that `coterie up` made. */
export const OPERATOR_FILE = "operator.pem";

/** The option of every command that asks a cell. */
export const OPERATOR_OPTION = [
  "--operator <file>",
  "an operator's key, for a node on another machine: --host and --port are then where it listens for other nodes",
] as const;

const OTHERS_MAY = 0o077;

export interface KeyFile {
  readonly folder: string;
  readonly name: string;
}

/** The absolute parts of a file's path. */
export function keyFile({ local }: Pick<CliContext, "local">, path: string): KeyFile {
  const whole = local.absolute(path);
  const at = whole.lastIndexOf("/");
  return { folder: whole.slice(0, at) || "/", name: whole.slice(at + 1) };
}

/** Errors: CELL_OPERATOR_KEY, CELL_OPERATOR_EXPOSED, LOCAL_…. */
export async function operatorCredentials(
  context: CliContext,
  world: Pick<World, "crypto">,
  path: string,
): Promise<MemberCredentials> {
  const { local, process } = context;
  const stat = await local.stat(path, { follow: true });
  if (stat === undefined) throw keyError("CELL_OPERATOR_KEY", path, "is not there");
  // Windows knows no such bits.
  if (process.platform !== "win32" && (stat.mode & OTHERS_MAY) !== 0) {
    const mode = stat.mode.toString(8).padStart(4, "0");
    throw keyError("CELL_OPERATOR_EXPOSED", path, `has mode ${mode}: not its owner's alone`);
  }
  const { folder, name } = keyFile(context, path);
  const credentials = await opened(world, context, folder, name, path);
  if (credentials?.certificate.role === "operator") return credentials;
  const holds =
    credentials === undefined ? "no certificate" : `the key of the node ${credentials.certificate.name}`;
  throw keyError("CELL_OPERATOR_KEY", path, `holds ${holds}, and no operator's`);
}

async function opened(
  world: Pick<World, "crypto">,
  { local }: CliContext,
  folder: string,
  name: string,
  path: string,
): Promise<MemberCredentials | undefined> {
  try {
    return await MemberCredentials.open(world, directoryFiles(local, folder), name);
  } catch (error) {
    if (isCoterieError(error, "AUTHORITY_DAMAGED"))
      throw keyError("CELL_OPERATOR_KEY", path, "is no file of keys and certificates");
    throw error;
  }
}

function keyError(code: string, path: string, why: string): CoterieError {
  return new CoterieError(code, `${path} ${why}`, { details: { path } });
}

/** A failure as it concerns who shows an operator's key: what went wrong with the proof, where that is the cause. */
export function proofFailure(error: CoterieError): CoterieError | undefined {
  const cause = error.code.startsWith("TLS_") ? error : error.cause;
  if (!isCoterieError(cause) || !cause.code.startsWith("TLS_")) return undefined;
  const isAboutKey = cause.code === "TLS_REFUSED" || cause.code === "TLS_UNTRUSTED";
  if (!isAboutKey) return cause;
  const { reason = cause.code } = cause.details;
  return new CoterieError("CELL_OPERATOR_REFUSED", cause.message, { cause, details: { reason } });
}
