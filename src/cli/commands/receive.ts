/** `coterie receive`: receives files into a directory until it is told to stop. */
import type { Command } from "commander";
import { isLoopbackHost } from "../../cell/index.ts";
import { type Endpoint, openEndpoint, type TransferProgress } from "../../channel/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import type { CliContext, OwnedWorld } from "../context.ts";
import { withExamples } from "../help.ts";
import { parsePort } from "../options.ts";
import { stopRequests } from "../stop-requests.ts";
import { showBytes } from "../style.ts";
import { makeOwnKey, namedKey, ownKey, type TransferKey } from "../transfer/key.ts";
import { LocalStore } from "../transfer/local-store.ts";
import { showOutcome } from "../transfer/outcome.ts";
import { CHANNEL_LIMITS, DEFAULT_TRANSFER_PORT, securityOf } from "../transfer/peer.ts";
import { ReceiveService, type ReceiveView } from "../transfer/receive-service.ts";
import { TransferBar } from "../transfer/transfer-bar.ts";

interface ReceiveOptions {
  readonly dir: string;
  readonly bind: string;
  readonly port: number;
  readonly keyFile?: string;
  readonly force?: boolean;
  readonly once?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("receive")
    .description("Receive files that other machines send")
    .option("--dir <directory>", "where files go", ".")
    .option(
      "--bind <address>",
      "the address to listen on; other machines reach one of the network's",
      "127.0.0.1",
    )
    .option("--port <port>", "the UDP port, 0 for any that is free", parsePort, DEFAULT_TRANSFER_PORT)
    .option(
      "--key-file <path>",
      "the secret key, which senders have too (default: COTERIE_TRANSFER_KEY; with --bind then one that is made)",
    )
    .option("--force", "replace files of the same name")
    .option("--once", "end when a sender has sent all its files")
    .action((options: ReceiveOptions) => receive(context, options));
  withExamples(command, [
    ["coterie receive", "from senders on this machine, into this directory"],
    [
      "coterie receive --bind 0.0.0.0 --dir inbox",
      "from other machines; says where the key is of which they need a copy",
    ],
    ["coterie receive --once --json", "one sender's files, told as lines of JSON"],
  ]);
}

async function receive(context: CliContext, options: ReceiveOptions): Promise<void> {
  const directory = context.local.absolute(options.dir);
  await requireDirectory(context, directory);
  const claim = await context.local.claimDirectory(directory);
  if (claim === undefined) {
    throw new CoterieError("TRANSFER_BUSY", `another process receives into ${directory}`, {
      details: { directory },
    });
  }
  try {
    const world = await context.world();
    const key = await keyFor(context, world, options);
    await serve(context, world, options, directory, key);
  } finally {
    claim.release();
  }
}

async function requireDirectory({ local }: CliContext, directory: string): Promise<void> {
  const stat = await local.stat(directory, { follow: true });
  if (stat?.type === "directory") return;
  const [code, says] =
    stat === undefined ? ["LOCAL_NOT_FOUND", "does not exist"] : ["LOCAL_TYPE", "is no directory"];
  throw new CoterieError(code as string, `${directory} ${says}`, { details: { path: directory } });
}

/** Whoever can reach this machine must have the key; on the loopback address one is wanted only if it is named. */
async function keyFor(
  context: CliContext,
  world: World,
  options: ReceiveOptions,
): Promise<TransferKey | undefined> {
  const named = await namedKey(context, options.keyFile);
  if (named !== undefined || isLoopbackHost(options.bind)) return named;
  const own = await ownKey(context);
  if (own !== undefined) return own;
  const made = await makeOwnKey(context, world);
  context.output.note(
    `made the key ${made.from}: copy it to the same place on the senders' machines, or name the copy there with --key-file`,
  );
  return made;
}

async function serve(
  context: CliContext,
  world: OwnedWorld,
  options: ReceiveOptions,
  directory: string,
  key: TransferKey | undefined,
): Promise<void> {
  const ended = new Ended();
  const view = new Shown(context, world, options.once === true, ended);
  const store = new LocalStore({
    local: context.local,
    directory,
    force: options.force === true,
    onCached: () =>
      view.note(`${directory}: what is written here is read back from memory, not from the disk`),
  });
  const service = new ReceiveService(world, store, view);
  const endpoint = await openEndpoint(world, {
    bind: { host: options.bind, port: options.port },
    security: securityOf(key),
    limits: CHANNEL_LIMITS,
    onChannel: (channel) => service.accept(channel),
  });
  const stop = stopRequests(context.process);
  stop.first.then(() => ended.resolve());
  try {
    announce(context, endpoint, directory, key);
    await ended.promise;
  } finally {
    stop.release();
    view.hide();
    await service.stop();
    await endpoint.close();
  }
}

function announce(
  context: CliContext,
  { local }: Endpoint,
  directory: string,
  key: TransferKey | undefined,
): void {
  // A reader that takes the first line and goes does not end the receiver.
  context.terminal.out.onGone = () => {};
  context.terminal.err.onGone = () => {};
  const { host, port } = local;
  const ready = { event: "ready", host, port, directory, key: key?.from ?? null };
  context.output.result(ready, (style) => {
    const where = style.bold(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
    const who = key === undefined ? "from this machine" : `from senders with the key of ${key.from}`;
    return `receiving into ${directory} at ${where}, ${who}`;
  });
}

/** Until when to serve. */
class Ended {
  readonly promise: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** What is seen of it. */
class Shown implements ReceiveView {
  readonly #context: CliContext;
  readonly #isOnce: boolean;
  readonly #ended: Ended;
  readonly #bar: TransferBar;

  constructor(context: CliContext, world: World, isOnce: boolean, ended: Ended) {
    this.#context = context;
    this.#bar = new TransferBar(context, world);
    this.#isOnce = isOnce;
    this.#ended = ended;
  }

  onProgress(progress: TransferProgress): void {
    this.#bar.show(progress);
  }

  onReceived(...[result, elapsedMs]: Parameters<ReceiveView["onReceived"]>): void {
    this.hide();
    showOutcome(this.#context.output, "received", result, elapsedMs);
  }

  onFailed({ name, error }: Parameters<ReceiveView["onFailed"]>[0]): void {
    this.hide();
    const shown = showBytes(name);
    const { code, message } = error;
    if (this.#context.output.json) {
      this.#context.output.result({ event: "failed", name: shown, code, message }, () => "");
    } else this.note(`${code}: ${shown === "" ? "" : `${shown}: `}${message}`);
  }

  onSessionEnd({ inOrder }: { readonly inOrder: boolean }, received: number, failed: number): void {
    if (this.#isOnce && inOrder && received > 0 && failed === 0) this.#ended.resolve();
  }

  onBroken(error: unknown): void {
    this.#ended.reject(error);
  }

  hide(): void {
    this.#bar.hide();
  }

  note(text: string): void {
    this.hide();
    this.#context.output.note(text);
  }
}
