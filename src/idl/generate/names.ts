/**
 * Identifiers of the generated module. A name of the `.x` file stays as it is, unless TypeScript reserves it, the
 * module needs it for itself, or it is taken already: then underscores are added to its end until it is free.
 * Properties (fields, arms, methods, enum values) need none of this: there any name may stand.
 */

const RESERVED: ReadonlySet<string> = new Set([
  // ECMAScript and TypeScript.
  ..."arguments as async await break case catch class const continue debugger default delete do else".split(
    " ",
  ),
  ..."enum eval export extends false finally for function if implements import in instanceof".split(" "),
  ..."interface let new null package private protected public return static super switch this".split(" "),
  ..."throw true try typeof undefined var void while with yield NaN Infinity".split(" "),
  ..."any bigint boolean never number object string symbol unknown type".split(" "),
  // Words that compilers take for operators of types.
  ..."infer intrinsic keyof readonly satisfies unique".split(" "),
  // What the module uses itself.
  ..."Caller CallOptions Context Contract Exclude Extract Handler Procedure Promise Record Service".split(
    " ",
  ),
  ..."Uint8Array Xdr XdrError XdrReader XdrWriter xdrVoid".split(" "),
]);

export class Names {
  private readonly taken: Set<string>;

  /** `taken`: names that may not be given, besides the reserved ones. */
  constructor(taken: Iterable<string> = []) {
    this.taken = new Set(taken);
  }

  /** Takes the name, or the nearest that is free. */
  claim(wanted: string): string {
    let name = wanted;
    while (RESERVED.has(name) || this.taken.has(name)) name += "_";
    this.taken.add(name);
    return name;
  }
}

/** A property's name as it stands in a type or an object: `__proto__` would mean something else unquoted. */
export function propertyKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : name;
}

/** A method's name as it stands in an interface: `new` would mean what is constructed. */
export function methodKey(name: string): string {
  return name === "new" ? '"new"' : propertyKey(name);
}

/** Access to a property of `object`. */
export function propertyOf(object: string, name: string): string {
  return name === "__proto__" ? `${object}["__proto__"]` : `${object}.${name}`;
}

/** A comment of the `.x` file as a documentation comment, indented; no lines when there is none. */
export function docLines(doc: string | undefined, indent = ""): string[] {
  if (doc === undefined) return [];
  const lines = doc.replaceAll("*/", "* /").split("\n");
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}
