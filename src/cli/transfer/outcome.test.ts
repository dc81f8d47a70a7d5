import { expect, test } from "vitest";
import { FakeHost } from "../../../test/support/cli-host.ts";
import { createOutput } from "../output.ts";
import { outcomeLine, showOutcome } from "./outcome.ts";

const result = {
  name: new TextEncoder().encode("f"),
  size: 400 * 2 ** 20,
  sentBytes: 400 * 2 ** 20,
  mendedBlocks: 0,
  wasPresent: false,
  digest: "ab",
};

test.each([
  [{}, 4000, "sent f: 400 MiB in 4 s, 100 MiB/s"],
  [{ sentBytes: 2 ** 20 }, 4000, "sent f: 1 MiB of 400 MiB in 4 s, 256 KiB/s; the rest was there"],
  [{ sentBytes: 0 }, 4900, "sent f: 400 MiB, all of it there already, checked in 4.9 s"],
  [{ wasPresent: true, sentBytes: 0 }, 9, "f was there already, and is the same: 400 MiB"],
  [{ size: 0, sentBytes: 0 }, 3, "sent f: 0 B in 3 ms"],
  [{ size: 5, sentBytes: 5 }, 0, "sent f: 5 B in 0 ms"],
  [{ mendedBlocks: 1 }, 4000, "sent f: 400 MiB in 4 s, 100 MiB/s; 1 damaged block was mended"],
  [{ mendedBlocks: 1200 }, 4000, "sent f: 400 MiB in 4 s, 100 MiB/s; 1,200 damaged blocks were mended"],
])("what arrived as %j in %i ms is told in a line", (change, elapsedMs, line) => {
  expect(outcomeLine("sent", { ...result, ...change }, elapsedMs)).toBe(line);
});

test("under --json is told with all figures, the whole of the time, and a name that is safe to show", () => {
  const host = new FakeHost();
  const strange = { ...result, name: Uint8Array.of(0x66, 0x1b) };
  showOutcome(createOutput(host.terminal, true), "received", strange, 12.4);
  const { size, sentBytes, mendedBlocks, wasPresent, digest } = result;
  const figures = { size, sentBytes, mendedBlocks, wasPresent, digest };
  expect(JSON.parse(host.out.text)).toEqual({ event: "received", name: "f\\x1b", ...figures, elapsedMs: 12 });
});
