/** What can be wrong with a `.x` file. Every error says file, line and column, and what was expected there. */
import { CoterieError, defineErrors } from "../world/index.ts";
import { formatPosition, type Position } from "./source.ts";

/** Summary and remedy of each IDL_… code, as `coterie explain` shows them. */
export const idlErrors = defineErrors({
  IDL_FILE: {
    summary: "The `.x` file, or one that it includes, cannot be read.",
    remedy: "Check the name; give the folders of included files with -I.",
  },
  IDL_PREPROCESSOR: {
    summary: "A preprocessor line (`#…`) or macro is malformed, not closed, or nested too deep.",
    remedy: "Correct the line that the message names.",
  },
  IDL_LEXICAL: {
    summary: "A character or number does not belong to the language, or a comment or string is not closed.",
    remedy: "Correct the place that the message names.",
  },
  IDL_SYNTAX: {
    summary: "Something else was expected at this place.",
    remedy: "Write what the message says was expected; docs of the language: RFC 4506 section 6, rpcgen(1).",
  },
  IDL_UNDEFINED: {
    summary: "A name is used that is declared nowhere.",
    remedy: "Declare it, #include the file that does, or correct the spelling.",
  },
  IDL_DUPLICATE: {
    summary: "A name, number or case is declared twice.",
    remedy: "Rename or remove one of the two.",
  },
  IDL_CYCLE: {
    summary: "A type or constant contains itself, so that no value of it can ever end.",
    remedy: "Make the inner one optional (`T *name`) or an array of variable length (`T name<>`).",
  },
  IDL_RANGE: {
    summary: "A number is outside what its place allows.",
    remedy: "Use a number in the range that the message names.",
  },
  IDL_TYPE: {
    summary: "A name stands for the wrong kind of thing here.",
    remedy: "Use a type or a constant of the kind that the message names.",
  },
  IDL_JSON: {
    summary: "JSON that was given as a value does not fit the type that the `.x` file declares.",
    remedy: "Write at the place that the message names what it says was expected there.",
  },
});

/** The codes of `IdlError`: IDL_… . */
export type IdlErrorCode = keyof typeof idlErrors;

/** A fault in a `.x` file. `details` holds file, line, column, and what was expected and found when known. */
export class IdlError extends CoterieError {
  readonly at: Position;

  constructor(
    code: IdlErrorCode,
    at: Position,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(code, `${formatPosition(at)}: ${message}`, { details: { ...at, ...details } });
    this.name = "IdlError";
    this.at = at;
  }
}
