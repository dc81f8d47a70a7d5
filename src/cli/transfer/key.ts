/**
 * The secret that both sides of a transfer share: 32 random bytes, as 64 hexadecimal digits in a file that only its user
 * can read, or in the environment; never on a command line, which every user of the machine can see.
 */
import { CoterieError, isCoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { nodeDirectory } from "../node-directory.ts";

const KEY_BYTES = 32;
const MAX_KEY_FILE_BYTES = 4096;
const KEY_MODE = 0o600;
const OTHERS_MODE = 0o077;
const KEY_FILE = "transfer.key";

export interface TransferKey {
  readonly key: Uint8Array;
  /** Where it comes from, for people. */
  readonly from: string;
}

/** The key that was named, by an option or the environment; undefined when none was. */
export async function namedKey(
  context: CliContext,
  keyFile: string | undefined,
): Promise<TransferKey | undefined> {
  if (keyFile !== undefined) return readKeyFile(context, context.local.absolute(keyFile));
  const { transferKey } = context.environment;
  if (transferKey === undefined) return undefined;
  return { key: parseKey(transferKey, "COTERIE_TRANSFER_KEY"), from: "COTERIE_TRANSFER_KEY" };
}

/** The user's key, if there is one. */
export async function ownKey(context: CliContext): Promise<TransferKey | undefined> {
  try {
    return await readKeyFile(context, ownKeyFile(context));
  } catch (error) {
    if (isCoterieError(error, "LOCAL_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Where the user's key is kept. */
export function ownKeyFile(context: CliContext): string {
  return `${nodeDirectory(context, undefined)}/${KEY_FILE}`;
}

/** Draws a key and keeps it as the user's; when another process is quicker, its key is the user's. */
export async function makeOwnKey(context: CliContext, world: World): Promise<TransferKey> {
  const { local, process } = context;
  const path = ownKeyFile(context);
  const draft = `${path}.${process.pid}.new`;
  await local.mkdir(nodeDirectory(context, undefined), { mode: 0o700, parents: true });
  const file = await local.open(draft, "write", KEY_MODE);
  try {
    await file.write(new TextEncoder().encode(`${hexOf(world.random.bytes(KEY_BYTES))}\n`), 0);
    await file.sync();
    await file.close();
    await local.link(draft, path);
  } catch (error) {
    await file.close().catch(() => {});
    if (!isCoterieError(error, "LOCAL_EXISTS")) throw error;
  } finally {
    await local.remove(draft);
  }
  // Copies of it are about to be made: it must not be another one after a loss of power.
  await local.syncDirectory(nodeDirectory(context, undefined));
  return readKeyFile(context, path);
}

async function readKeyFile(context: CliContext, path: string): Promise<TransferKey> {
  const stat = await context.local.stat(path, { follow: true });
  if (stat !== undefined && (stat.mode & OTHERS_MODE) !== 0) {
    throw new CoterieError("TRANSFER_KEY", `${path} can be read by others: \`chmod 600\` it`, {
      details: { path },
    });
  }
  const text = new TextDecoder().decode(await context.local.readAll(path, MAX_KEY_FILE_BYTES));
  return { key: parseKey(text, path), from: path };
}

function parseKey(text: string, from: string): Uint8Array {
  const digits = text.trim();
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw new CoterieError("TRANSFER_KEY", `${from} holds no key: 64 hexadecimal digits are one`);
  }
  return Uint8Array.from({ length: KEY_BYTES }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
