/**
 * An NFS client's way through the nodes of a cell, over UDP: the same message, with the same xid, to one node after the
 * other until one answers. So it is the retry that the server must know again.
 */
import { type Procedure, XdrReader, XdrWriter } from "../../src/marshal/index.ts";
import type { DatagramSocket, Timer, World } from "../../src/world/index.ts";

const ACCEPTED_HEAD_WORDS = 6;

export interface FailoverOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  /** How long one node is waited for. */
  readonly patienceMs: number;
}

interface Waiting {
  readonly message: Uint8Array;
  readonly resolve: (result: XdrReader) => void;
  at: number;
  timer: Timer | undefined;
}

export class FailoverCaller {
  readonly #world: World;
  readonly #options: FailoverOptions;
  readonly #socket: DatagramSocket;
  readonly #waiting = new Map<number, Waiting>();

  static async open(world: World, options: FailoverOptions): Promise<FailoverCaller> {
    return new FailoverCaller(
      world,
      options,
      await world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } }),
    );
  }

  private constructor(world: World, options: FailoverOptions, socket: DatagramSocket) {
    this.#world = world;
    this.#options = options;
    this.#socket = socket;
    socket.onMessage = (message) => this.#answered(message);
  }

  /** Resolves with the result, whenever one comes: it never gives up. */
  async call<Args, Result>(
    program: { readonly program: number; readonly version: number },
    procedure: Procedure<Args, Result>,
    args: Args,
    first: number,
  ): Promise<Result> {
    const w = new XdrWriter(256);
    const xid = this.#world.random.uint32();
    for (const word of [xid, 0, 2, program.program, program.version, procedure.number]) w.uint(word);
    credential(w);
    w.uint(0);
    w.uint(0);
    procedure.args.encode(w, args);
    const reader = await new Promise<XdrReader>((resolve) => {
      this.#waiting.set(xid, { message: w.detach(0), resolve, at: first, timer: undefined });
      this.#send(xid);
    });
    return procedure.result.decode(reader);
  }

  #send(xid: number): void {
    const waiting = this.#waiting.get(xid);
    if (waiting === undefined) return;
    const { hosts, port, patienceMs } = this.#options;
    const host = hosts[waiting.at++ % hosts.length] as string;
    this.#socket.send(waiting.message, { host, port });
    waiting.timer = this.#world.timers.after(patienceMs, () => this.#send(xid));
  }

  #answered(message: Uint8Array): void {
    const r = new XdrReader(message);
    const xid = r.uint();
    const waiting = this.#waiting.get(xid);
    if (waiting === undefined) return;
    const words = Array.from({ length: ACCEPTED_HEAD_WORDS - 1 }, () => r.uint());
    if (words.join() !== "1,0,0,0,0") throw new Error(`an RPC reply of ${words.join()}`);
    this.#waiting.delete(xid);
    waiting.timer?.cancel();
    waiting.resolve(r);
  }
}

/** AUTH_SYS of root. */
function credential(w: XdrWriter): void {
  w.uint(1);
  const at = w.reserve(4);
  const start = w.position;
  w.uint(0);
  w.string("client");
  for (const word of [0, 0, 0]) w.uint(word);
  w.patchUint(at, w.position - start);
}
