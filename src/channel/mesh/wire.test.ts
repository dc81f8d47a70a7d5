import { describe, expect, it } from "vitest";
import { frame } from "../../../test/support/mesh-stranger.ts";
import type { CoterieError } from "../../world/index.ts";
import type { Pipe } from "./pipe.ts";
import { SlabPool } from "./send-queue.ts";
import { Wire } from "./wire.ts";

class FakePipe implements Pipe {
  readonly remote = { host: "10.0.0.2", port: 7 };
  readonly pendingBytes = 0;
  readonly released: Uint8Array[] = [];
  written = 0;
  isDestroyed = false;
  onData: (chunk: Uint8Array) => void = () => {};
  onEnd: () => void = () => {};
  onClose: (error: CoterieError | undefined) => void = () => {};
  onDrain: () => void = () => {};
  write(data: Uint8Array): boolean {
    this.written += data.length;
    return true;
  }
  release(chunk: Uint8Array): void {
    this.released.push(chunk);
  }
  end(): void {}
  destroy(): void {
    this.isDestroyed = true;
  }
}

/** A wire whose turns end when they are told to, and what its handler heard. */
function make(onFrame: (port: number) => string | undefined = () => undefined) {
  const pipe = new FakePipe();
  const due: (() => void)[] = [];
  const closed: (string | undefined)[] = [];
  const timers = { soon: (run: () => void) => void due.push(run), after: () => ({ cancel() {} }) };
  const wire = new Wire(timers, pipe, new SlabPool(), {
    frame: onFrame,
    closed: (error) => closed.push(error?.message),
    moved: () => {},
  });
  const turn = () => {
    for (const run of due.splice(0)) run();
  };
  return { pipe, wire, closed, turn, due };
}

const one = frame(1, new Uint8Array(4));
const three = Uint8Array.from([...one, ...frame(2, new Uint8Array(4)), ...frame(3, new Uint8Array(4))]);

describe("a wire", () => {
  it("writes once for all that a turn sends", () => {
    const { pipe, wire, turn, due } = make();
    for (let n = 0; n < 10; n++) wire.send(1, new Uint8Array(4));
    expect([pipe.written, due.length]).toEqual([0, 1]);
    turn();
    expect(pipe.written).toBe(10 * one.length);
  });

  it("goes down when a handler throws: the frames behind are not passed over in silence", () => {
    const seen: number[] = [];
    const { pipe, closed } = make((port) => {
      seen.push(port);
      if (port === 2) throw new Error("a user's fault");
      return undefined;
    });
    expect(() => pipe.onData(three)).toThrow("a user's fault");
    expect([seen, closed.length, pipe.isDestroyed]).toEqual([[1, 2], 1, true]);
    pipe.onData(three);
    pipe.onClose(undefined);
    expect([seen, closed.length]).toEqual([[1, 2], 1]);
  });

  it("reads no further once its handler has closed it", () => {
    const seen: number[] = [];
    const made = make((port) => {
      seen.push(port);
      made.wire.leave();
      return undefined;
    });
    made.pipe.onData(three);
    expect([seen, made.closed, made.pipe.isDestroyed]).toEqual([[1], [], true]);
  });

  it("says once how it ended, and gives back chunks that were copied", () => {
    const { pipe, closed, wire, turn } = make();
    pipe.onData(one.slice(0, 10));
    pipe.onData(one.slice(10));
    expect(pipe.released.map(({ length }) => length)).toEqual([10, one.length - 10]);
    wire.send(1, new Uint8Array(4));
    pipe.onEnd();
    pipe.onClose(undefined);
    turn();
    expect([closed, pipe.written]).toEqual([[undefined], 0]);
  });
});
