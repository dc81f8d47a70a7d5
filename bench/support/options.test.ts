import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  amount,
  choice,
  count,
  counts,
  flag,
  headComment,
  helpOf,
  type Options,
  parsed,
  text,
  words,
} from "./options.ts";

const declared = {
  rounds: count("rounds", { usual: 5, quick: 1 }),
  seconds: amount("how long", { usual: 1.5 }),
  sizes: counts("bytes", { usual: [64, 1024] }),
  peers: choice("what is compared", ["ours", "theirs"]),
  one: choice("what is measured", ["rate", "latency"], ["rate"]),
  dir: text("where", "/tmp"),
  only: words("names"),
  pin: flag("on one CPU"),
  quick: flag("quick"),
} satisfies Options;

describe("options", () => {
  it("are what is usual without being given", () => {
    const usual = { seconds: 1.5, sizes: [64, 1024], peers: ["ours", "theirs"], one: ["rate"], dir: "/tmp" };
    expect(parsed(declared, [])).toEqual({ ...usual, rounds: 5, only: undefined, pin: false, quick: false });
    expect(parsed(declared, ["--quick"])).toMatchObject({ rounds: 1, seconds: 1.5, quick: true });
  });

  it("are what was given, also beside --quick", () => {
    const args = ["--rounds", "7", "--quick", "--sizes=1,2", "--peers", "theirs", "--only", "a,b", "--pin"];
    expect(parsed(declared, args)).toMatchObject({
      rounds: 7,
      sizes: [1, 2],
      peers: ["theirs"],
      only: ["a", "b"],
      pin: true,
    });
  });

  it.each([
    [["--rounds", "0"], "--rounds 0: expected a whole number from 1 on"],
    [["--rounds", "1.5"], "--rounds 1.5: expected a whole number from 1 on"],
    [["--seconds", "-1"], /--seconds' argument is ambiguous/],
    [["--seconds", "soon"], "--seconds soon: expected a number above 0"],
    [["--sizes", "64,,8"], "--sizes 64,,8: expected a whole number from 1 on"],
    [["--peers", "ours,nobody"], "--peers ours,nobody: expected some of ours,theirs"],
    [["--round", "3"], "Unknown option '--round'"],
    [["--pin=yes"], "Option '--pin' does not take an argument"],
    [["stray"], "Unexpected argument 'stray'"],
  ])("%j is refused", (args, message) => {
    expect(() => parsed(declared, args)).toThrow(message);
  });

  it("are told of, with what they are without being given", () => {
    const help = helpOf(
      declared,
      "import x;\n/**\n * What it measures.\n *\n *     npm run it\n */\n/** Else. */",
    );
    expect(help).toContain("What it measures.\n\n    npm run it\n\nOptions:\n");
    expect(help).toContain("--rounds …   rounds (5; quick: 1)");
    expect(help).toContain("--peers …    what is compared (ours,theirs)");
    expect(help).toContain("--one …      what is measured: some of rate,latency (rate)");
    expect(help).toContain("--pin        on one CPU\n");
    expect(help).not.toContain("Else");
  });
});

describe("benchmarks", () => {
  const folder = resolve(import.meta.dirname, "..");
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(".ts") ? [basename(file, ".ts")] : []));

  it("are there", () => expect(names.length).toBeGreaterThan(10));

  it.each(names)("%s says what it measures, with an example, and reads its options here", (name) => {
    const source = readFileSync(join(folder, `${name}.ts`), "utf8");
    expect(headComment(source)).toMatch(new RegExp(`\\n {4}npm run bench -- ${name}( |$)`, "m"));
    expect(source).toMatch(/\boptions\(\{|\boptions\(\n/);
  });

  it("tell their help, and refuse in a line what they do not know", () => {
    const tsx = ["--import", import.meta.resolve("tsx"), join(folder, "xdr.ts")];
    const help = execFileSync(process.execPath, [...tsx, "--help"], { encoding: "utf8" });
    expect(help).toContain("npm run bench -- xdr --quick --json");
    const refused = spawnSync(process.execPath, [...tsx, "--fast"], { encoding: "utf8" });
    expect(refused.status).toBe(2);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toBe(
      "npm run bench -- xdr: Unknown option '--fast'; --help tells what there is\n",
    );
  });

  it("are listed, each with a line", () => {
    const run = join(folder, "../tools/run.mjs");
    const listed = execFileSync(process.execPath, [run, "bench"], { encoding: "utf8" }).split("\n");
    for (const name of names) {
      const line = listed.find((each) => each.startsWith(`  ${name} `)) ?? "";
      expect(line.length, name).toBeGreaterThan(name.length + 20);
      expect(line.length, line).toBeLessThan(180);
    }
  });
});
