/** One seed, one trace, whatever version of Node.js runs it: this one beside the newest, which npm brings. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("../support/trace-digests.ts", import.meta.url));

test.skipIf(process.env.COTERIE_SOAK !== "1")(
  "twenty seeds of channels give the same traces on the newest Node.js",
  () => {
    const run = (command: string, args: readonly string[]): string[] =>
      execFileSync(command, args, { encoding: "utf8" }).trim().split("\n");
    const [here, ...mine] = run(process.execPath, ["--import", "tsx", SCRIPT]);
    const [there, ...theirs] = run("npx", ["--yes", "--package=node@latest", "--", "node", SCRIPT]);
    console.log(`${here} and ${there}`);
    expect(there).not.toBe(here);
    expect(mine).toHaveLength(20);
    expect(theirs).toEqual(mine);
  },
);
