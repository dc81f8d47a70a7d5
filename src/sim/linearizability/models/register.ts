/** One value that is written and read, and the same with compare-and-swap. */
import { canonicalText, samePlain } from "../canonical-text.ts";
import { type Model, outputOf, REFUSED, type RecordedOperation, UNSEEN, type Unseen } from "../model.ts";
import { rankByZone, type Shown, unseenWrites } from "./zones.ts";

/** Operations on a register. The answer to a write does not matter. */
export type RegisterInput<Value> = { readonly op: "read" } | { readonly op: "write"; readonly value: Value };

/** Operations on a register that also compares and sets; a `cas` answers whether it wrote. */
export type CasRegisterInput<Value> =
  | RegisterInput<Value>
  /** Writes `to` if the value is `from`. */
  | { readonly op: "cas"; readonly from: Value; readonly to: Value };

/** A register that holds `initial` before the first write. Reads answer the value; the answer of a write does not matter. */
export function registerModel<Value>(initial: Value): Model<Value, RegisterInput<Value>, Value | undefined> {
  return {
    name: "register",
    init: () => initial,
    step: stepRegister,
    isRead: (input) => input.op === "read",
    foresee: (operations) => rankByZone(operations, shownByRegister),
    leaveOut: (operations) => unseenWrites(operations, ({ input }) => input),
    show: showRegister,
  };
}

/** The same with compare-and-swap, which answers true if it wrote and false if not. */
export function casRegisterModel<Value>(
  initial: Value,
): Model<Value, CasRegisterInput<Value>, Value | boolean | undefined> {
  return {
    name: "compare-and-swap register",
    init: () => initial,
    step: stepCasRegister,
    isRead: ({ op }, output) => op === "read" || (op === "cas" && output === false),
    foresee: (operations) => rankByZone(operations, shownByRegister),
    leaveOut: (operations) => unseenWrites(operations, ({ input }) => input),
    show: (input, output) =>
      input.op === "cas"
        ? `cas ${canonicalText(input.from)} to ${canonicalText(input.to)} ${answerText(output)}`
        : showRegister(input, output),
  };
}

/** Shared with the map, for its operations as those of a register. */
export function shownByRegister(operation: RecordedOperation<CasRegisterInput<unknown>, unknown>): Shown {
  const { input } = operation;
  const output = outputOf(operation);
  if (input.op === "read") return output === UNSEEN ? undefined : { value: output, writes: false };
  if (input.op === "write") return { value: input.value, writes: true };
  return output === false ? undefined : { value: input.to, writes: true };
}

function stepRegister<Value>(state: Value, input: RegisterInput<Value>, output: unknown): readonly Value[] {
  if (input.op === "write") return [input.value];
  return output === UNSEEN || samePlain(output, state) ? [state] : REFUSED;
}

/** Shared with the map, whose values are registers. */
export function stepCasRegister<Value>(
  state: Value,
  input: CasRegisterInput<Value>,
  output: unknown,
): readonly Value[] {
  if (input.op !== "cas") return stepRegister(state, input, output);
  const fits = samePlain(state, input.from);
  if (output !== UNSEEN && output !== fits) return REFUSED;
  return [fits ? input.to : state];
}

function showRegister<Value>(input: RegisterInput<Value>, output: unknown): string {
  return input.op === "write" ? `write ${canonicalText(input.value)}` : `read ${answerText(output)}`;
}

/** An answer for people. */
export function answerText(output: unknown | Unseen): string {
  return output === UNSEEN ? "→ ?" : `→ ${canonicalText(output)}`;
}
