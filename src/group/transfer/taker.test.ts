/** The joiner's side of a state transfer: only what continues the state is taken, one piece after the other. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Chunk, Pull } from "./giver.ts";
import { CREDIT, type StateSink, Taker } from "./taker.ts";

const VIEW = 5;

/** The chunks of a state whose pieces are these numbers. */
function chunks(...pieces: number[]): Chunk[] {
  let crc = 0;
  return pieces.map((piece, index) => {
    const bytes = Uint8Array.of(piece);
    crc = crc32(bytes, crc);
    const isLast = index === pieces.length - 1;
    return { kind: "chunk", view: VIEW, index, isLast, offset: index, crc, bytes };
  });
}

class Scene {
  readonly log: string[] = [];
  readonly pulls: Pull[] = [];
  readonly taker: Taker;

  constructor(sink: Partial<StateSink> = {}) {
    const all: StateSink = {
      write: (piece) => void this.log.push(`write ${piece}`),
      end: () => void this.log.push("end"),
      abort: () => this.log.push("abort"),
      ...sink,
    };
    this.taker = new Taker(VIEW, "donor", all, crc32, {
      send: (pull) => this.pulls.push(pull),
      done: () => this.log.push("done"),
      failed: (error) => this.log.push(`failed ${(error as Error).message}`),
    });
    this.taker.start();
  }

  async take(...all: (Chunk | undefined)[]): Promise<void> {
    for (const chunk of all) this.taker.take(chunk as Chunk);
    await settled();
  }
}

/** Everything that waits for promises alone is done. */
async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve();
}

describe("a state", () => {
  it("is asked for, given on piece by piece, and confirmed when the application has all of it", async () => {
    const scene = new Scene();
    await scene.take(...chunks(1, 2, 3));
    expect(scene.log).toEqual(["write 1", "write 2", "write 3", "end", "done"]);
    expect(scene.pulls).toEqual([
      { kind: "pull", view: VIEW, next: 0, credit: CREDIT },
      { kind: "pull", view: VIEW, next: 3, credit: 0 },
    ]);
  });

  it("is asked for further when what was asked for is with the application, and not before", async () => {
    let isTaken = () => {};
    const scene = new Scene({
      write: () =>
        new Promise<void>((resolve) => {
          isTaken = resolve;
        }),
    });
    const all = chunks(...Array.from({ length: CREDIT + 1 }, (_, i) => i));
    await scene.take(...all.slice(0, CREDIT));
    expect(scene.pulls.length).toBe(1);
    for (let i = 0; i < CREDIT; i++) {
      expect(scene.pulls.length).toBe(1);
      isTaken();
      await settled();
    }
    expect(scene.pulls[1]).toEqual({ kind: "pull", view: VIEW, next: CREDIT, credit: CREDIT });
  });

  it("without bytes is an end and nothing else", async () => {
    const scene = new Scene();
    const [only] = chunks(1);
    await scene.take({ ...(only as Chunk), bytes: new Uint8Array(0), crc: crc32(new Uint8Array(0)) });
    expect(scene.log).toEqual(["end", "done"]);
  });
});

describe("what does not fit is dropped, and what fits is still taken", () => {
  const [first, second] = chunks(1, 2, 3) as [Chunk, Chunk];
  it.each<[string, Chunk]>([
    ["another transfer's", { ...first, view: VIEW - 1 }],
    ["one too far ahead", second],
    ["a wrong place", { ...first, offset: 1 }],
    ["a wrong checksum", { ...first, crc: first.crc ^ 1 }],
    ["other bytes", { ...first, bytes: Uint8Array.of(7) }],
  ])("%s", async (_, bad) => {
    const scene = new Scene();
    await scene.take(bad);
    expect(scene.log).toEqual([]);
    await scene.take(first, first, second);
    expect(scene.log).toEqual(["write 1", "write 2"]);
  });

  it("what was not asked for", async () => {
    let isTaken = () => {};
    const scene = new Scene({
      write: (piece) => {
        scene.log.push(`write ${piece}`);
        if (piece[0] !== 0) return;
        return new Promise<void>((resolve) => {
          isTaken = resolve;
        });
      },
    });
    await scene.take(...chunks(...Array.from({ length: CREDIT + 2 }, (_, i) => i)));
    isTaken();
    await settled();
    expect(scene.log.length).toBe(CREDIT);
    expect(scene.pulls.map(({ next }) => next)).toEqual([0, CREDIT]);
  });
});

describe("asking again", () => {
  it("is for when nothing came since the last time, from where it stands", async () => {
    const scene = new Scene();
    await scene.take(...chunks(1, 2, 3).slice(0, 1));
    scene.taker.pullAgain();
    expect(scene.pulls.length).toBe(1);
    scene.taker.pullAgain();
    expect(scene.pulls.slice(1)).toEqual([{ kind: "pull", view: VIEW, next: 1, credit: CREDIT }]);
  });

  it("ends with the transfer", async () => {
    const scene = new Scene();
    await scene.take(...chunks(1));
    scene.taker.pullAgain();
    scene.taker.pullAgain();
    expect(scene.pulls.length).toBe(2);
  });
});

describe("an end before the end", () => {
  it("aborts what was begun, once, and takes nothing more", async () => {
    const scene = new Scene();
    await scene.take(...chunks(1, 2).slice(0, 1));
    scene.taker.stop();
    scene.taker.stop();
    await scene.take(...chunks(1, 2));
    expect(scene.log).toEqual(["write 1", "abort"]);
  });

  it("that comes while the application is at work is seen when it is done", async () => {
    let isTaken = () => {};
    const end = () =>
      new Promise<void>((resolve) => {
        isTaken = resolve;
      });
    const scene = new Scene({ end });
    await scene.take(...chunks(1));
    scene.taker.stop();
    isTaken();
    await settled();
    expect(scene.log).toEqual(["write 1", "abort"]);
    expect(scene.pulls.length).toBe(1);
  });

  it("is told with its cause when the application does not take a piece", async () => {
    const scene = new Scene({ write: () => Promise.reject(new Error("full")) });
    await scene.take(...chunks(1, 2));
    expect(scene.log).toEqual(["abort", "failed full"]);
  });
});
