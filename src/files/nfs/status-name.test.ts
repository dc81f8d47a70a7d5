import { expect, test } from "vitest";
import { nfsStatusName } from "./status-name.ts";

test("a status is called by what follows NFSERR_ or NFS3ERR_, and a stranger by its number", () => {
  expect([0, 1, 2, 70, 99, 10_008].map(nfsStatusName)).toEqual([
    "OK",
    "PERM",
    "NOENT",
    "STALE",
    "WFLUSH",
    "JUKEBOX",
  ]);
  expect(nfsStatusName(12_345)).toBe("12345");
});
