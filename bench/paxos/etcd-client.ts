/**
 * Puts to etcd over gRPC, made by hand: HTTP/2 frames (RFC 9113) with constant headers, written together for all calls of a turn. A
 * general client would cost more than the server does, and would be what is measured.
 */
import net from "node:net";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEAD = 9;
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
/** All the window that there may be, beyond the 65,535 of the start. */
const WINDOW = 0x7fffffff - 65_535;
/** Stream ids end at 2^31; a benchmark does not. */
const STREAM_STEP = 2;

export class EtcdClient {
  readonly #socket: net.Socket;
  readonly #waiting = new Map<number, () => void>();
  #stream = 1;
  #in: Buffer = Buffer.alloc(0);
  #out: Buffer[] = [];

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (data) => this.#read(data));
  }

  static async connect(port: number): Promise<(key: string, value: Uint8Array, done: () => void) => void> {
    const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const client = new EtcdClient(socket);
    const update = Buffer.alloc(4);
    update.writeUInt32BE(WINDOW);
    socket.write(PREFACE);
    socket.write(Buffer.concat([frame(SETTINGS, 0, 0, Buffer.alloc(0)), frame(WINDOW_UPDATE, 0, 0, update)]));
    return (key, value, done) => client.#put(key, value, done);
  }

  #put(key: string, value: Uint8Array, done: () => void): void {
    const stream = this.#stream;
    this.#stream += STREAM_STEP;
    this.#waiting.set(stream, done);
    if (this.#out.length === 0) setImmediate(() => this.#flush());
    this.#out.push(frame(HEADERS, END_HEADERS, stream, PUT_HEADERS));
    this.#out.push(frame(DATA, END_STREAM, stream, grpcMessage(putRequest(key, value))));
  }

  #flush(): void {
    this.#socket.write(Buffer.concat(this.#out));
    this.#out = [];
  }

  #read(data: Buffer): void {
    this.#in = this.#in.length === 0 ? data : Buffer.concat([this.#in, data]);
    let at = 0;
    while (this.#in.length - at >= FRAME_HEAD) {
      const length = this.#in.readUIntBE(at, 3);
      const end = at + FRAME_HEAD + length;
      if (end > this.#in.length) break;
      this.#frame(at, this.#in.subarray(at + FRAME_HEAD, end));
      at = end;
    }
    this.#in = this.#in.subarray(at);
  }

  #frame(at: number, payload: Buffer): void {
    const type = this.#in[at + 3] as number;
    const flags = this.#in[at + 4] as number;
    if (type === SETTINGS && (flags & ACK) === 0)
      this.#socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    if (type === PING && (flags & ACK) === 0) this.#socket.write(frame(PING, ACK, 0, payload));
    if ((type !== HEADERS && type !== DATA) || (flags & END_STREAM) === 0) return;
    // The trailers of a call that went well are the same each time, but for the first, and short; those of a refusal name it.
    if (payload.includes("etcdserver")) throw new Error(payload.toString("latin1"));
    const stream = this.#in.readUInt32BE(at + 5);
    const done = this.#waiting.get(stream);
    this.#waiting.delete(stream);
    done?.();
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEAD);
  return bytes;
}

/** A header that is not put into the peer's table (RFC 7541 section 6.2.2), names and values without Huffman coding. */
function header(name: string, value: string): Buffer {
  const text = (words: string) => Buffer.concat([Buffer.of(words.length), Buffer.from(words, "latin1")]);
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

const PUT_HEADERS = Buffer.concat([
  header(":method", "POST"),
  header(":scheme", "http"),
  header(":path", "/etcdserverpb.KV/Put"),
  header(":authority", "127.0.0.1"),
  header("content-type", "application/grpc"),
  header("te", "trailers"),
]);

function grpcMessage(body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** etcdserverpb.PutRequest: key is field 1, value field 2. */
function putRequest(key: string, value: Uint8Array): Buffer {
  return Buffer.concat([field(1, Buffer.from(key, "latin1")), field(2, value)]);
}

function field(number: number, bytes: Uint8Array): Buffer {
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length), bytes]);
}
