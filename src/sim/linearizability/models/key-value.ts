/** A map of independent keys. Each key is a partition of its own, so that long histories of many keys are checked quickly. */
import { canonicalText } from "../canonical-text.ts";
import type { Model } from "../model.ts";
import { answerText, type CasRegisterInput, shownByRegister, stepCasRegister } from "./register.ts";
import { rankByZone, unseenWrites } from "./zones.ts";

/** Operations on a map. Each key is a partition of its own. */
export type KeyValueInput<Value> =
  /** Answers the value, or undefined when the key is not there. */
  | { readonly op: "get"; readonly key: string }
  /** The answer does not matter. */
  | { readonly op: "put"; readonly key: string; readonly value: Value }
  /** The answer does not matter. */
  | { readonly op: "delete"; readonly key: string }
  /** Writes `to` if the value is `from`; undefined is the value of a key that is not there. Answers whether it wrote. */
  | {
      readonly op: "cas";
      readonly key: string;
      readonly from: Value | undefined;
      readonly to: Value | undefined;
    };

/** A map that is empty before the first operation. Values are plain, and not undefined. */
export function keyValueModel<Value>(): Model<
  Value | undefined,
  KeyValueInput<Value>,
  Value | boolean | undefined
> {
  return {
    name: "key-value map",
    init: () => undefined,
    step: (state, input, output) => stepCasRegister<Value | undefined>(state, registerInput(input), output),
    partition: ({ key }) => key,
    isRead: ({ op }, output) => op === "get" || (op === "cas" && output === false),
    foresee: (operations) =>
      rankByZone(operations, (operation) =>
        shownByRegister({ ...operation, input: registerInput(operation.input) }),
      ),
    leaveOut: (operations) => unseenWrites(operations, ({ input }) => registerInput(input)),
    show: (input, output) =>
      `${textOf(input)}${input.op === "get" || input.op === "cas" ? ` ${answerText(output)}` : ""}`,
    showState: (state) => (state === undefined ? "absent" : canonicalText(state)),
  };
}

function registerInput<Value>(input: KeyValueInput<Value>): CasRegisterInput<Value | undefined> {
  switch (input.op) {
    case "get":
      return { op: "read" };
    case "put":
      return { op: "write", value: input.value };
    case "delete":
      return { op: "write", value: undefined };
    case "cas":
      return input;
  }
}

function textOf<Value>(input: KeyValueInput<Value>): string {
  const key = JSON.stringify(input.key);
  if (input.op === "put") return `put ${key} ${canonicalText(input.value)}`;
  if (input.op !== "cas") return `${input.op} ${key}`;
  return `cas ${key} ${canonicalText(input.from)} to ${canonicalText(input.to)}`;
}
