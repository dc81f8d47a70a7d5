import { expect, test } from "vitest";
import { CoterieError } from "../../world/index.ts";
import type { FaultReason } from "../volume/types.ts";
import { stat } from "./gen/nfs2.gen.ts";
import { nfsstat3 } from "./gen/nfs3.gen.ts";
import { reasonOf, statusOf2, statusOf3 } from "./status.ts";

const reasons = Object.keys(nfsstat3)
  .map((name) => name.replace("NFS3ERR_", ""))
  .filter(
    (name) =>
      !["NFS3_OK", "NXIO", "NODEV", "REMOTE", "BADHANDLE", "TOOSMALL", "SERVERFAULT", "JUKEBOX"].includes(
        name,
      ),
  );

test.each(reasons)("%s is the v3 status of its name, and some failure in v2", (reason) => {
  expect(statusOf3(reason as FaultReason)).toBe(nfsstat3[`NFS3ERR_${reason}` as keyof typeof nfsstat3]);
  const second = statusOf2(reason as FaultReason);
  expect(Object.values(stat)).toContain(second);
  expect(second).not.toBe(stat.NFS_OK);
  const same = stat[`NFSERR_${reason}` as keyof typeof stat];
  if (same !== undefined) expect(second).toBe(same);
});

test("a full disk is NOSPC, every other failure of the disk IO", () => {
  expect(reasonOf(new CoterieError("STORE_FULL", ""))).toBe("NOSPC");
  expect(reasonOf(new CoterieError("STORE_IO", ""))).toBe("IO");
  expect(reasonOf(new Error("anything"))).toBe("IO");
});
