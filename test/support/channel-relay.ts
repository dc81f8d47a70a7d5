/**
 * Somebody between two endpoints of a simulated network: what one sends it passes on to the other, both know only
 * its address, and it may keep, alter, drop, double or play back whatever it sees.
 */
import type { Address, DatagramSocket, World } from "../../src/world/index.ts";

export interface Passed {
  readonly towards: "server" | "client";
  readonly packet: Uint8Array;
}

export class Relay {
  /** Everything that came, as it came. */
  readonly seen: Passed[] = [];
  /** What becomes of each packet: any number of packets to pass on. */
  change: (passed: Passed) => readonly Uint8Array[] = ({ packet }) => [packet];
  readonly #socket: DatagramSocket;
  readonly #server: Address;
  #client: Address | undefined;

  static async open(world: World, port: number, server: Address): Promise<Relay> {
    const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port } });
    return new Relay(socket, server);
  }

  private constructor(socket: DatagramSocket, server: Address) {
    this.#socket = socket;
    this.#server = server;
    socket.onMessage = (packet, from) => {
      const isServer = from.host === server.host && from.port === server.port;
      if (!isServer) this.#client = from;
      const passed: Passed = { towards: isServer ? "client" : "server", packet };
      this.seen.push(passed);
      for (const each of this.change(passed)) this.send(passed.towards, each);
    };
  }

  /** Sends anything to either side, from the address that it takes for its peer's. */
  send(towards: "server" | "client", packet: Uint8Array): void {
    const to = towards === "server" ? this.#server : this.#client;
    if (to !== undefined) this.#socket.send(packet, to);
  }
}
