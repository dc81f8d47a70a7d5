/**
 * Standard Schema, version 1 (standardschema.dev): the interface that validators share (Zod, Valibot, ArkType and others have it).
 * Stated here by its shape, so that any of them fits and none is needed.
 */
import { type Fate, groupError } from "../errors.ts";

/**
 * What checks a value: the interface of Standard Schema (standardschema.dev), version 1, which common
 * validators have.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with a value, in the words of Standard Schema. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of what it is given. */
export type OutputOf<Schema> = Schema extends StandardSchema<infer _, infer Output> ? Output : never;

/** Issues that a message to people names; the others are counted. */
const MAX_ISSUES = 3;
const MAX_TEXT = 500;

/**
 * The value as the schema has it. @throws CoterieError GROUP_INVALID_MESSAGE; TypeError for a schema that validates asynchronously, as
 * messages are delivered in their order and without waiting.
 */
export function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  fate: Fate,
): Output {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError("a group's schemas must validate at once: this one returned a promise");
  }
  if (result.issues === undefined) return result.value;
  throw groupError(
    "GROUP_INVALID_MESSAGE",
    `the value is not what its schema allows: ${told(result.issues)}`,
    fate,
  );
}

function told(issues: readonly SchemaIssue[]): string {
  const named = issues.slice(0, MAX_ISSUES).map(({ path = [], message }) => {
    const place = path.map((each) => String(typeof each === "object" ? each.key : each)).join(".");
    return place === "" ? message : `${place}: ${message}`;
  });
  if (issues.length > MAX_ISSUES) named.push(`and ${issues.length - MAX_ISSUES} more`);
  return named.join("; ").slice(0, MAX_TEXT);
}
