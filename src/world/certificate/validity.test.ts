import { describe, expect, it } from "vitest";
import { DerError, DerReader, element, Tag } from "./der.ts";
import { decodeTime, encodeTime, MAX_TIME_MS } from "./validity.ts";

const DAY_MS = 86_400_000;

function text(time: Uint8Array): string {
  return new TextDecoder().decode(time.subarray(2));
}

describe("a certificate's time", () => {
  it("agrees with the calendar on every day of four centuries", () => {
    for (let day = 0; day < 146_097; day++) {
      const ms = day * DAY_MS + ((day * 7919) % 86_400) * 1000;
      const digits = new Date(ms).toISOString().replace(/[-:T]|\.000/g, "");
      const written = text(encodeTime(ms));
      if (written !== (ms < Date.UTC(2050) ? digits.slice(2) : digits)) expect(written).toBe(digits);
      if (decodeTime(new DerReader(encodeTime(ms))) !== ms) expect.fail(digits);
    }
  });

  it("is of the form that its year asks for (RFC 5280 section 4.1.2.5)", () => {
    const last = Date.UTC(2049, 11, 31, 23, 59, 59);
    expect([encodeTime(last)[0], text(encodeTime(last))]).toEqual([Tag.UTC_TIME, "491231235959Z"]);
    expect([encodeTime(last + 1000)[0], text(encodeTime(last + 1000))]).toEqual([
      Tag.GENERALIZED_TIME,
      "20500101000000Z",
    ]);
    expect(text(encodeTime(MAX_TIME_MS))).toBe("99991231235959Z");
    expect(() => encodeTime(MAX_TIME_MS + 1000)).toThrow(RangeError);
    expect(() => encodeTime(-1)).toThrow(RangeError);
  });

  it("is none where the text is another", () => {
    for (const wrong of ["", "491231235959", "4912312359Z", "491231235959+0100", "20491231235959Z"]) {
      const reader = new DerReader(element(Tag.UTC_TIME, new TextEncoder().encode(wrong)));
      expect(() => decodeTime(reader), wrong).toThrow(DerError);
    }
  });
});
