/**
 * A server without its public face. The dispatcher decides, connections and datagram sockets carry; this class owns
 * them, bounds them, and closes them.
 */
import type { Service } from "../marshal/index.ts";
import {
  type Address,
  type DatagramSocket,
  isCoterieError,
  type Listener,
  type Stream,
  type Timer,
  type World,
} from "../world/index.ts";
import { Dispatcher } from "./dispatcher.ts";
import { RpcError } from "./errors.ts";
import { type ConnectionOwner, ServerConnection } from "./server-connection.ts";
import { ServerDatagrams } from "./server-datagrams.ts";
import {
  defaultServerLimits,
  type RpcCall,
  type RpcListenOptions,
  type RpcServerLimits,
  type RpcServerOptions,
  type RpcServerStats,
  type Transport,
} from "./types.ts";

/** How often a port that is free for TCP is tried for UDP, when any port will do. */
const PORT_PAIR_TRIES = 32;
/** A connection that was quiet for so many sweeps is closed; a sweep comes after `idleMs` / this. */
const QUIET_SWEEPS = 4;
const bothTransports: readonly Transport[] = ["tcp", "udp"];

export class ServerCore implements ConnectionOwner {
  readonly world: World;
  readonly limits: RpcServerLimits;
  readonly dispatcher: Dispatcher;
  private readonly listeners: Listener[] = [];
  private readonly datagrams: ServerDatagrams[] = [];
  private readonly connections = new Set<ServerConnection>();
  /** Connections with replies of this turn to write. */
  private unflushed: ServerConnection[] = [];
  private readonly flushAll = () => this.proceedAll();
  /** Connections that stopped because of `maxCalls`. */
  private readonly waiting = new Set<ServerConnection>();
  private sweeper: Timer | undefined = undefined;
  private closing: Promise<void> | undefined = undefined;
  private onQuiet: () => void = () => {};
  private connectionsAccepted = 0;
  private connectionsRefused = 0;
  private connectionsDropped = 0;

  constructor(world: World, options: RpcServerOptions = {}) {
    this.world = world;
    this.limits = { ...defaultServerLimits, ...options.limits };
    this.dispatcher = new Dispatcher(world, this.limits);
    this.dispatcher.onSettled = () => this.settled();
  }

  add(service: Service<RpcCall>): void {
    this.dispatcher.add(service);
  }

  async listen(options: RpcListenOptions): Promise<Address> {
    if (this.closing !== undefined) throw new TypeError("the server is closed");
    const transports = options.transports ?? bothTransports;
    if (transports.length === 0) throw new TypeError("listen: no transport");
    const tries = options.port === 0 && transports.length > 1 ? PORT_PAIR_TRIES : 1;
    for (let left = tries; left > 0; left--) {
      const address = await this.tryListen(options, transports, left > 1);
      if (address !== undefined) return address;
    }
    throw new RpcError("RPC_PORT_PAIR", `no port of ${options.host} is free for both TCP and UDP`);
  }

  stats(): RpcServerStats {
    const { dispatcher } = this;
    return {
      connections: this.connections.size,
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: this.connectionsRefused,
      connectionsDropped: this.connectionsDropped,
      callsInFlight: dispatcher.callsInFlight,
      calls: dispatcher.calls,
      replies: { ...dispatcher.replies },
      duplicatesReplayed: dispatcher.duplicatesReplayed,
      duplicatesInProgress: dispatcher.duplicatesInProgress,
      cachedReplies: dispatcher.cache.entries,
      cachedReplyBytes: dispatcher.cache.bytes,
      badMessages: dispatcher.badMessages,
      datagramsDropped: this.datagrams.reduce((sum, socket) => sum + socket.dropped, 0),
    };
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  flushSoon(connection: ServerConnection): void {
    if (this.unflushed.length === 0) this.world.timers.soon(this.flushAll);
    this.unflushed.push(connection);
  }

  waitForRoom(connection: ServerConnection): void {
    this.waiting.add(connection);
  }

  dropped(connection: ServerConnection, why: string): void {
    this.connectionsDropped++;
    this.world.log.warn("rpc.connection-dropped", { remote: connection.remote, why });
  }

  closed(connection: ServerConnection): void {
    this.connections.delete(connection);
    this.waiting.delete(connection);
    if (this.connections.size === 0) {
      this.sweeper?.cancel();
      this.sweeper = undefined;
    }
    this.checkQuiet();
  }

  private async tryListen(
    options: RpcListenOptions,
    transports: readonly Transport[],
    mayFail: boolean,
  ): Promise<Address | undefined> {
    let listener: Listener | undefined;
    let port = options.port;
    if (transports.includes("tcp")) {
      const bind = { host: options.host, port };
      listener = await this.world.net.listen({ bind, onStream: (stream) => this.accept(stream) });
      port = listener.local.port;
    }
    let socket: DatagramSocket | undefined;
    if (transports.includes("udp")) {
      try {
        socket = await this.world.net.datagram({ bind: { host: options.host, port } });
      } catch (error) {
        await listener?.close();
        if (mayFail && isCoterieError(error, "NET_ADDRESS_IN_USE")) return undefined;
        throw error;
      }
    }
    if (this.closing !== undefined) {
      socket?.close();
      await listener?.close();
      throw new TypeError("the server was closed while it began to listen");
    }
    if (socket !== undefined) this.datagrams.push(new ServerDatagrams(socket, this.dispatcher, this.limits));
    if (listener !== undefined) this.listeners.push(listener);
    return (listener ?? socket)?.local;
  }

  private accept(stream: Stream): void {
    if (this.closing !== undefined || this.connections.size >= this.limits.maxConnections) {
      this.connectionsRefused++;
      this.world.log.warn("rpc.connection-refused", {
        remote: stream.remote,
        maxConnections: this.limits.maxConnections,
      });
      stream.destroy();
      return;
    }
    this.connectionsAccepted++;
    this.connections.add(new ServerConnection(this, stream));
    if (this.sweeper === undefined) this.armSweep();
  }

  private proceedAll(): void {
    const batch = this.unflushed;
    this.unflushed = [];
    for (const connection of batch) connection.proceed();
  }

  private settled(): void {
    // Each in turn, as far as there is room; one that has to stop again waits behind the others.
    for (let left = this.waiting.size; left > 0 && !this.isFull(); left--) {
      const [connection] = this.waiting;
      if (connection === undefined) break;
      this.waiting.delete(connection);
      connection.proceed();
    }
    if (this.closing !== undefined) this.checkQuiet();
  }

  private isFull(): boolean {
    return this.dispatcher.callsInFlight >= this.limits.maxCalls;
  }

  private armSweep(): void {
    this.sweeper = this.world.timers.after(this.limits.idleMs / QUIET_SWEEPS, () => this.sweep());
  }

  private sweep(): void {
    for (const connection of this.connections) {
      if (connection.stirred || connection.awaited) connection.quietSweeps = 0;
      else connection.quietSweeps++;
      connection.stirred = false;
      connection.trim();
      if (connection.quietSweeps >= QUIET_SWEEPS) this.giveUp(connection);
    }
    this.sweeper = undefined;
    if (this.connections.size > 0) this.armSweep();
  }

  /** Calls that still run although nobody is seen waiting for them are a defect of their handler, and worth a line. */
  private giveUp(connection: ServerConnection): void {
    if (connection.callsInFlight > 0)
      this.dropped(connection, `silence, ${connection.callsInFlight} calls not answered`);
    connection.destroy();
  }

  private async shutDown(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.close()));
    for (const socket of this.datagrams) socket.finish();
    for (const connection of this.connections) connection.finish();
    await this.quiet();
    for (const connection of this.connections) connection.destroy();
    for (const socket of this.datagrams) socket.close();
  }

  /** Resolves when nothing is in flight and every connection is gone, or after `closeMs`. */
  private quiet(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.world.timers.after(this.limits.closeMs, () => resolve());
      this.onQuiet = () => {
        timer.cancel();
        resolve();
      };
      this.checkQuiet();
    });
  }

  private checkQuiet(): void {
    if (this.connections.size === 0 && this.dispatcher.callsInFlight === 0) this.onQuiet();
  }
}
