#!/usr/bin/env node
/** The command line's entry: the one file of it that touches the process. */
import { readFileSync, writeSync } from "node:fs";
import { basename } from "node:path";

/** package.json lies two folders up from `src/cli` and from `dist/cli`. */
function readVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  // Asked by scripts more than by people: answered without loading anything.
  process.stdout.write(`${readVersion()}\n`);
} else if (args[0] === "sim-worker" && process.send !== undefined) {
  // A worker of `coterie sim`, started by itself and spoken to with messages.
  const [{ parentProcess }, { serveSimulations }] = await Promise.all([
    import("../node/index.ts"),
    import("./sim/worker.ts"),
  ]);
  serveSimulations(parentProcess());
} else {
  const [{ crashLine, run }, { readEnvironment }, node] = await Promise.all([
    import("./run.ts"),
    import("./environment.ts"),
    import("../node/index.ts"),
  ]);
  const environment = readEnvironment(process.env);
  const terminal = node.createTerminal({ colourAllowed: environment.colourAllowed });
  process.on("uncaughtException", (error) => {
    writeSync(2, crashLine(error, { colour: terminal.err.colour, debug: environment.debug }));
    process.exit(1);
  });
  // The world's timers do not keep a process alive; a command that waits for one must not end before it.
  setInterval(() => {}, 0x7fff_ffff);
  const status = await run(args, {
    version: readVersion(),
    // Under npm the script, and not a link to it in the user's path, is what runs.
    commandName: basename(process.argv[1] ?? "") === "coterie" ? "coterie" : "npx coterie",
    environment,
    terminal,
    local: node.createLocalFiles(),
    process: node.createProcessControl(),
    createWorld: async (options) => node.createNodeWorld(options),
    createFileLog: async (path, fields = {}) => node.createFileLog({ path, fields }),
  });
  await terminal.flush();
  process.exit(status);
}
