/** A disk that really refuses: the system's limit on a file's size, under which writes come back short or fail. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeWorld } from "./index.ts";

const WRITER = fileURLToPath(new URL("../../test/support/store-until-refused.ts", import.meta.url));
const LIMIT_KIB = 3000;

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-refused-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(process.platform === "win32")("when the disk refuses", () => {
  for (const commit of ["inline", "thread"] as const) {
    it(`the un-durable is undone, the process lives, and removals make room again, commits ${commit}`, async () => {
      // The signal that the limit also sends would end the process; a full disk sends none.
      const shell = `trap '' XFSZ; ulimit -f ${LIMIT_KIB}; exec "$@"`;
      const command = [process.execPath, "--import", "tsx", WRITER, directory, commit];
      const child = spawnSync("bash", ["-c", shell, "bash", ...command], {
        encoding: "utf8",
        timeout: 60_000,
      });
      expect(child.status, child.stderr).toBe(0);
      const seen = JSON.parse(child.stdout) as Record<string, unknown>;
      expect(["STORE_FULL", "STORE_IO"]).toContain(seen.code);
      expect(seen).toMatchObject({
        waiters: 4,
        dirty: false,
        failures: 1,
        removal: "durable",
        afterwards: "durable",
      });
      expect(seen.readable).toBe(seen.acknowledged);
      expect(Number(seen.acknowledged)).toBeGreaterThan(200);
      expect(seen.left).toBe(Number(seen.acknowledged) - 99);
      const world = createNodeWorld({ directory });
      const store = await world.storage.open("limited", { readOnly: true });
      expect([...store.range({})].length).toBe(seen.left);
      await world.close();
    });
  }
});
