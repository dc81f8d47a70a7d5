import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { startChild } from "./children.ts";
import { freePorts } from "./ports.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program in a folder elsewhere, which imports from this one. */
function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text.replaceAll('"./', `"${import.meta.dirname}/`));
  return file;
}

const adder = program(
  "adder.mts",
  `import { say, serveParent } from "./child-side.ts";
   serveParent((number: number) => say(number + Number(process.argv[2])));
   say("ready");`,
);

describe("children", () => {
  it("say when they are ready, answer what they are asked, and are stopped", async () => {
    const [child, ready] = await startChild<number, string>(pathToFileURL(adder), [7]);
    expect(ready).toBe("ready");
    expect(await child.ask<number>(3)).toBe(10);
    expect(await child.ask<number>(-7)).toBe(0);
    child.stop();
  });

  it("take the measurement with them when they end by themselves", async () => {
    const crash =
      'import { say } from "./child-side.ts"; say("ready"); process.exitCode = 3; process.disconnect();';
    const child = pathToFileURL(program("crash.mts", crash));
    const starts = `await startChild(new URL("${child}"), ["crash"]); setInterval(() => {}, 1000);`;
    const parent = program("parent.mts", `import { startChild } from "./children.ts"; ${starts}`);
    const ended = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), parent], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    ended.stderr.on("data", (data) => {
      said += data;
    });
    const [code] = await once(ended, "close");
    expect(code).toBe(1);
    expect(said).toContain("crash ended with 3");
  });
});

describe("what is undone at the end", () => {
  it.each([
    "",
    "throw new Error('stopped');",
    "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);",
  ])("a scratch folder, after %j", (end) => {
    const name = program(
      "scratch.mts",
      `import { scratchFolder } from "./scratch.ts"; console.log(scratchFolder("test", ${JSON.stringify(folder)})); ${end}`,
    );
    const shell = `"${process.execPath}" --import "${import.meta.resolve("tsx")}" "${name}" 2>/dev/null || true`;
    const made = execFileSync("sh", ["-c", shell], { encoding: "utf8" }).trim();
    expect(made).toContain("coterie-bench-test-");
    expect(existsSync(made)).toBe(false);
  });
});

describe("waiting", () => {
  it("asks until there is an answer", async () => {
    let asked = 0;
    const probe = () => (++asked === 3 ? "here" : undefined);
    expect(await until(probe, { what: "it", everyMs: 0 })).toBe("here");
    expect(asked).toBe(3);
  });

  it("gives up in its own words", async () => {
    const never = until(() => undefined, { what: "a leader", withinMs: 0 });
    await expect(never).rejects.toThrow("a leader: not within 0 ms");
  });

  it("free ports are different ones", async () => {
    const ports = await freePorts(5);
    expect(new Set(ports).size).toBe(5);
    expect(ports.every((port) => port > 0)).toBe(true);
  });
});
