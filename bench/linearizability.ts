/**
 * The linearizability checker on long histories: how long it takes, the best of several rounds.
 *
 * Histories of a correct object under so many clients at once, drawn from a seed, and the same with one answer made false
 * near the end. A write writes a value of its own, a quarter of the calls. `--quick` checks a tenth of the operations.
 *
 *     npm run bench -- linearizability --quick
 *     npm run bench -- linearizability --only "list, 4 clients"
 */
import { performance } from "node:perf_hooks";
import {
  casRegisterModel,
  checkLinearizability,
  keyValueModel,
  listModel,
  type Model,
  Prng,
  queueModel,
  type RecordedOperation,
} from "../src/sim/index.ts";
import { withAnswer } from "../test/support/concurrent-history.ts";
import { casHistory, listHistory, queueHistory, registersHistory } from "../test/support/object-histories.ts";
import { count, options, text } from "./support/options.ts";
import { Report } from "./support/report.ts";

type Line = {
  readonly history: string;
  readonly clients: number;
  readonly operations: number;
  readonly verdict: string;
  readonly seconds: number;
  readonly steps: number;
};

const asked = options({
  rounds: count("rounds, of which the best counts", { usual: 3, quick: 1 }),
  only: text(`a part of the name of a history, as in "list, 4 clients"`),
});
const operations = asked.quick ? 10_000 : 100_000;
const lines: Line[] = [];

for (const clients of [4, 16, 64, 128]) {
  add("8 registers", clients, keyValueModel<number>(), () => registers(clients, 0));
  add("8 registers, 1 in 100 unanswered", clients, keyValueModel<number>(), () => registers(clients, 0.01));
  add("8 registers, a false read near the end", clients, keyValueModel<number>(), () =>
    falsified(registers(clients, 0), ({ input }) => input.op === "get", -1),
  );
}
for (const clients of [4, 16]) {
  add("1 compare-and-swap register", clients, casRegisterModel(0), () => casHistory(size("cas", clients)));
  add("1 list", clients, listModel<number>(), () => list(clients));
  add("1 list, a false read", clients, listModel<number>(), () =>
    falsified(list(clients), ({ input }) => input.op === "read", [1]),
  );
  add("1 queue", clients, queueModel<number>(), () => queue(clients));
  add("1 queue, found empty when it is not", clients, queueModel<number>(), () =>
    falsified(queue(clients), ({ answer }) => answer?.output !== undefined, undefined),
  );
}
const report = new Report("linearizability", asked, { rounds: asked.rounds });
report.table("histories", lines);
report.end();

function add<State, Input, Output>(
  history: string,
  clients: number,
  model: Model<State, Input, Output>,
  make: () => readonly RecordedOperation<Input, Output>[],
): void {
  if (!`${history}, ${clients} clients`.includes(asked.only ?? "")) return;
  const made = make();
  let best: Line | undefined;
  for (let round = 0; round < asked.rounds; round++) {
    const started = performance.now();
    const { verdict, steps } = checkLinearizability(model, made);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    if (best === undefined || seconds < best.seconds) {
      best = { history, clients, operations: made.length, verdict, seconds, steps };
    }
  }
  if (best !== undefined) lines.push(best);
}

function size(label: string, clients: number, count = operations) {
  return { random: new Prng("bench", label), clients, operations: count };
}

function registers(clients: number, unanswered: number) {
  return registersHistory({ ...size("registers", clients), unanswered }, { keys: 8, writes: 0.25 });
}

function list(clients: number) {
  return listHistory(size("list", clients, operations / 20), { appends: 0.5 });
}

function queue(clients: number) {
  return queueHistory(size("queue", clients), { enqueues: 0.45 });
}

/** The same with a false answer of the last operation but a tenth of those that `chosen` takes. */
function falsified<Input, Output>(
  history: readonly RecordedOperation<Input, Output>[],
  chosen: (operation: RecordedOperation<Input, Output>) => boolean,
  answer: Output,
): RecordedOperation<Input, Output>[] {
  const found = history.findLastIndex((operation, at) => at < history.length * 0.9 && chosen(operation));
  return withAnswer(history, found, answer);
}
