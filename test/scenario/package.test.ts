/**
 * The package as npm would publish it, installed in somebody else's project: every layer is there under its own name, with types
 * that a strict compiler accepts, and so is the command.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../support/idl.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-package-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const project = join(base, "project");
const installed = join(project, "node_modules/coterie");
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

interface Manifest {
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | object>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}
const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const layers = Object.keys(manifest.exports)
  .filter((name) => name !== "./package.json")
  .map((name) => name.replace("./", "coterie/"));

function run(command: string, words: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

let packed: readonly string[] = [];

beforeAll(() => {
  const source = join(base, "source");
  mkdirSync(source);
  for (const name of ["package.json", ...manifest.files]) {
    if (name === "dist" || name.startsWith("!")) continue;
    const [whole = ""] = name.split("/**");
    cpSync(join(ROOT, whole), join(source, whole), { recursive: true });
  }
  run(process.execPath, [COMPILER, "-p", "tsconfig.build.json", "--outDir", join(source, "dist")], ROOT);
  const said = run("npm", ["pack", "--ignore-scripts", "--json", "--loglevel=error"], source);
  const [{ filename, files }] = JSON.parse(said) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  mkdirSync(installed, { recursive: true });
  run("tar", ["xzf", join(source, filename), "--strip-components=1", "-C", installed], base);
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) {
    const scope = name.includes("/") ? name.slice(0, name.indexOf("/")) : "";
    mkdirSync(join(project, "node_modules", scope), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
});

test("has what its users need, and nothing of ours alone", () => {
  expect(packed).toContain("LICENSE");
  expect(packed).toContain("x/nfs3.x");
  expect(packed).toContain("docs/README.md");
  expect(packed).toContain("src/paxos/README.md");
  expect(packed.filter((path) => /\.test\.|\.map$|\.sources$|^src\/.*\.ts$/.test(path))).toEqual([]);
});

test("every layer is imported by its own name", () => {
  const lines = layers.map(
    (layer) => `console.log("${layer}", Object.keys(await import("${layer}")).length > 0);`,
  );
  writeFileSync(join(project, "layers.mjs"), lines.join("\n"));
  const said = run(process.execPath, ["layers.mjs"], project);
  expect(said.trim().split("\n")).toEqual(layers.map((layer) => `${layer} true`));
});

test("a strict compiler accepts the types of every layer", () => {
  const names = layers.map((_, index) => `l${index}`);
  const imports = layers.map((layer, index) => `import * as l${index} from "${layer}";`);
  writeFileSync(
    join(project, "user.ts"),
    `${imports.join("\n")}\nexport const all: object[] = [${names.join(", ")}];\n`,
  );
  const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"];
  run(process.execPath, [COMPILER, "--noEmit", ...options, "--skipLibCheck", "false", "user.ts"], project);
});

test("the command runs", () => {
  const entry = join(installed, manifest.bin.coterie as string);
  expect(run(process.execPath, [entry, "--version"], project)).toMatch(/^\d+\.\d+\.\d+/);
});
