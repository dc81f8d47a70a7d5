/** Somebody at the other end of a mesh's TCP stream who says what he likes: an honest handshake if it is wanted, then any bytes. */
import { encodeControl } from "../../src/channel/mesh/control.ts";
import { frameBytes, writeFrame } from "../../src/channel/mesh/frame.ts";
import { FrameReader } from "../../src/channel/mesh/frame-reader.ts";
import { Calling, type Introduction } from "../../src/channel/mesh/handshake.ts";
import type { SimNode } from "../../src/sim/index.ts";
import type { Address, Stream } from "../../src/world/index.ts";

export function frame(port: number, message: Uint8Array): Uint8Array {
  const out = new Uint8Array(frameBytes(message.length));
  writeFrame(out, 0, port, message);
  return out;
}

export const controlFrame = (control: Parameters<typeof encodeControl>[0]) =>
  frame(0, encodeControl(control));

export class Stranger {
  readonly stream: Stream;
  /** Control messages and messages that came, with their ports. */
  readonly heard: { readonly port: number; readonly message: Uint8Array }[] = [];
  isClosed = false;
  readonly #reader = new FrameReader(1 << 20);
  #onFrame: () => void = () => {};

  private constructor(stream: Stream) {
    this.stream = stream;
    stream.onData = (chunk) => {
      this.#reader.feed(chunk);
      while (this.#reader.next() === "frame") {
        const { port, bytes, start, end } = this.#reader;
        this.heard.push({ port, message: bytes.slice(start, end) });
        this.#onFrame();
      }
    };
    stream.onEnd = () => stream.destroy();
    stream.onClose = () => {
      this.isClosed = true;
      this.#onFrame();
    };
  }

  static async connect(node: SimNode, to: Address): Promise<Stranger> {
    return new Stranger(await node.world.net.connect({ to }));
  }

  /** The n-th frame that comes; undefined when the other side hangs up first. */
  async frame(at: number): Promise<Uint8Array | undefined> {
    while (this.heard.length <= at && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
    return this.heard[at]?.message;
  }

  /** Comes to be linked as `name`, whose n-th life it is. */
  async shakeHands(node: SimNode, name: string, expected: string, life = 1): Promise<void> {
    const { crypto, random } = node.world;
    let serial = 0n;
    const self: Introduction = {
      name,
      incarnation: BigInt(life),
      address: { host: node.ip, port: 9 },
      secret: undefined,
      nextSerial: () => ++serial,
    };
    const calling = new Calling(crypto, random, self, expected);
    const step = calling.receive((await this.frame(0)) as Uint8Array);
    if (step.kind !== "say") throw new Error(`greeted with ${step.kind}`);
    this.stream.write(frame(0, step.message));
    const welcome = calling.receive((await this.frame(1)) as Uint8Array);
    if (welcome.kind !== "met") throw new Error(`answered with ${welcome.kind}`);
  }
}
