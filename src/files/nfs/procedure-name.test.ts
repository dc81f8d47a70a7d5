import { expect, test } from "vitest";
import { nfsProcedureName } from "./procedure-name.ts";

test("a procedure is called by what follows NFSPROC, and a stranger by its number", () => {
  expect([nfsProcedureName(3, 9), nfsProcedureName(2, 9), nfsProcedureName(3, 0)]).toEqual([
    "MKDIR",
    "CREATE",
    "NULL",
  ]);
  expect([nfsProcedureName(3, 99), nfsProcedureName(4, 1)]).toEqual(["99", "1"]);
});
