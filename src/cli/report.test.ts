import { describe, expect, test } from "vitest";
import { CoterieError } from "../world/index.ts";
import { findEntry } from "./catalogue.ts";
import { ExitStatus, exitStatusOf, UsageError } from "./errors.ts";
import { asCoterieError, formatFailure, type ReportOptions } from "./report.ts";

const plain = { json: false, colour: false, debug: false };

async function reported(error: unknown, options: ReportOptions): Promise<string> {
  const failure = asCoterieError(error);
  return formatFailure(failure, await findEntry(failure.code), options);
}

describe("a failure", () => {
  test("is one line: code, what happened, what to do, where to read more", async () => {
    const error = new CoterieError("NET_REFUSED", "cannot connect to 127.0.0.1:2049: connection refused");
    expect(await reported(error, plain)).toBe(
      "error NET_REFUSED: cannot connect to 127.0.0.1:2049: connection refused. " +
        "Check host and port, and that the server runs (`coterie status`). (coterie explain NET_REFUSED)\n",
    );
  });

  test("that spans lines, or holds controls, is still one line that is safe", async () => {
    const error = new CoterieError("CLI_USAGE", "bad name\n\u001b[2Jx");
    const text = await reported(error, plain);
    expect(text).toContain("bad name \\x1b[2Jx.");
    expect(text.indexOf("\n")).toBe(text.length - 1);
  });

  test("that nobody foresaw is ours, and shows its stack only when asked", async () => {
    const error = new TypeError("x is not a function");
    const text = await reported(error, plain);
    expect(text).toMatch(/^error CLI_INTERNAL: x is not a function\. Run it again with COTERIE_DEBUG=1/);
    expect(text).not.toContain("report.test.ts");
    expect(await reported(error, { ...plain, debug: true })).toContain("report.test.ts");
  });

  test("under --json is an object with its details and remedy", async () => {
    const error = new CoterieError("STORE_FULL", "no room", { details: { bytes: 7n } });
    const text = await reported(error, { ...plain, json: true });
    expect(JSON.parse(text)).toEqual({
      error: {
        code: "STORE_FULL",
        message: "no room",
        remedy: expect.stringContaining("Free space"),
        details: { bytes: "7" },
      },
    });
  });

  test.each([
    [new UsageError("x"), ExitStatus.usage],
    [new CoterieError("CELL_CONFIG", "x"), ExitStatus.usage],
    [new CoterieError("NET_REFUSED", "x"), ExitStatus.unreachable],
    [new CoterieError("CELL_UNREACHABLE", "x"), ExitStatus.unreachable],
    [new CoterieError("STORE_FULL", "x"), ExitStatus.failed],
    [new Error("x"), ExitStatus.failed],
  ])("%o has its exit status", (error, status) => expect(exitStatusOf(error)).toBe(status));
});
