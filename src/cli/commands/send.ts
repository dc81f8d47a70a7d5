/** `coterie send`: sends files to a machine on which `coterie receive` runs. */
import type { Command } from "commander";
import { isLoopbackHost } from "../../cell/index.ts";
import { openEndpoint, type TransferProgress } from "../../channel/index.ts";
import { type Address, CoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parsePathArgument } from "../files/arguments.ts";
import { parseServer } from "../files/servers.ts";
import { withExamples } from "../help.ts";
import { parseDuration } from "../options.ts";
import { stopRequests } from "../stop-requests.ts";
import { namedKey, ownKey, ownKeyFile, type TransferKey } from "../transfer/key.ts";
import { LocalSource } from "../transfer/local-source.ts";
import { showOutcome } from "../transfer/outcome.ts";
import { CHANNEL_LIMITS, DEFAULT_TRANSFER_PORT, securityOf } from "../transfer/peer.ts";
import { SendSession } from "../transfer/send-session.ts";
import { TransferBar } from "../transfer/transfer-bar.ts";

interface SendOptions {
  readonly keyFile?: string;
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const STREAM = "-";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("send")
    .description("Send files to another machine, checked from end to end")
    .argument("<path...>", "files of this machine, and last the receiver: HOST, HOST:PORT or [IPV6]:PORT")
    .option(
      "--key-file <path>",
      "the receiver's secret key (default: COTERIE_TRANSFER_KEY; to other machines then ~/.local/share/coterie/transfer.key)",
    )
    .option(
      "--timeout <duration>",
      "how long to try again when the way there is broken (default: 1min)",
      parseDuration,
    )
    .action((words: string[], options: SendOptions) => send(context, words, options));
  withExamples(command, [
    ["coterie send backup.tar 127.0.0.1", "sends a file to `coterie receive` on this machine"],
    [
      "coterie send --key-file files.key a.iso b.iso files.example.org",
      "two files to another machine, with a copy of its key",
    ],
    ["coterie send backup.tar [2001:db8::7]:7000", "another port; the copy of the key is at its usual place"],
  ]);
}

async function send(context: CliContext, words: readonly string[], options: SendOptions): Promise<void> {
  const receiver = words.at(-1);
  if (receiver === undefined || words.length < 2) throw new UsageError("send needs a file and a receiver");
  const files = words.slice(0, -1);
  if (files.includes(STREAM)) {
    throw new UsageError(
      "standard input cannot be sent: it cannot be read a second time to compare; write it to a file first",
    );
  }
  const world = await context.world();
  const to = await resolve(world, parseServer(receiver, DEFAULT_TRANSFER_PORT));
  const key = await keyFor(context, to, options.keyFile);
  const endpoint = await openEndpoint(world, {
    bind: { host: sourceFor(to.host), port: 0 },
    security: securityOf(key),
    limits: CHANNEL_LIMITS,
  });
  try {
    await sendEach(context, world, files, (view) => {
      const timeoutMs = options.timeout ?? DEFAULT_TIMEOUT_MS;
      return new SendSession(world, { endpoint, to, keyFrom: key?.from, timeoutMs, ...view });
    });
  } finally {
    await endpoint.close();
  }
}

async function resolve(world: World, { host, port }: Address): Promise<Address> {
  const [address] = await world.net.resolve(host);
  if (address === undefined) throw new CoterieError("NET_NAME_UNKNOWN", `${host} has no address`);
  return { host: address, port };
}

/** The address to send from: of the same family, and of this machine alone where the receiver is on it. */
function sourceFor(host: string): string {
  if (isLoopbackHost(host)) return host;
  return host.includes(":") ? "::" : "0.0.0.0";
}

/** What is sent over a network is sent under a key; on this machine only if one is named. */
async function keyFor(
  context: CliContext,
  to: Address,
  keyFile: string | undefined,
): Promise<TransferKey | undefined> {
  const named = await namedKey(context, keyFile);
  if (named !== undefined || isLoopbackHost(to.host)) return named;
  const own = await ownKey(context);
  if (own !== undefined) return own;
  const path = ownKeyFile(context);
  const says = `there is no key to send to ${to.host} with: copy the receiver's key file to ${path}, or name the copy with --key-file`;
  throw new CoterieError("TRANSFER_KEY", says, { details: { path } });
}

interface View {
  readonly onProgress: (progress: TransferProgress) => void;
  readonly onRetry: (why: CoterieError) => void;
}

async function sendEach(
  context: CliContext,
  world: World,
  files: readonly string[],
  open: (view: View) => SendSession,
): Promise<void> {
  const bar = new TransferBar(context, world);
  const session = open({
    onProgress: (progress) => bar.show(progress),
    onRetry: (why) => {
      bar.hide();
      context.output.note(`${why.message}; trying again`);
    },
  });
  const stop = stopRequests(context.process);
  stop.first.then(() => session.stop());
  try {
    for (const file of files) {
      try {
        await sendOne(context, world, session, file, bar);
      } catch (error) {
        if (!(error instanceof CoterieError) || files.length === 1) throw error;
        const failure = atFile(error, file);
        if (endsAll(error)) throw failure;
        await context.reportFailure(failure);
      }
    }
    await session.end();
  } finally {
    stop.release();
  }
}

/** The failure with the name of the file: of several it must be known which. Those of this machine's files say it. */
function atFile(error: CoterieError, file: string): CoterieError {
  const { code, message, details } = error;
  if (code.startsWith("LOCAL_")) return error;
  return new CoterieError(code, `${file}: ${message}`, { cause: error, details });
}

/** What every further file would meet too. */
function endsAll({ code }: CoterieError): boolean {
  return code === "TRANSFER_UNREACHABLE" || code === "TRANSFER_INTERRUPTED" || code.startsWith("NET_");
}

async function sendOne(
  context: CliContext,
  world: World,
  session: SendSession,
  file: string,
  bar: TransferBar,
): Promise<void> {
  const source = new LocalSource(context.local, parsePathArgument(file));
  // What cannot be sent is told before anybody is looked for.
  await source.state();
  const startedMs = world.clock.monotonicMs();
  const result = await session.send(source).finally(() => bar.hide());
  showOutcome(context.output, "sent", result, world.clock.monotonicMs() - startedMs);
}
