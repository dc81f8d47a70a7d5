/** Histories of clients that use a correct object at once: each operation takes effect at one moment between call and answer. */
import { History, type Prng, type RecordedOperation } from "../../src/sim/index.ts";

export interface ConcurrentLoad<Input, Output> {
  readonly random: Prng;
  readonly clients: number;
  readonly operations: number;
  /** How often an operation's answer is never seen. */
  readonly unanswered?: number;
  draw(client: number): Input;
  /** The object itself. */
  apply(input: Input): Output;
}

interface OpenCall<Input, Output> {
  readonly input: Input;
  readonly handle: ReturnType<History<Input, Output>["call"]>;
  output: Output | undefined;
  isDone: boolean;
}

export function concurrentHistory<Input, Output>(
  load: ConcurrentLoad<Input, Output>,
): RecordedOperation<Input, Output>[] {
  const { random } = load;
  const history = new History<Input, Output>();
  const open: (OpenCall<Input, Output> | undefined)[] = Array.from({ length: load.clients });
  while (history.length < load.operations || open.some((call) => call !== undefined)) {
    const client = random.below(load.clients);
    const call = open[client];
    if (call === undefined) {
      if (history.length === load.operations) continue;
      const input = load.draw(client);
      const handle = history.call(`client ${client}`, input);
      open[client] = { input, handle, output: undefined, isDone: false };
    } else if (random.chance(load.unanswered ?? 0)) {
      call.handle.unknown();
      open[client] = undefined;
    } else if (call.isDone) {
      call.handle.returned(call.output as Output);
      open[client] = undefined;
    } else {
      call.output = load.apply(call.input);
      call.isDone = true;
    }
  }
  return history.operations();
}

/** The history with another answer of one operation. */
export function withAnswer<Input, Output>(
  history: readonly RecordedOperation<Input, Output>[],
  index: number,
  output: Output,
): RecordedOperation<Input, Output>[] {
  return history.map((operation, at) =>
    at !== index || operation.answer === undefined
      ? operation
      : { ...operation, answer: { at: operation.answer.at, output } },
  );
}
