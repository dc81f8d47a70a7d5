/** What all parts of the generator share while they write one module. */
import type { Model, NamedType } from "../model.ts";
import { minimumBytes, type Sizes } from "../size.ts";
import { Names } from "./names.ts";
import { recursiveTypes } from "./recursion.ts";

export class Scope {
  readonly model: Model;
  readonly sizes: Sizes;
  readonly recursive: ReadonlySet<NamedType>;
  /** Identifiers of the module's top level. */
  readonly names = new Names();
  private readonly typeNames = new Map<NamedType, string>();
  private readonly derivedNames = new Map<string, string>();

  constructor(model: Model) {
    this.model = model;
    this.sizes = minimumBytes(model.types);
    this.recursive = recursiveTypes(model.types);
    for (const type of model.types) this.typeNames.set(type, this.names.claim(type.name));
    // What is exported gets its name before helpers may take it.
    for (const type of model.types)
      for (const prefix of ["encode", "decode", "xdr"] as const) this.of(prefix, type);
  }

  /** The identifier of a type. */
  nameOf(type: NamedType): string {
    return this.typeNames.get(type) ?? type.name;
  }

  /** The identifier of something that belongs to a type, for example `encode_T` for `encode`. */
  of(prefix: "encode" | "decode" | "xdr" | "check", type: NamedType, suffix = ""): string {
    const key = `${prefix} ${this.nameOf(type)} ${suffix}`;
    const known = this.derivedNames.get(key);
    if (known !== undefined) return known;
    const name = this.names.claim(`${prefix}_${this.nameOf(type)}${suffix}`);
    this.derivedNames.set(key, name);
    return name;
  }
}
