/**
 * What a run failed of, as plain data that a worker process can send and a corpus can keep. `property` is the failure's
 * identity: a smaller plan counts as the same failure when it fails with the same property. For a CoterieError it is
 * the code, for a violated property its name, for another error its name and message without numbers and quotes.
 */
import { CoterieError } from "../../world/index.ts";

/** Why a run failed. Two runs fail alike if `property` and `code` are the same. */
export interface Failure {
  /** Tells one failure from another. */
  readonly property: string;
  /** Of a CoterieError. */
  readonly code?: string;
  readonly message: string;
  /** Of the code that threw; absent where the message says it all. */
  readonly stack?: string;
}

const MAX_PROPERTY_CHARACTERS = 200;
const MAX_MESSAGE_CHARACTERS = 16_384;
const MAX_CAUSES = 16;

/** A violated property, for `Stage.fail`. */
export function violation(property: string, message: string): CoterieError {
  return new CoterieError("SIM_VIOLATED", `${property}: ${message}`, { details: { property } });
}

export function describeFailure(error: unknown): Failure {
  const code = codeOf(error);
  const stack = stackOf(error);
  return {
    property: propertyOf(error).slice(0, MAX_PROPERTY_CHARACTERS),
    ...(code !== undefined && { code }),
    message: messageOf(error).slice(0, MAX_MESSAGE_CHARACTERS),
    ...(stack !== undefined && { stack: stack.slice(0, MAX_MESSAGE_CHARACTERS) }),
  };
}

/** By shape and not by class: a scenario may load a copy of this package of its own. */
function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined | null)?.code;
  return error instanceof Error && typeof code === "string" ? code : undefined;
}

/** Code under test throws anything: a message that is no text, an object that cannot be one. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "something that has no words";
  }
}

function propertyOf(error: unknown, depth = 0): string {
  const code = codeOf(error);
  if (code === "SIM_VIOLATED") {
    const { property } = (error as CoterieError).details ?? {};
    return String(property);
  }
  // The simulator wraps what a handler threw: the cause tells more.
  const { cause } = error instanceof Error ? error : {};
  if (code === "SIM_FAILED" && cause !== undefined && depth < MAX_CAUSES) return propertyOf(cause, depth + 1);
  // Node's own codes are of a whole kind of errors, such as ERR_ASSERTION.
  if (code !== undefined && !code.startsWith("ERR_")) return code;
  const name = error instanceof Error ? (code ?? error.name) : "thrown";
  return `${name}: ${withoutValues(messageOf(error))}`;
}

/** The first line, with what differs from run to run taken out. */
function withoutValues(message: string): string {
  const line = message.split("\n", 1)[0] ?? "";
  return line.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, "…").replace(/\d+(?:\.\d+)?/g, "#");
}

/** Where the user's own code threw: of the innermost cause that is no CoterieError of the simulator's. */
function stackOf(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; depth < MAX_CAUSES && codeOf(at) === "SIM_FAILED"; depth++) {
    at = (at as Error).cause;
  }
  if (!(at instanceof Error) || codeOf(at)?.startsWith("SIM_") === true) return undefined;
  return typeof at.stack === "string" ? at.stack : undefined;
}
