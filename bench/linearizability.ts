/**
 * The linearizability checker: `npm run bench -- linearizability [--quick] [--json] [--only TEXT]`.
 *
 * Histories of a correct object under so many clients at once, drawn from a seed, and the same with one answer made false
 * near the end. A write writes a value of its own, a quarter of the calls. `--quick` checks a tenth of the operations.
 */
import { performance } from "node:perf_hooks";
import {
  type CasRegisterInput,
  casRegisterModel,
  checkLinearizability,
  type KeyValueInput,
  keyValueModel,
  type ListInput,
  listModel,
  type Model,
  Prng,
  type QueueInput,
  queueModel,
  type RecordedOperation,
} from "../src/sim/index.ts";
import { concurrentHistory, withAnswer } from "../test/support/concurrent-history.ts";

const ROUNDS = 3;

interface Line {
  readonly history: string;
  readonly clients: number;
  readonly operations: number;
  readonly verdict: string;
  readonly seconds: number;
  readonly steps: number;
}

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const only = args.includes("--only") ? (args[args.indexOf("--only") + 1] ?? "") : "";
const operations = isQuick ? 10_000 : 100_000;
const lines: Line[] = [];

for (const clients of [4, 16, 64, 128]) {
  add("8 registers", clients, keyValueModel<number>(), () => registers(clients, 0));
  add("8 registers, 1 in 100 unanswered", clients, keyValueModel<number>(), () => registers(clients, 0.01));
  add("8 registers, a false read near the end", clients, keyValueModel<number>(), () =>
    falsified(registers(clients, 0), ({ input }) => input.op === "get", -1),
  );
}
for (const clients of [4, 16]) {
  add("1 compare-and-swap register", clients, casRegisterModel(0), () => casRegister(clients));
  add("1 list", clients, listModel<number>(), () => list(clients, operations / 20));
  add("1 list, a false read", clients, listModel<number>(), () =>
    falsified(list(clients, operations / 20), ({ input }) => input.op === "read", [1]),
  );
  add("1 queue", clients, queueModel<number>(), () => queue(clients));
}
if (args.includes("--json")) {
  console.log(JSON.stringify({ benchmark: "linearizability", node: process.version, lines }));
} else print();

function add<State, Input, Output>(
  history: string,
  clients: number,
  model: Model<State, Input, Output>,
  make: () => readonly RecordedOperation<Input, Output>[],
): void {
  if (!`${history}, ${clients} clients`.includes(only)) return;
  const made = make();
  let best: Line | undefined;
  for (let round = 0; round < (isQuick ? 1 : ROUNDS); round++) {
    const started = performance.now();
    const { verdict, steps } = checkLinearizability(model, made);
    const seconds = (performance.now() - started) / 1000;
    if (best === undefined || seconds < best.seconds) {
      best = { history, clients, operations: made.length, verdict, seconds, steps };
    }
  }
  if (best !== undefined) lines.push(best);
}

function registers(clients: number, unanswered: number) {
  const random = new Prng("bench", "registers");
  const values = new Map<string, number>();
  let last = 0;
  return concurrentHistory<KeyValueInput<number>, number | boolean | undefined>({
    random,
    clients,
    operations,
    unanswered,
    draw: () => {
      const key = `r${random.below(8)}`;
      return random.chance(0.25) ? { op: "put", key, value: ++last } : { op: "get", key };
    },
    apply: (input) => {
      if (input.op !== "put") return values.get(input.key);
      values.set(input.key, input.value);
      return undefined;
    },
  });
}

function casRegister(clients: number) {
  const random = new Prng("bench", "cas");
  let value = 0;
  return concurrentHistory<CasRegisterInput<number>, number | boolean | undefined>({
    random,
    clients,
    operations,
    draw: () => {
      const kind = random.below(3);
      if (kind === 0) return { op: "read" };
      if (kind === 1) return { op: "write", value: random.below(5) };
      return { op: "cas", from: random.below(5), to: random.below(5) };
    },
    apply: (input) => {
      if (input.op === "read") return value;
      const writes = input.op === "write" || input.from === value;
      if (writes) value = input.op === "write" ? input.value : input.to;
      return writes;
    },
  });
}

function list(clients: number, count: number) {
  const random = new Prng("bench", "list");
  const items: number[] = [];
  let last = 0;
  return concurrentHistory<ListInput<number>, readonly number[] | number | undefined>({
    random,
    clients,
    operations: count,
    draw: () => (random.chance(0.5) ? { op: "append", value: ++last } : { op: "read" }),
    apply: (input) => {
      if (input.op === "read") return [...items];
      items.push(input.value);
      return undefined;
    },
  });
}

function queue(clients: number) {
  const random = new Prng("bench", "queue");
  const items: number[] = [];
  let last = 0;
  return concurrentHistory<QueueInput<number>, number | undefined>({
    random,
    clients,
    operations,
    draw: () => (random.chance(0.45) ? { op: "enqueue", value: ++last } : { op: "dequeue" }),
    apply: (input) => (input.op === "enqueue" ? void items.push(input.value) : items.shift()),
  });
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

function print(): void {
  const rows = lines.map((line) => [
    line.history,
    String(line.clients),
    line.operations.toLocaleString("en"),
    line.verdict,
    line.seconds.toFixed(3),
    line.steps.toLocaleString("en"),
  ]);
  const head = ["history", "clients", "operations", "verdict", "s", "steps"];
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] as string).length)),
  );
  for (const row of [head, ...rows])
    console.log(row.map((cell, at) => cell.padEnd(widths[at] as number)).join("  "));
}
