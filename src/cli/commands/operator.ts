/** `coterie operator`: keys with which a cell is asked from other machines. They are made where a node's directory is, and taken away anywhere. */
import type { Command } from "commander";
import { isoTime, MemberCredentials, makeOperator } from "../../cell/index.ts";
import { CoterieError, hex, isCoterieError, isMemberName, type World } from "../../world/index.ts";
import { askCell, cellAddresses, localNodes } from "../cell/ask-cell.ts";
import { askedCell } from "../cell/asked-cell.ts";
import { keyFile, OPERATOR_FILE, OPERATOR_OPTION, operatorCredentials } from "../cell/operator-key.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";
import { parsePort } from "../options.ts";
import { showText } from "../style.ts";

/** What a certificate that is revoked may last at most from now: it is remembered for so long. */
const MAX_LASTING_MS = 90 * 86_400_000;

interface NewOptions {
  readonly dir?: string;
  readonly name: string;
  readonly replace?: boolean;
}

interface RevokeOptions extends LocateOptions {
  readonly force?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const operator = program
    .command("operator")
    .description("Make and revoke keys to administer a cell from other machines");
  withExamples(
    operator
      .command("new")
      .description("Make an operator's key, on a machine with a node's directory")
      .argument("[file]", `where to keep it (default: ${OPERATOR_FILE} in the cell's directory)`)
      .option("--dir <directory>", "the cell's directory, or a node's (default: ~/.local/share/coterie)")
      .option("--name <name>", "the name in its certificate, which logs tell", "operator")
      .option("--replace", "put it in the place of the one in the file, which is revoked")
      .action((file: string | undefined, options: NewOptions) => make(context, file, options)),
    [
      [
        "coterie operator new anna.pem --name anna",
        "carry the file to Anna's machine, and keep it as a password",
      ],
      [
        "coterie operator new --replace",
        "another key in place of the cell's own, before its 90 days are over",
      ],
    ],
  );
  withExamples(
    operator
      .command("revoke")
      .description("Believe an operator's certificate no more, at all nodes")
      .argument("<serial>", "its serial number, 32 hexadecimal digits, as `new` and the nodes' logs tell it")
      .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
      .option("--host <address>", "the address of a node, when no directory is at hand")
      .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
      .option(...OPERATOR_OPTION)
      .option("--force", "revoke it although the cell does not know that it has given it")
      .action((serial: string, options: RevokeOptions) => revoke(context, serial, options)),
    [["coterie operator revoke 4b7a0d1c2e3f405162738495a6b7c8d9", "whoever has the key is let in no more"]],
  );
  withExamples(operator, [["coterie operator new anna.pem --name anna", "a key for somebody else"]]);
}

async function make(context: CliContext, file: string | undefined, options: NewOptions): Promise<void> {
  const { local, output } = context;
  if (!isMemberName(options.name))
    throw new UsageError(`--name ${showText(options.name)}: expected 1 to 255 bytes of text`);
  const world = await context.world();
  const directory = nodeDirectory(context, options.dir);
  const path = local.absolute(file ?? `${directory}/${OPERATOR_FILE}`);
  const isThere = (await local.stat(path)) !== undefined;
  if (isThere && !options.replace)
    throw new UsageError(`${path} is there already: --replace puts another key in its place`);
  if (isThere) await revokeKept(context, world, path, options);
  const { certificate } = await makeAt(context, world, directory, path, options.name);
  const { serial, notAfterMs } = certificate;
  const ends = isoTime({ seconds: Math.floor(notAfterMs / 1000), nanoseconds: 0 });
  output.result(
    { event: "operator", file: path, name: options.name, serial, endsMs: notAfterMs },
    () => `${path} is the key of ${options.name} until ${ends}, serial number ${serial}`,
  );
}

/** Before the new one is there: cut short, the command can be repeated. */
async function revokeKept(
  context: CliContext,
  world: World,
  path: string,
  { dir }: NewOptions,
): Promise<void> {
  const { certificate, authorities } = await operatorCredentials(context, world, path);
  if (!(await isBelieved(context, world, authorities, dir))) return;
  const addresses = await cellAddresses(context, dir === undefined ? {} : { dir });
  await askCell(world, addresses, (admin) => admin.revokeAny(certificate.serial, certificate.notAfterMs));
}

/** Whether nodes here believe the authority that certified a key: after a change of authorities there is nothing to revoke. */
async function isBelieved(
  context: CliContext,
  world: World,
  [certifying]: readonly Uint8Array[],
  dir: string | undefined,
): Promise<boolean> {
  for (const { directory } of await localNodes(context, nodeDirectory(context, dir))) {
    const node = await MemberCredentials.open(world, directoryFiles(context.local, directory));
    const known = node?.authorities.map(hex) ?? [];
    if (certifying !== undefined && known.includes(hex(certifying))) return true;
  }
  return false;
}

/** By the authority's key in a node's directory here. */
async function makeAt(
  context: CliContext,
  world: World,
  directory: string,
  path: string,
  name: string,
): Promise<MemberCredentials> {
  const { local } = context;
  const { folder, name: file } = keyFile(context, path);
  const place = { files: directoryFiles(local, folder), file };
  let last = new CoterieError("CELL_UNREACHABLE", `${directory} has no node of a cell`, {
    details: { directory },
  });
  for (const node of await localNodes(context, directory)) {
    try {
      return await makeOperator(world, directoryFiles(local, node.directory), name, place);
    } catch (error) {
      if (!isCoterieError(error, "AUTHORITY_ABSENT")) throw error;
      last = error;
    }
  }
  throw last;
}

async function revoke(context: CliContext, serial: string, options: RevokeOptions): Promise<void> {
  if (!/^[0-9a-f]{32}$/.test(serial)) throw new UsageError(`${serial}: expected 32 hexadecimal digits`);
  const { world, ask } = await askedCell(context, options);
  const endsMs = world.clock.wall().seconds * 1000 + MAX_LASTING_MS;
  const revision = await ask((admin) =>
    options.force ? admin.revokeAny(serial, endsMs) : admin.revoke(serial, endsMs),
  );
  context.output.result(
    { event: "revoke", serial, revision },
    () => `the certificate ${serial} is believed by no node any more`,
  );
}
