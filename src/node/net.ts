/** The machine's network: TCP through node:net, UDP through node:dgram, names through the system's resolver. */
import { lookup } from "node:dns/promises";
import { createServer, isIP, Socket, SocketAddress } from "node:net";
import {
  type Address,
  type ConnectOptions,
  CoterieError,
  type DatagramOptions,
  type DatagramSocket,
  formatAddress,
  type Listener,
  type ListenOptions,
  type Log,
  type Network,
  type Stream,
} from "../world/index.ts";
import { netError } from "./errors.ts";
import { openDatagramSocket } from "./net-datagram.ts";
import { NodeStream } from "./net-stream.ts";
import { SecureAcceptor } from "./tls-acceptor.ts";
import { secureClient } from "./tls-client.ts";
import { clientContext, type Judge } from "./tls-context.ts";

/** Connections that the system completes before we accept them. */
const BACKLOG = 4096;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

class NodeNetwork implements Network {
  readonly #log: Log;
  readonly #judge: Judge;

  constructor(log: Log, judge: Judge) {
    this.#log = log;
    this.#judge = judge;
  }

  datagram(options: DatagramOptions): Promise<DatagramSocket> {
    return openDatagramSocket(options, this.#log);
  }

  listen(options: ListenOptions): Promise<Listener> {
    const { bind, onStream, secure } = options;
    const acceptor = secure && new SecureAcceptor(secure, this.#judge, onStream);
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      if (acceptor === undefined) onStream(new NodeStream(socket));
      else acceptor.accept(socket);
    });
    return new Promise((resolve, reject) => {
      server.once("error", (error) => reject(netError(error, "listen on", bind)));
      server.listen({ host: bind.host, port: bind.port, backlog: BACKLOG, exclusive: true }, () => {
        server.removeAllListeners("error");
        server.on("error", (error) => this.#log.warn("accept failed", { error: error.message, local: bind }));
        const { address, port } = server.address() as { address: string; port: number };
        resolve({ local: { host: address, port }, close: () => closeServer(server) });
      });
    });
  }

  async connect(options: ConnectOptions): Promise<Stream> {
    const { to, secure, signal, timeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
    // Misuse is to be told before a connection is there.
    if (secure !== undefined) clientContext(this.#judge.crypto, secure);
    const beganMs = performance.now();
    const socket = await dial(options, timeoutMs);
    if (secure === undefined) return new NodeStream(socket);
    const leftMs = Math.max(1, timeoutMs - (performance.now() - beganMs));
    return secureClient(socket, { secure, judge: this.#judge, to, timeoutMs: leftMs, signal });
  }

  async resolve(hostname: string): Promise<readonly string[]> {
    if (isIP(hostname) === 6) return [canonical(hostname)];
    if (isIP(hostname) !== 0) return [hostname];
    try {
      const found = await lookup(hostname, { all: true });
      const addresses = found.sort((a, b) => a.family - b.family).map((entry) => entry.address);
      return [...new Set(addresses)];
    } catch (error) {
      throw netError(error, "resolve", hostname);
    }
  }
}

/** A connection of TCP. Errors: NET_…; the signal's reason. */
function dial({ to, from, signal }: ConnectOptions, timeoutMs: number): Promise<Socket> {
  if (isIP(to.host) === 0) return Promise.reject(notAnAddress(to));
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const socket = new Socket({ allowHalfOpen: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      socket.removeListener("error", fail);
    };
    const giveUp = (reason: unknown): void => {
      settle();
      socket.on("error", () => {});
      socket.destroy();
      reject(reason);
    };
    const fail = (error: Error): void => giveUp(netError(error, "connect to", to));
    const abort = (): void => giveUp(signal?.reason);
    const timer = setTimeout(() => giveUp(timedOut(to, timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.setNoDelay(true);
    socket.connect({ host: to.host, port: to.port, ...localPart(from) }, () => {
      settle();
      resolve(socket);
    });
  });
}

/** An IPv6 address as the system writes it where it tells who sent something. */
function canonical(address: string): string {
  const [plain = "", zone] = address.split("%");
  const text = new SocketAddress({ address: plain, family: "ipv6" }).address;
  return zone === undefined ? text : `${text}%${zone}`;
}

function localPart(from: Partial<Address> | undefined): { localAddress?: string; localPort?: number } {
  return {
    ...(from?.host === undefined ? {} : { localAddress: from.host }),
    ...(from?.port === undefined ? {} : { localPort: from.port }),
  };
}

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  // Node calls back only when the accepted streams are gone too; accepting has stopped when `close` returns.
  if (server.listening) server.close();
  return Promise.resolve();
}

function timedOut(to: Address, timeoutMs: number): CoterieError {
  return new CoterieError(
    "NET_UNREACHABLE",
    `cannot connect to ${formatAddress(to)}: no answer in ${timeoutMs} ms`,
    {
      details: { host: to.host, port: to.port, timeoutMs },
    },
  );
}

function notAnAddress(to: Address): CoterieError {
  return new CoterieError("NET_NAME_UNKNOWN", `cannot connect to ${formatAddress(to)}: not an IP address`, {
    details: { host: to.host, port: to.port },
  });
}

export function createNodeNetwork(log: Log, judge: Judge): Network {
  return new NodeNetwork(log, judge);
}
