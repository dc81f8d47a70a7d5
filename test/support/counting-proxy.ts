/**
 * A TCP proxy that counts what passes: a test can do something after so many bytes, in the middle of a transfer,
 * without waiting for a time. While nothing listens behind it, connections are closed at once.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class CountingProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #bytes = 0;
  #marks: { readonly at: number; readonly reached: () => void }[] = [];

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.port = port;
    server.on("connection", (client) => this.#join(client, target));
  }

  /** Listens on a port of 127.0.0.1 for connections to another. */
  static async start(target: number): Promise<CountingProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CountingProxy(server, (server.address() as { port: number }).port, target);
  }

  /** Bytes that passed, in both directions. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when `count` more bytes have passed. */
  after(count: number): Promise<void> {
    return new Promise((reached) => {
      this.#marks.push({ at: this.#bytes + count, reached });
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket, port: number): void {
    const server = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (data) => this.#count(data.length));
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  #count(length: number): void {
    this.#bytes += length;
    this.#marks = this.#marks.filter(({ at, reached }) => {
      if (at > this.#bytes) return true;
      reached();
      return false;
    });
  }
}
