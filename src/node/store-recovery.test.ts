import { describe, expect, it } from "vitest";
import { bytes, text } from "../world/contract/contract.ts";
import { CoterieError } from "../world/index.ts";
import { isPatch, type LoggedChange, patched } from "./store-log-format.ts";
import { keyString } from "./store-overlay.ts";
import { Recovery } from "./store-recovery.ts";
import { Scratch } from "./store-scratch.ts";

/** A database of which some values cannot be read. */
class FakeDatabase {
  readonly path = "fake";
  readonly values = new Map([
    ["a", "database-a"],
    ["b", "database-b"],
    ["bad", "unreadable"],
  ]);
  reads = 0;

  has(key: Uint8Array): boolean {
    return this.values.has(String(text(key)));
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    this.reads++;
    const name = String(text(key));
    if (name === "bad") throw new CoterieError("STORE_IO", "input/output error");
    const value = this.values.get(name);
    return value === undefined ? undefined : bytes(value);
  }
}

const put = (key: string, value: string | undefined): LoggedChange => ({
  key: bytes(key),
  value: value === undefined ? undefined : bytes(value),
});
const patch = (key: string, valueBytes: number, at: number, piece: string): LoggedChange => ({
  key: bytes(key),
  valueBytes,
  pieces: [{ at, bytes: bytes(piece) }],
});
const recordsOf = (...changes: LoggedChange[]) =>
  changes.map((each, n) => ({ sequence: n + 1, changes: [each] }));
const read = (recovery: Recovery, key: string) => text(recovery.find(keyString(bytes(key)))?.value);

describe("what a crash left in the log", () => {
  it("is the last whole value of a key, or the database's, and the patches since", () => {
    const database = new FakeDatabase();
    const recovery = new Recovery(
      database,
      recordsOf(
        patch("a", 10, 0, "DATA"),
        put("b", "replaced"),
        patch("a", 10, 2, "--"),
        patch("b", 8, 7, "D"),
        put("c", "new"),
        put("c", undefined),
        patch("a", 12, 10, "++"),
      ),
    );
    expect([read(recovery, "a"), read(recovery, "b")]).toEqual(["DA--base-a++", "replaceD"]);
    expect(recovery.find("c")).toMatchObject({ value: undefined });
    expect(recovery.find("d")).toBeUndefined();
    expect([...recovery.walk({ from: bytes("b") })].map(([name]) => name)).toEqual(["b", "c"]);
    const brought = [...recovery.values(new Scratch(100))].map((change) =>
      isPatch(change) ? "a patch" : `${text(change.key)}=${text(change.value)}`,
    );
    expect(brought.sort()).toEqual(["a=DA--base-a++", "b=replaceD", "c=undefined"]);
  });

  it("is brought in and asked for without reading what lies beneath patches, as far as that goes", () => {
    const database = new FakeDatabase();
    const recovery = new Recovery(
      database,
      recordsOf(patch("bad", 10, 0, "UN"), patch("a", 10, 1, "A"), patch("bad", 10, 8, "LE")),
    );
    const changes = [...recovery.values(new Scratch(100))].filter(isPatch);
    expect(changes.map(({ key }) => text(key)).sort()).toEqual(["a", "bad"]);
    const bad = changes.find(({ key }) => text(key) === "bad");
    expect(text(patched(bytes("unreadable"), bad === undefined ? [] : [bad]))).toBe("UNreadabLE");
    expect(database.reads).toBe(0);
    expect(() => read(recovery, "bad")).toThrow(expect.objectContaining({ code: "STORE_IO" }));
    expect(read(recovery, "a")).toBe("dAtabase-a");
  });

  it("is damage when a patch lies over nothing", () => {
    const over =
      (...changes: LoggedChange[]) =>
      () =>
        new Recovery(new FakeDatabase(), recordsOf(...changes));
    const corrupt = expect.objectContaining({ code: "STORE_CORRUPT" });
    expect(over(patch("none", 10, 0, "x"))).toThrow(corrupt);
    expect(over(put("a", undefined), patch("a", 10, 0, "x"))).toThrow(corrupt);
    expect(over(put("none", "0123456789"), patch("none", 10, 0, "x"))).not.toThrow();
  });

  it("needs a value once, and of further patches their own bytes, unless they may make it longer", () => {
    const demandOf = (...changes: LoggedChange[]) =>
      new Recovery(new FakeDatabase(), recordsOf(...changes)).demand;
    const one = demandOf(patch("a", 20_000, 0, "x"));
    expect(one).toMatchObject({ contentBytes: 16_384, added: 1, removals: 0 });
    expect(one.bytes).toBeGreaterThan(20_000);
    expect(one.grownBytes).toBeLessThan(100);
    const two = demandOf(patch("a", 20_000, 0, "x"), patch("a", 20_000, 9, "x"));
    expect(two.bytes - one.bytes).toBe(one.grownBytes);
    expect(two.contentBytes).toBe(16_384);
    const longer = demandOf(patch("a", 20_000, 0, "x"), patch("a", 30_000, 20_000, "x".repeat(10_000)));
    expect(longer.contentBytes).toBe(16_384 + 28_672);
    expect(demandOf(put("a", undefined)).removals).toBe(1);
  });
});
