/** `coterie rpc ping`: calls procedure 0, which does nothing, of one version or of all that a server has. */
import { ping, programName } from "../../naming/index.ts";
import type { RpcClient } from "../../rpc/index.ts";
import { isCoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus, UsageError } from "../errors.ts";
import { parseProgram, type ReachFlags, reach } from "./reach.ts";

/** Versions of a range that are called at most: a refusal can name four thousand millions. */
const MAX_VERSIONS = 64;

/** The versions that a server names, of which some may be gaps. */
interface VersionRange {
  readonly low: number;
  readonly high: number;
}

/** What came of calling one version; with the server's range when none was named. */
interface Pinged extends Partial<VersionRange> {
  readonly program: number;
  readonly version: number;
  readonly host: string;
  readonly port: number;
  readonly transport: string;
  readonly ready: boolean;
  /** Milliseconds there and back, of a call on a connection that was there; 0 when it is not ready. */
  readonly roundTripMs: number;
}

export async function pingProgram(
  context: CliContext,
  host: string,
  programText: string,
  versionText: string | undefined,
  flags: ReachFlags,
): Promise<void> {
  const program = parseProgram(programText);
  const world = await context.world();
  const wanted = versionText === undefined ? undefined : parseVersion(versionText);
  const { client, port } = await reach(world, host, program, wanted, flags);
  try {
    const range = wanted === undefined ? await rangeOf(client, program) : undefined;
    for (const version of range === undefined ? [wanted as number] : versionsToCall(context, range)) {
      const ready = await isReady(client, program, version, wanted !== undefined);
      // The first call made the connection; the second tells the time of a call.
      const begin = world.clock.monotonicMs();
      if (ready) await ping(client, program, version);
      const roundTripMs = ready ? Number((world.clock.monotonicMs() - begin).toFixed(3)) : 0;
      show(context, {
        program,
        version,
        host,
        port,
        transport: flags.transport,
        ready,
        roundTripMs,
        ...range,
      });
    }
  } finally {
    await client.close();
  }
}

function parseVersion(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) {
    throw new UsageError(`${text} is no version: expected a number of 0 to 4294967295`);
  }
  return Number(text);
}

/** Version 0 hardly exists: the refusal tells the range. */
async function rangeOf(client: RpcClient, program: number): Promise<VersionRange> {
  try {
    await ping(client, program, 0);
    return { low: 0, high: 0 };
  } catch (error) {
    if (!isCoterieError(error, "RPC_PROG_MISMATCH")) throw error;
    const { low, high } = error.details as { low: number; high: number };
    if (low > high) throw error;
    return { low, high };
  }
}

function versionsToCall({ output }: CliContext, { low, high }: VersionRange): number[] {
  const last = Math.min(high, low + MAX_VERSIONS - 1);
  if (last < high) {
    const named = `the versions ${low} to ${high} that the server names`;
    output.note(`calling only ${low} to ${last} of ${named}; name a version to call another`);
  }
  return Array.from({ length: last - low + 1 }, (_, i) => low + i);
}

/** A version that was named must be there; one of a range may be a gap. */
async function isReady(
  client: RpcClient,
  program: number,
  version: number,
  isNamed: boolean,
): Promise<boolean> {
  try {
    await ping(client, program, version);
    return true;
  } catch (error) {
    if (isNamed || !isCoterieError(error, "RPC_PROG_MISMATCH")) throw error;
    return false;
  }
}

function show(context: CliContext, pinged: Pinged): void {
  if (!pinged.ready) context.exitStatus = ExitStatus.findings;
  context.output.result(pinged, (style) => {
    const name = programName(pinged.program);
    const what = `program ${pinged.program}${name === undefined ? "" : ` (${name})`} version ${pinged.version}`;
    return pinged.ready
      ? `${what} ${style.green("ready")} at ${pinged.transport} port ${pinged.port}, ${pinged.roundTripMs} ms`
      : `${what} ${style.red("not served")}`;
  });
}
