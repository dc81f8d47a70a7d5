/** A simulated node's network: sockets on its own address and on 127.0.0.1. */
import {
  type Address,
  type Clock,
  type ConnectOptions,
  CoterieError,
  type DatagramOptions,
  type DatagramSocket,
  formatAddress,
  type Listener,
  type ListenOptions,
  type Network,
  type Stream,
  secureError,
} from "../world/index.ts";
import { checkLocal, isLoopback, isWildcard } from "./addresses.ts";
import type { Fabric, Host } from "./fabric.ts";
import { ConnectingSide } from "./handshake.ts";
import type { Incarnation } from "./incarnation.ts";
import { SimDatagramSocket } from "./net-datagram.ts";
import { SimListener } from "./net-listener.ts";
import { SimStream } from "./net-stream.ts";

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** How long a lost request to connect waits before it is sent again. */
const CONNECT_RETRY_MS = 1000;
/** What opening a socket or asking for a name takes. */
const LOCAL_CALL_NS = 10_000;

export class SimNetwork implements Network {
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #incarnation: Incarnation;
  readonly #clock: Clock;

  constructor(fabric: Fabric, host: Host, incarnation: Incarnation, clock: Clock) {
    this.#fabric = fabric;
    this.#host = host;
    this.#incarnation = incarnation;
    this.#clock = clock;
  }

  datagram(options: DatagramOptions): Promise<DatagramSocket> {
    return this.#soon(() => new SimDatagramSocket(this.#fabric, this.#host, this.#incarnation, options));
  }

  listen(options: ListenOptions): Promise<Listener> {
    return this.#soon(() => {
      checkLocal(this.#host, options.bind);
      const port = this.#host.tcp.choose(options.bind, false);
      const judge = { incarnation: this.#incarnation, clock: this.#clock };
      return new SimListener(this.#host, judge, { host: options.bind.host, port }, options);
    });
  }

  connect(options: ConnectOptions): Promise<Stream> {
    this.#incarnation.check();
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) return reject(options.signal.reason);
      const place = { fabric: this.#fabric, host: this.#host, incarnation: this.#incarnation };
      new Connecting({ ...place, clock: this.#clock }, options, resolve, reject).begin();
    });
  }

  resolve(hostname: string): Promise<readonly string[]> {
    return this.#soon(() => {
      if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) return [hostname];
      if (hostname === "localhost") return ["127.0.0.1"];
      const found = [...this.#fabric.hosts.values()].find((host) => host.name === hostname);
      if (found !== undefined) return [found.ip];
      throw new CoterieError("NET_NAME_UNKNOWN", `cannot resolve ${hostname}: unknown host name`, {
        details: { where: hostname },
      });
    });
  }

  #soon<T>(make: () => T): Promise<T> {
    this.#incarnation.check();
    return new Promise((resolve, reject) => {
      this.#incarnation.after(LOCAL_CALL_NS, () => {
        try {
          resolve(make());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

/** Where an attempt begins. */
interface Place {
  readonly fabric: Fabric;
  readonly host: Host;
  readonly incarnation: Incarnation;
  readonly clock: Clock;
}

/** One attempt to connect: requests until one is answered, or patience ends. */
class Connecting {
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #incarnation: Incarnation;
  readonly #clock: Clock;
  readonly #options: ConnectOptions;
  readonly #resolve: (stream: Stream) => void;
  readonly #reject: (reason: unknown) => void;
  #stream: SimStream | undefined;
  #handshake: ConnectingSide | undefined;
  #settled = false;

  constructor(
    { fabric, host, incarnation, clock }: Place,
    options: ConnectOptions,
    resolve: (stream: Stream) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#fabric = fabric;
    this.#host = host;
    this.#incarnation = incarnation;
    this.#clock = clock;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    const { to, signal, secure } = this.#options;
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const timer = this.#incarnation.after(timeoutMs * 1e6, () => giveUp(this.#tooLate(timeoutMs)));
    const abort = (): void => giveUp(signal?.reason);
    const settle = (how: () => void): void => {
      if (this.#settled) return;
      this.#settled = true;
      timer.cancel();
      signal?.removeEventListener("abort", abort);
      how();
    };
    const giveUp = (reason: unknown): void =>
      settle(() => {
        this.#stream?.abandon(true);
        this.#reject(reason);
      });
    signal?.addEventListener("abort", abort, { once: true });
    let local: Address;
    try {
      local = this.#chooseLocal();
    } catch (error) {
      this.#incarnation.after(0, () => giveUp(error));
      return;
    }
    const stream = new SimStream(this.#fabric, this.#host, this.#incarnation, local, to);
    this.#stream = stream;
    stream.onAccepted = () => {
      const done = (): void => settle(() => this.#resolve(stream));
      if (this.#settled) stream.destroy();
      else if (secure === undefined) done();
      else {
        const judge = { incarnation: this.#incarnation, clock: this.#clock };
        this.#handshake = new ConnectingSide(stream, judge, secure, { done, failed: giveUp });
      }
    };
    stream.onClose = giveUp;
    this.#request(stream, () => giveUp(failure("NET_REFUSED", to, "connection refused")));
  }

  #tooLate(timeoutMs: number): CoterieError {
    const { to } = this.#options;
    if (this.#handshake === undefined) return failure("NET_UNREACHABLE", to, `no answer in ${timeoutMs} ms`);
    return secureError("TLS_FAILED", to, `no handshake in ${timeoutMs} ms`, { timeoutMs });
  }

  #chooseLocal(): Address {
    const { to, from } = this.#options;
    const host = from?.host ?? (isLoopback(to.host) ? "127.0.0.1" : this.#host.ip);
    checkLocal(this.#host, { host, port: from?.port ?? 0 });
    const address = isWildcard(host) ? this.#host.ip : host;
    if (from?.port === undefined || from.port === 0)
      return { host: address, port: this.#host.tcp.ephemeral() };
    const { port } = from;
    const taken = [...this.#host.streams].some(
      (other) => other.local.port === port && other.remote.port === to.port && other.remote.host === to.host,
    );
    if (taken || this.#host.tcp.on(port).length > 0)
      throw failure("NET_ADDRESS_IN_USE", { host: address, port }, "address already in use");
    return { host: address, port };
  }

  #request(stream: SimStream, refused: () => void): void {
    const { to } = this.#options;
    const { scheduler } = this.#fabric;
    const target = this.#fabric.locate(this.#host, to.host);
    const link = target === undefined ? undefined : this.#fabric.route(this.#host, target)?.link;
    const lost = link === undefined || link.cuts > 0 || link.random.chance(link.options.loss);
    const path = `tcp ${formatAddress(stream.local)}>${formatAddress(to)}`;
    this.#fabric.log(this.#host, `${path} connect${lost ? " lost" : ""}`, "stream");
    if (lost) {
      this.#incarnation.after(CONNECT_RETRY_MS * 1e6, () => this.#settled || this.#request(stream, refused));
      return;
    }
    scheduler.after(link.delayNs(), undefined, () => this.#arrive(target as Host, path, refused));
  }

  /** The request is at the other host. */
  #arrive(target: Host, path: string, refused: () => void): void {
    const stream = this.#stream as SimStream;
    const back = this.#fabric.link(target, this.#host);
    const isCutOff = back.cuts > 0 || this.#fabric.route(target, this.#host) === undefined;
    const { incarnation } = target;
    const listener = incarnation === undefined ? undefined : target.tcp.find(this.#options.to);
    if (target.silent || (listener === undefined && isCutOff) || listener?.isFull) {
      this.#incarnation.after(CONNECT_RETRY_MS * 1e6, () => this.#settled || this.#request(stream, refused));
      return;
    }
    if (listener === undefined || incarnation === undefined) {
      this.#fabric.log(target, `${path} refused`, "stream");
      this.#incarnation.after(back.delayNs(), refused);
      return;
    }
    this.#fabric.log(target, `${path} accepted`, "stream");
    const accepted = new SimStream(this.#fabric, target, incarnation, this.#options.to, stream.local);
    SimStream.join(stream, accepted);
    listener.accept(accepted);
  }
}

function failure(code: string, to: Address, why: string): CoterieError {
  return new CoterieError(code, `cannot connect to ${formatAddress(to)}: ${why}`, { details: { ...to } });
}
