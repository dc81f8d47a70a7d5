/** What the kernel tells of a disk. */
import { describe, expect, it } from "vitest";
import { diskBytesWritten, numbersOf, writtenBytesIn } from "./disk-use.ts";

describe("bytes written to a disk", () => {
  it("are the sectors of its line of statistics, of 512 bytes each", () => {
    const line =
      "    1102      365    60586      640     9052    12180   201736    16340        0     8440    16980";
    expect(writtenBytesIn(line)).toBe(201_736 * 512);
  });

  it("are unknown of a folder that is on none", () => {
    expect(diskBytesWritten("/proc")).toBeUndefined();
  });
});

describe("a device's number", () => {
  it("has the major one in bits 8 to 19 and from 44 on, and the minor one around it", () => {
    expect(numbersOf(0xfe00)).toBe("254:0");
    expect(numbersOf(0x1234_5678)).toBe("1110:74616");
    expect(numbersOf(0x1000_0000_0801)).toBe("4104:1");
  });
});
