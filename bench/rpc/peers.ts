/**
 * What is measured, each as a server and as a client that makes one call: ours, @grpc/grpc-js, and sockets of Node
 * that write once per call. A client's `call` reports its end through a callback, so that nothing but the peer itself
 * costs promises.
 */
import dgram from "node:dgram";
import net from "node:net";
import * as grpc from "@grpc/grpc-js";
import { createNodeWorld } from "../../src/node/index.ts";
import { RpcClient, RpcServer, type Transport } from "../../src/rpc/index.ts";
import { ECHO, echoContract, NULL, PAYLOAD_BYTES } from "./echo-contract.ts";

export type Operation = "null" | "echo";

export interface Peer {
  /** Returns the port. */
  serve(): Promise<number>;
  /** Returns what makes one call; `done` is called when its reply is there. */
  connect(port: number, operation: Operation): Promise<(done: () => void) => void>;
}

const HOST = "127.0.0.1";
const payload = new Uint8Array(PAYLOAD_BYTES).fill(7);

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

function check(reply: Uint8Array): void {
  if (reply.length !== PAYLOAD_BYTES || reply[0] !== 7) fail("a wrong reply");
}

function coterie(transport: Transport): Peer {
  return {
    async serve() {
      const server = new RpcServer(createNodeWorld({}));
      server.add({ contract: echoContract, handlers: [() => undefined, (value: Uint8Array) => value] });
      return (await server.listen({ host: HOST, port: 0 })).port;
    },
    async connect(port, operation) {
      const client = new RpcClient(createNodeWorld({}), { host: HOST, port, transport });
      if (operation === "null") {
        return (done) => void client.call(echoContract, NULL, undefined).then(done, fail);
      }
      return (done) =>
        void client.call(echoContract, ECHO, payload).then((reply) => {
          check(reply);
          done();
        }, fail);
    },
  };
}

/** Bytes of a call on a raw socket: its number, then the payload. */
const frameBytes = (operation: Operation) => (operation === "null" ? 4 : 4 + PAYLOAD_BYTES);

/** Calls the handler with each whole frame; a frame is a length and its bytes. */
function frames(socket: net.Socket, onFrame: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (all.length - at >= 4) {
      const end = at + 4 + all.readUInt32BE(at);
      if (end > all.length) break;
      onFrame(all.subarray(at, end));
      at = end;
    }
    rest = all.subarray(at);
  });
}

const rawTcp: Peer = {
  serve: () =>
    new Promise((resolve) => {
      const server = net.createServer((socket) => frames(socket, (frame) => socket.write(frame)));
      server.listen(0, HOST, () => resolve((server.address() as net.AddressInfo).port));
    }),
  connect: (port, operation) =>
    new Promise((resolve) => {
      const waiting = new Map<number, () => void>();
      const socket = net.connect(port, HOST, () => {
        let next = 0;
        resolve((done) => {
          const frame = Buffer.alloc(4 + frameBytes(operation));
          frame.writeUInt32BE(frameBytes(operation), 0);
          frame.writeUInt32BE(next, 4);
          if (operation === "echo") frame.set(payload, 8);
          waiting.set(next++, done);
          socket.write(frame);
        });
      });
      frames(socket, (frame) => {
        const id = frame.readUInt32BE(4);
        if (operation === "echo") check(frame.subarray(8));
        const done = waiting.get(id);
        waiting.delete(id);
        done?.();
      });
    }),
};

const rawUdp: Peer = {
  serve: () =>
    new Promise((resolve) => {
      const socket = dgram.createSocket("udp4");
      socket.on("message", (message, from) => socket.send(message, from.port, from.address));
      socket.bind(0, HOST, () => resolve(socket.address().port));
    }),
  connect: (port, operation) =>
    new Promise((resolve) => {
      const waiting = new Map<number, () => void>();
      const socket = dgram.createSocket("udp4");
      socket.on("message", (message) => {
        const id = message.readUInt32BE(0);
        if (operation === "echo") check(message.subarray(4));
        const done = waiting.get(id);
        waiting.delete(id);
        done?.();
      });
      socket.connect(port, HOST, () => {
        let next = 0;
        resolve((done) => {
          const message = Buffer.alloc(frameBytes(operation));
          message.writeUInt32BE(next, 0);
          if (operation === "echo") message.set(payload, 4);
          waiting.set(next++, done);
          socket.send(message);
        });
      });
    }),
};

/** `message Echo { bytes payload = 1; }` in protobuf, encoded by hand. */
const toProtobuf = (value: Uint8Array) =>
  value.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, value.length]), value]);
const fromProtobuf = (message: Buffer) => (message.length === 0 ? message : message.subarray(2));

const method = (path: string) => ({
  path,
  requestStream: false as const,
  responseStream: false as const,
  requestSerialize: toProtobuf,
  requestDeserialize: fromProtobuf,
  responseSerialize: toProtobuf,
  responseDeserialize: fromProtobuf,
});
const grpcService = { Null: method("/Echo/Null"), Echo: method("/Echo/Echo") };

const grpcPeer: Peer = {
  serve: () =>
    new Promise((resolve, reject) => {
      const server = new grpc.Server();
      const echo: grpc.handleUnaryCall<Uint8Array, Uint8Array> = (call, done) => done(null, call.request);
      server.addService(grpcService, { Null: echo, Echo: echo });
      server.bindAsync(`${HOST}:0`, grpc.ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    }),
  async connect(port, operation) {
    const client = new grpc.Client(`${HOST}:${port}`, grpc.credentials.createInsecure());
    const path = operation === "null" ? "/Echo/Null" : "/Echo/Echo";
    const request = operation === "null" ? new Uint8Array(0) : payload;
    return (done) => {
      client.makeUnaryRequest(path, toProtobuf, fromProtobuf, request, (error, reply) => {
        if (error !== null || reply === undefined) fail(error);
        if (operation === "echo") check(reply);
        done();
      });
    };
  },
};

export const peers = {
  "coterie-tcp": coterie("tcp"),
  "raw-tcp": rawTcp,
  grpc: grpcPeer,
  "coterie-udp": coterie("udp"),
  "raw-udp": rawUdp,
} satisfies Record<string, Peer>;

export type PeerName = keyof typeof peers;
