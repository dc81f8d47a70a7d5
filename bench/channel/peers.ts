/**
 * What is measured, each as one side that takes messages and one that sends them: channels with a checksum and with
 * keys, bare datagrams, and a TCP stream with a length before each message.
 */
import dgram from "node:dgram";
import net from "node:net";
import { openEndpoint, type Security } from "../../src/channel/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";

export const LOOPBACK = "127.0.0.1";
/** The largest datagram: larger messages go in several where nothing else cuts them. */
export const MAX_DATAGRAM_BYTES = 65_507;
/** Datagrams that the bare sender sends before others have a turn. */
const DATAGRAM_BURST = 64;

/** Messages that go into a stream before others have a turn. */
const STREAM_BURST = 1024;

export type PeerName = "checksum" | "keys" | "udp" | "tcp";

/** Counts what arrived whole, and in how many packets, where they are seen. */
export interface Tally {
  messages: number;
  bytes: number;
  packets(): number;
}

export interface Sender {
  /** Sends messages of `bytes` bytes as fast as they go, until `stop`. */
  start(bytes: number): void;
  stop(): void;
  /** Sends one message; `onReply` is called for each that comes back. */
  send(message: Uint8Array): void;
  onReply: () => void;
}

export interface Peer {
  /** Takes messages at an address of this machine, counts them, and sends them back when `isEcho`; returns the port. */
  serve(host: string, tally: Tally, isEcho: boolean): Promise<number>;
  connect(host: string, port: number): Promise<Sender>;
}

const securityOf: Readonly<Record<"checksum" | "keys", Security>> = {
  checksum: { kind: "checksum" },
  keys: { kind: "shared-key", key: new Uint8Array(32).fill(7) },
};

function channels(kind: "checksum" | "keys"): Peer {
  const security = securityOf[kind];
  return {
    async serve(host, tally, isEcho) {
      const endpoint = await openEndpoint(createNodeWorld(), {
        bind: { host, port: 0 },
        security,
        onChannel: (channel) => {
          channel.onMessage = (message) => {
            tally.messages++;
            tally.bytes += message.length;
            if (isEcho) channel.send(message);
          };
        },
      });
      tally.packets = () => endpoint.stats().packetsReceived;
      return endpoint.local.port;
    },
    async connect(host, port) {
      const endpoint = await openEndpoint(createNodeWorld(), { bind: { host, port: 0 }, security });
      const channel = await endpoint.connect({ host, port });
      channel.onClose = (error) => {
        throw error ?? new Error("the channel was closed");
      };
      let message: Uint8Array | undefined;
      const pump = () => {
        while (message !== undefined && channel.send(message) > 0);
      };
      channel.onDrain = pump;
      const sender: Sender = {
        start(bytes) {
          message = new Uint8Array(bytes).fill(7);
          pump();
        },
        stop() {
          message = undefined;
        },
        send: (each) => void channel.send(each),
        onReply: () => {},
      };
      channel.onMessage = () => sender.onReply();
      return sender;
    },
  };
}

function datagramSocket(): dgram.Socket {
  const socket = dgram.createSocket({
    type: "udp4",
    lookup: (host, _options, callback) => callback(null, host, 4),
    recvBufferSize: 4 << 20,
    sendBufferSize: 4 << 20,
  });
  return socket;
}

const udp: Peer = {
  async serve(host, tally, isEcho) {
    tally.packets = () => tally.messages;
    const socket = datagramSocket();
    socket.on("message", (message, from) => {
      tally.messages++;
      tally.bytes += message.length;
      if (isEcho) socket.send(message, from.port, from.address);
    });
    await new Promise<void>((resolve) => socket.bind(0, host, resolve));
    return socket.address().port;
  },
  async connect(host, port) {
    const socket = datagramSocket();
    await new Promise<void>((resolve) => socket.bind(0, host, resolve));
    let isOn = false;
    const sender: Sender = {
      start(bytes) {
        isOn = true;
        const packet = Buffer.alloc(Math.min(bytes, MAX_DATAGRAM_BYTES), 7);
        const burst = () => {
          for (let at = 0; at < DATAGRAM_BURST && isOn; at++) socket.send(packet, port, host);
          if (isOn) setImmediate(burst);
        };
        burst();
      },
      stop() {
        isOn = false;
      },
      send: (message) => socket.send(message, port, host),
      onReply: () => {},
    };
    socket.on("message", () => sender.onReply());
    return sender;
  },
};

/** Cuts a stream into messages with their length before them. */
function cutter(onMessage: (bytes: number) => void): (chunk: Buffer) => void {
  let head = 0;
  let headBytes = 0;
  let left = -1;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left < 0) {
        head = head * 256 + (chunk[at++] as number);
        if (++headBytes === 4) left = head;
        if (left !== 0) continue;
      } else {
        const take = Math.min(left, chunk.length - at);
        left -= take;
        at += take;
      }
      if (left !== 0) continue;
      onMessage(head);
      [head, headBytes, left] = [0, 0, -1];
    }
  };
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + message.length);
  frame.writeUInt32BE(message.length);
  frame.set(message, 4);
  return frame;
}

const tcp: Peer = {
  async serve(host, tally, isEcho) {
    const server = net.createServer((socket) => {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      const cut = cutter((bytes) => {
        tally.messages++;
        tally.bytes += bytes;
        if (isEcho) socket.write(framed(new Uint8Array(bytes)));
      });
      socket.on("data", cut);
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return (server.address() as net.AddressInfo).port;
  },
  async connect(host, port) {
    const socket = net.connect(port, host);
    socket.setNoDelay(true);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    let frame: Buffer | undefined;
    const pump = () => {
      // While the kernel takes each write at once, none is refused: nothing else would ever have a turn.
      for (let at = 0; at < STREAM_BURST && frame !== undefined; at++) if (!socket.write(frame)) return;
      if (frame !== undefined) setImmediate(pump);
    };
    socket.on("drain", () => setImmediate(pump));
    const sender: Sender = {
      start(bytes) {
        frame = framed(new Uint8Array(bytes).fill(7));
        pump();
      },
      stop() {
        frame = undefined;
      },
      send: (message) => void socket.write(framed(message)),
      onReply: () => {},
    };
    socket.on(
      "data",
      cutter(() => sender.onReply()),
    );
    return sender;
  },
};

export const peers: Readonly<Record<PeerName, Peer>> = {
  checksum: channels("checksum"),
  keys: channels("keys"),
  udp,
  tcp,
};
