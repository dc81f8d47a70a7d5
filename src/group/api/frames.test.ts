import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Change,
  type Direct,
  decodeDirect,
  decodeFrame,
  done,
  encodeDirect,
  encodeFrame,
  type Frame,
  LOST,
  refused,
} from "./frames.ts";

const bytes = new Uint8Array([1, 2, 3, 4, 5]);
const change: Change = { session: "a#1", number: 7, object: "map", change: bytes, result: done(bytes) };

const FRAMES: readonly Frame[] = [
  { kind: "message", message: bytes },
  { kind: "call", number: 2 ** 53 - 1, request: bytes },
  { kind: "request", request: { session: "a#1", number: 3, done: 2, object: "map", command: bytes } },
  { kind: "change", change },
  { kind: "change", change: { ...change, result: refused("GROUP_FULL", new Error("full")) } },
  { kind: "change", change: { ...change, result: LOST } },
  { kind: "mark", mark: 9 },
];

const DIRECTS: readonly Direct[] = [
  { from: 1, to: 2, number: 3, result: undefined },
  { from: 1, to: 2, number: 3, result: done(bytes) },
];

describe("frames", () => {
  it("are what they were after the way", () => {
    for (const frame of FRAMES) expect(decodeFrame(encodeFrame(frame).slice())).toEqual(frame);
    for (const direct of DIRECTS) expect(decodeDirect(encodeDirect(direct).slice())).toEqual(direct);
  });

  it("that are cut short or have something behind them are none", () => {
    for (const frame of FRAMES) {
      const whole = encodeFrame(frame).slice();
      for (let length = 0; length < whole.length; length++)
        expect(decodeFrame(whole.subarray(0, length))).toBeUndefined();
      expect(decodeFrame(new Uint8Array([...whole, 0, 0, 0, 0]))).toBeUndefined();
    }
  });

  it("with counts that no number tells are none", () => {
    const mark = encodeFrame({ kind: "mark", mark: 1 }).slice();
    mark[4] = 255;
    expect(decodeFrame(mark)).toBeUndefined();
  });

  it("survive any bytes", () => {
    const flipped = fc
      .tuple(fc.constantFrom(...FRAMES), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }))
      .map(([frame, flips]) => {
        const damaged = encodeFrame(frame).slice();
        for (const [at, byte] of flips) if (at < damaged.length) damaged[at] = byte;
        return damaged;
      });
    fc.assert(
      fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 80 })), (any) => {
        decodeFrame(any);
        decodeDirect(any);
      }),
      { numRuns: 5000 },
    );
  });

  it("tell refusals in texts that are cut, whole characters of UTF-8", () => {
    const result = refused("X".repeat(100), new Error(`${"ü".repeat(511)}€ and more \ud800`));
    if (!("refusal" in result)) throw new Error("no refusal");
    expect(result.refusal).toEqual({ code: "X".repeat(64), text: "ü".repeat(511) });
    const frame: Frame = { kind: "change", change: { ...change, result: refused("C", "a \ud800 b") } };
    const decoded = decodeFrame(encodeFrame(frame));
    expect(decoded).toMatchObject({ change: { result: { refusal: { text: "a \ufffd b" } } } });
  });
});
