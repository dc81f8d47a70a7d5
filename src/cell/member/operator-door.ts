/**
 * How operators reach a node's administration from other machines: over TLS 1.3 to the port for links between nodes, where a certificate of the cell's
 * authority proves who they are. One port serves both, as the proof says who is who: streams of operators are taken here, and all others are the links'.
 *
 * Over such a stream runs ONC RPC, as it does on the node's own port.
 */
import type { Service } from "../../marshal/index.ts";
import { type RpcCall, RpcServer } from "../../rpc/index.ts";
import type { Credentials, Listener, ListenOptions, Network, Stream, World } from "../../world/index.ts";

/** Operators' streams at once. */
export const MAX_OPERATOR_STREAMS = 32;
/** A stream over which nothing was asked for so long is closed. */
export const OPERATOR_IDLE_MS = 60_000;

export class OperatorDoor {
  /** A world like the given one, whose secure listeners give operators' streams to the administration. */
  readonly world: World;
  readonly #credentials: Credentials;
  readonly #log: World["log"];
  readonly #server: RpcServer;
  readonly #streams = new Set<Stream>();
  #accept: (stream: Stream) => void = (stream) => stream.destroy();

  constructor(world: World, credentials: Credentials, admin: Service<RpcCall>) {
    this.#credentials = credentials;
    this.#log = world.log;
    this.world = withNetwork(world, { listen: (options) => this.#listen(world.net, options) });
    // It listens nowhere itself: it is given streams.
    const given = withNetwork(world, {
      listen: async ({ bind, onStream }) => {
        this.#accept = onStream;
        return { local: bind, close: async () => {} };
      },
    });
    const limits = { maxConnections: MAX_OPERATOR_STREAMS, idleMs: OPERATOR_IDLE_MS };
    this.#server = new RpcServer(given, { limits });
    this.#server.add(admin);
    void this.#server.listen({ host: "0.0.0.0", port: 1, transports: ["tcp"] });
  }

  /** The cell believes otherwise: streams of those whose certificates were revoked end. */
  look(): void {
    for (const stream of [...this.#streams]) {
      if (stream.peer === undefined || this.#credentials.isRevoked(stream.peer.serial)) stream.destroy();
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #listen(net: Network, options: ListenOptions): Promise<Listener> {
    if (options.secure === undefined) return net.listen(options);
    return net.listen({
      ...options,
      onStream: (stream) => {
        if (stream.peer?.role === "operator") this.#letIn(stream);
        else options.onStream(stream);
      },
    });
  }

  #letIn(stream: Stream): void {
    const { name, serial } = stream.peer ?? {};
    this.#log.info("operator let in", { name, serial, from: stream.remote });
    this.#accept(stream);
    // The server's handler of the end, and then this one's.
    const { onClose } = stream;
    stream.onClose = (error) => {
      this.#streams.delete(stream);
      onClose(error);
    };
    this.#streams.add(stream);
  }
}

/** A world whose streams are secure, and show these credentials. */
export function provingWorld(world: World, credentials: Credentials): World {
  return withNetwork(world, {
    connect: (options) => world.net.connect({ ...options, secure: { credentials } }),
  });
}

function withNetwork(world: World, other: Partial<Network>): World {
  const net: Network = {
    datagram: (options) => world.net.datagram(options),
    listen: (options) => world.net.listen(options),
    connect: (options) => world.net.connect(options),
    resolve: (hostname) => world.net.resolve(hostname),
    ...other,
  };
  const { clock, timers, random, storage, log, memoryBytes, crypto } = world;
  const crc32 = (data: Uint8Array, seed?: number) => world.crc32(data, seed);
  return { clock, timers, random, storage, log, memoryBytes, crypto, crc32, net };
}
