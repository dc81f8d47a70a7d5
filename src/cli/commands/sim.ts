/** `coterie sim`: runs scenarios of the user's own in the simulator, repeats failures, and makes them small. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { parseCount, parseDuration } from "../options.ts";
import { type ReplayFlags, replay } from "../sim/replay.ts";
import { type RunFlags, runSeeds } from "../sim/run.ts";
import { type ShrinkFlags, shrinkSeed } from "../sim/shrink.ts";
import { parseWeights } from "../sim/weights.ts";

const DEFAULT_SEEDS = 100;
const DEFAULT_LIMIT_MS = 60_000;
const DEFAULT_SHRINK_RUNS = 2000;
const DEFAULT_SHRINK_MS = 60_000;
const MAX_JOBS = 64;

export function register(program: Command, context: CliContext): void {
  const sim = program.command("sim").description("Simulate your own protocols under faults, from seeds");
  registerRun(sim, context);
  registerReplay(sim, context);
  registerShrink(sim, context);
}

function registerRun(sim: Command, context: CliContext): void {
  const command = sim
    .command("run")
    .description("Run a file's scenarios: what failed before first, then many seeds")
    .argument("<file>", "a TypeScript or JavaScript module that exports scenarios")
    .option("--seeds <number>", "how many seeds", parseCount, DEFAULT_SEEDS)
    .option("--from <seed>", "the first seed", parseCount, 1)
    .option("--jobs <number>", "worker processes", parseJobs, 1)
    .option("--twice", "run each seed twice, and fail where that does not do the same")
    .option("--fail-fast", "stop at the first failure")
    .option("--shrink", "make one failure of each kind small")
    .option("--prune", "remove what passes again from the corpus")
    .option("--out <dir>", "folder for plan, trace and diagram of each failure");
  withCommonOptions(withWeights(withCorpus(command))).action((file: string, flags: RunFlags) =>
    runSeeds(context, file, flags),
  );
  withExamples(command, [
    ["coterie sim run echo.ts --seeds 1000 --jobs 2", "a thousand seeds over two processes"],
    [
      "coterie sim run echo.ts --weights crash-restart=3,loss=0 --fail-fast --shrink",
      "other faults; the first failure, small",
    ],
  ]);
}

function registerReplay(sim: Command, context: CliContext): void {
  const command = sim
    .command("replay")
    .description("Repeat one run, and show all of it")
    .argument("<file>", "the scenario's module")
    .option("--seed <seed>", "the run of this seed")
    .option("--known", "with --seed: the plan that the corpus has of it, however plans are drawn now")
    .option("--plan <file>", "the run of a plan that was kept")
    .option("--twice", "run it twice, and fail where that does not do the same")
    .option("--trace", "print everything that happened")
    .option("--svg <file>", "draw what happened as a space-time diagram")
    .option(
      "--from <time>",
      "draw from this moment of simulated time on (default: as much of the end as there is room for)",
      parseDuration,
    )
    .option("--to <time>", "draw nothing after this moment of simulated time", parseDuration)
    .option("--corpus <file>", "where failing plans are kept (default: FILE.corpus.json beside the file)");
  withCommonOptions(withWeights(command)).action((file: string, flags: ReplayFlags) =>
    replay(context, file, flags),
  );
  withExamples(command, [
    ["coterie sim replay echo.ts --seed 17 --trace", "what happened under seed 17, line by line"],
    [
      "coterie sim replay echo.ts --plan echo.seed-17.plan.json --svg echo.svg",
      "a shrunk plan, as a picture",
    ],
    [
      "coterie sim replay echo.ts --seed 17 --svg echo.svg --from 1500ms --to 2s",
      "what happened around a moment of the trace",
    ],
  ]);
}

function registerShrink(sim: Command, context: CliContext): void {
  const command = sim
    .command("shrink")
    .description("Make a failing run small: fewer faults, operations and nodes, as long as it fails alike")
    .argument("<file>", "the scenario's module")
    .option("--seed <seed>", "the run of this seed")
    .option("--known", "with --seed: the plan that the corpus has of it, however plans are drawn now")
    .option("--plan <file>", "the run of a plan that was kept")
    .option("--twice", "run everything twice: for what does not do the same again")
    .option("--runs <number>", "the most runs", parseCount, DEFAULT_SHRINK_RUNS)
    .addOption(
      new Option("--time <duration>", "the most real time")
        .argParser(parseDuration)
        .default(DEFAULT_SHRINK_MS, "1min"),
    )
    .option("--out <file>", "where the plan goes (default: FILE.seed-SEED.plan.json beside the file)");
  withCommonOptions(withWeights(withCorpus(command))).action((file: string, flags: ShrinkFlags) =>
    shrinkSeed(context, file, flags),
  );
  withExamples(command, [
    ["coterie sim shrink echo.ts --seed 17", "writes echo.seed-17.plan.json"],
    ["coterie sim shrink echo.ts --plan echo.seed-17.plan.json --time 10min", "goes on with it for longer"],
  ]);
}

function withCommonOptions(command: Command): Command {
  return command
    .option("--scenario <name>", "which of the file's scenarios (default: run takes all)")
    .addOption(
      new Option("--limit <duration>", "the most real time that one run may take")
        .argParser(parseLimit)
        .default(DEFAULT_LIMIT_MS, "1min"),
    );
}

function withWeights(command: Command): Command {
  return command.option(
    "--weights <list>",
    "draw these kinds of fault more or less often than the scenario says: KIND=NUMBER,…",
    parseWeights,
  );
}

function withCorpus(command: Command): Command {
  return command
    .option("--corpus <file>", "where failing plans are kept (default: FILE.corpus.json beside the file)")
    .option("--no-corpus", "neither read nor keep failing plans");
}

function parseJobs(text: string): number {
  const jobs = parseCount(text);
  if (jobs < 1 || jobs > MAX_JOBS) throw new InvalidArgumentError(`Expected 1 to ${MAX_JOBS}.`);
  return jobs;
}

function parseLimit(text: string): number {
  const limitMs = parseDuration(text);
  if (limitMs === 0) throw new InvalidArgumentError("In no time nothing runs.");
  return limitMs;
}
