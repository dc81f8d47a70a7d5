// The one door to the project's tasks: `npm start`, `npm test`, `npm run check|build|generate|bench|soak`.
// Plain JavaScript without dependencies, because it is what installs them.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [task = "help", ...rest] = process.argv.slice(2);

function fail(message) {
  console.error(message);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`coterie needs Node.js 20.19 or newer; this is ${process.versions.node}. See https://nodejs.org/`);
}

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (done.error) fail(`cannot run ${command}: ${done.error.message}`);
  return done.status ?? 1;
}

/** A digest of the file's contents, or "" when it is missing. */
function digestOf(path) {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
}

/** Installs dependencies when they are missing or the lock file has changed since. */
function install() {
  const stamp = join(root, "node_modules/.coterie-lock");
  const wanted = digestOf(join(root, "package-lock.json"));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing dependencies …");
  // No dependency needs an install script; native parts come as prebuilt packages. `install --no-save` and not
  // `ci`, which refuses the whole lock file where a registry lacks one other platform's optional package.
  const arguments_ = [
    "install",
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const status = run("npm", arguments_, {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0)
    fail("npm install failed; its words are above. Check the network and the npm registry, then try again.");
  writeFileSync(stamp, wanted);
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** What the build depends on, as one digest of names, sizes and times. */
function sourceState() {
  const hash = createHash("sha256");
  for (const path of [
    ...filesUnder(join(root, "src")),
    join(root, "tsconfig.json"),
    join(root, "tsconfig.build.json"),
  ].sort()) {
    if (path.endsWith(".test.ts")) continue;
    const { size, mtimeMs } = statSync(path);
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Compiles src to dist when a source has changed since the last build. */
function build() {
  const stamp = join(root, "dist/.sources");
  const state = sourceState();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === state) return;
  console.error("Building …");
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const status = run(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
    {
      stdio: ["ignore", 2, 2],
    },
  );
  if (status !== 0) fail("The build failed; the compiler's words are above.");
  writeFileSync(stamp, state);
}

const bin = (name) => join(root, "node_modules/.bin", name);

/** Runs the checks side by side and prints the output of those that failed. */
async function check() {
  const checks = {
    "format and lint": [bin("biome"), ["ci", "--colors=off", "."]],
    types: [bin("tsc"), ["-p", "."]],
    "conventions, generated code": [bin("vitest"), ["run", "tools/"]],
  };
  const started = Date.now();
  const results = await Promise.all(
    Object.entries(checks).map(
      ([name, [command, args]]) =>
        new Promise((resolve) => {
          let output = "";
          const child = spawn(command, args, { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
          child.stdout.on("data", (data) => (output += data));
          child.stderr.on("data", (data) => (output += data));
          child.on("error", (error) => resolve({ name, status: 1, output: String(error) }));
          child.on("close", (status) => resolve({ name, status: status ?? 1, output }));
        }),
    ),
  );
  for (const { name, status, output } of results) {
    console.log(`${status === 0 ? "ok    " : "FAILED"}  ${name}`);
    if (status !== 0) console.log(output);
  }
  console.log(`check took ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return results.every((result) => result.status === 0) ? 0 : 1;
}

/** What a benchmark measures: the first sentence of the comment at the head of its file. */
function measuredBy(name) {
  const [, comment = ""] =
    /\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(root, "bench", `${name}.ts`), "utf8")) ?? [];
  const text = comment
    .replace(/\n *\*/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return text.split(/[.:](?= |$)/)[0];
}

/** Runs bench/NAME.ts, or lists what there is. */
function bench([name, ...options]) {
  const names = readdirSync(join(root, "bench"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
  if (names.includes(name)) {
    build();
    return run(bin("tsx"), [join("bench", `${name}.ts`), ...options]);
  }
  const isAsked = name === undefined || name === "--help";
  const print = isAsked ? console.log : console.error;
  if (!isAsked) print(`There is no benchmark ${name}.`);
  print("usage: npm run bench -- NAME [options]; NAME --help tells which\n");
  const width = Math.max(...names.map(({ length }) => length));
  for (const each of names) print(`  ${each.padEnd(width)}  ${measuredBy(each)}`);
  return isAsked ? 0 : 2;
}

requireNode();
switch (task) {
  case "start":
    install();
    build();
    process.argv = [process.argv[0], join(root, "dist/cli/main.js"), "up", ...rest];
    await import(pathToFileURL(process.argv[1]).href);
    break;
  case "test":
    install();
    process.exit(run(bin("vitest"), ["run", ...rest]));
    break;
  case "check":
    install();
    process.exit(await check());
    break;
  case "build":
    install();
    build();
    break;
  case "generate":
    install();
    process.exit(run(bin("tsx"), ["tools/generate.ts", ...rest]));
    break;
  case "bench":
    install();
    process.exit(bench(rest));
    break;
  case "soak":
    install();
    build();
    process.exit(run(bin("tsx"), ["tools/soak.ts", ...rest]));
    break;
  default:
    fail("usage: node tools/run.mjs start|test|check|build|generate|bench|soak [arguments]");
}
