import { expect, test, vi } from "vitest";
import { CoterieError, isCoterieError } from "./error.js";

class SpecialError extends CoterieError {}

test("an error of ours is told by its code and keeps its details", () => {
  const cause = new Error("below");
  const error = new CoterieError("NET_RESET", "gone", { cause, details: { port: 7 } });
  expect(isCoterieError(error)).toBe(true);
  expect(isCoterieError(error, "NET_RESET")).toBe(true);
  expect(isCoterieError(error, "NET_REFUSED")).toBe(false);
  expect(error).toMatchObject({ name: "CoterieError", message: "gone", cause, details: { port: 7 } });
});

test("nothing else is taken for one", () => {
  for (const other of [undefined, null, "NET_RESET", 7, {}, { code: "NET_RESET" }, new Error("x")]) {
    expect(isCoterieError(other)).toBe(false);
  }
});

test("a subclass is told from its parent and its siblings", () => {
  class OtherError extends CoterieError {}
  const special = new SpecialError("A_B", "x");
  expect(special instanceof CoterieError).toBe(true);
  expect(special instanceof SpecialError).toBe(true);
  expect(special instanceof OtherError).toBe(false);
  expect(new CoterieError("A_B", "x") instanceof SpecialError).toBe(false);
});

test("an error that another copy of the package made is one of ours", async () => {
  vi.resetModules();
  const other = await import("./error.js");
  expect(other.CoterieError).not.toBe(CoterieError);
  const theirs = new other.CoterieError("NET_RESET", "gone");
  expect(Object.getPrototypeOf(theirs)).not.toBe(CoterieError.prototype);
  expect(isCoterieError(theirs, "NET_RESET")).toBe(true);
  expect(other.isCoterieError(new CoterieError("NET_RESET", "gone"))).toBe(true);
});
