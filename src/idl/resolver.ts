/** From what is written to what is meant: looks up names, computes numbers, and checks what the grammar cannot. */
import type {
  ConstDefinition,
  Declaration,
  Definition,
  EnumDefinition,
  ProgramDefinition,
  StructDefinition,
  TypeDefinition,
  TypedefDefinition,
  TypeSpec,
  UnionDefinition,
} from "./ast.ts";
import { C_TYPES } from "./c-headers.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkUnique } from "./check-unique.ts";
import { Constants } from "./constants.ts";
import { IdlError } from "./errors.ts";
import {
  type Constant,
  type EnumType,
  type Field,
  type Model,
  type ModelVersion,
  type NamedType,
  type StructType,
  type Type,
  UNBOUNDED,
  type UnionType,
} from "./model.ts";
import { resolveProgram } from "./resolve-program.ts";
import { resolveUnionArms } from "./resolve-union.ts";
import { formatPosition, type Position } from "./source.ts";
import type { Token } from "./token.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const UINT_MAX = 2 ** 32 - 1;

/** Typedefs of typedefs: a longer chain is refused. */
export const MAX_TYPEDEF_DEPTH = 256;

export interface Sources {
  readonly definitions: readonly Definition[];
  readonly cMacros: ReadonlyMap<string, readonly Token[]>;
  /** Finds the definition that declares a name in files that the C side includes. */
  readonly findElsewhere: (name: string) => Definition | undefined;
}

export function resolve(sources: Sources): Model {
  return new Resolver(sources).run();
}

class Resolver {
  private readonly sources: Sources;
  private readonly constants: Constants;
  private readonly definitions = new Map<string, Definition>();
  private readonly types = new Map<string, NamedType>();
  /** Types whose parts are still to be looked up: a queue, so that long chains need no deep stack. */
  private readonly waiting: (() => void)[] = [];
  private typedefDepth = 0;

  constructor(sources: Sources) {
    this.sources = sources;
    this.constants = new Constants(sources.cMacros, sources.findElsewhere);
  }

  run(): Model {
    for (const definition of this.sources.definitions) this.declare(definition);
    const constants: Constant[] = [];
    const versions: ModelVersion[] = [];
    for (const definition of this.sources.definitions) {
      if (definition.kind === "const") constants.push(this.constant(definition));
      else if (definition.kind === "program") versions.push(...this.program(definition));
      else if (!isSelfTypedef(definition)) this.named(definition.name, definition.at);
    }
    while (this.waiting.length > 0) this.waiting.shift()?.();
    const types = [...this.types.values()];
    checkSizes(types);
    return { constants, types, versions };
  }

  private declare(definition: Definition): void {
    if (isSelfTypedef(definition)) return;
    const other = this.definitions.get(definition.name);
    if (other !== undefined) {
      const where = formatPosition(other.at);
      throw new IdlError(
        "IDL_DUPLICATE",
        definition.at,
        `${definition.name} is declared already at ${where}`,
      );
    }
    this.definitions.set(definition.name, definition);
    if (definition.kind === "const" || definition.kind === "enum") this.constants.declare(definition);
    if (definition.kind === "program") this.declareNumbers(definition);
  }

  private declareNumbers(program: ProgramDefinition): void {
    this.constants.declareNumber(program.name, program.number);
    for (const version of program.versions) {
      this.constants.declareNumber(version.name, version.number);
      for (const { name, number } of version.procedures) this.constants.declareNumber(name, number);
    }
  }

  private constant({ name, at, doc }: ConstDefinition): Constant {
    return { name, at, doc, value: this.constants.valueOf({ kind: "name", name, at }) };
  }

  /** The named type, declared here, or else known to the C side. */
  private named(name: string, at: Position): Type {
    const known = this.types.get(name);
    if (known !== undefined) return { kind: "named", type: known };
    const own = this.definitions.get(name);
    const definition = own ?? this.sources.findElsewhere(name);
    if (definition !== undefined && !isType(definition)) {
      throw new IdlError("IDL_TYPE", at, `expected a type, found the ${definition.kind} ${name}`);
    }
    if (definition !== undefined)
      return { kind: "named", type: this.defineType(definition, own !== undefined) };
    const external = Object.hasOwn(C_TYPES, name) ? C_TYPES[name] : undefined;
    if (external !== undefined) return external;
    throw new IdlError("IDL_UNDEFINED", at, `expected a declared type, found ${name}`);
  }

  private defineType(definition: TypeDefinition, isOwn: boolean): NamedType {
    if (!isOwn) this.definitions.set(definition.name, definition);
    switch (definition.kind) {
      case "enum":
        return this.defineEnum(definition);
      case "struct":
        return this.defineStruct(definition);
      case "union":
        return this.defineUnion(definition);
      case "typedef":
        return this.defineAlias(definition);
    }
  }

  private defineEnum({ name, at, doc, values }: EnumDefinition): NamedType {
    const resolved = values.map((value) => {
      const reference = { kind: "name", name: value.name, at: value.at } as const;
      const what = `${name}.${value.name}`;
      return {
        name: value.name,
        doc: value.doc,
        value: this.constants.numberIn(reference, INT_MIN, INT_MAX, what),
      };
    });
    const type: EnumType = { kind: "enum", name, at, doc, values: resolved };
    this.types.set(name, type);
    return type;
  }

  private defineStruct({ name, at, doc, fields }: StructDefinition): NamedType {
    const resolved: Field[] = [];
    const type: StructType = { kind: "struct", name, at, doc, fields: resolved };
    this.types.set(name, type);
    this.waiting.push(() => {
      const seen = new Map<string, Position>();
      for (const field of fields) {
        checkUnique(seen, field.name, field.at, `field of ${name}`);
        resolved.push(this.field(field));
      }
    });
    return type;
  }

  private defineUnion(definition: UnionDefinition): NamedType {
    const { name, at, doc } = definition;
    let discriminantType: Type = { kind: "void" };
    const discriminant = {
      name: definition.discriminant.name,
      get type() {
        return discriminantType;
      },
    };
    const arms: UnionType["arms"][number][] = [];
    const type: UnionType = { kind: "union", name, at, doc, discriminant, arms };
    this.types.set(name, type);
    this.waiting.push(() => {
      discriminantType = this.declared(definition.discriminant);
      arms.push(...resolveUnionArms(definition, discriminantType, this.constants, (arm) => this.field(arm)));
    });
    return type;
  }

  private defineAlias({ name, at, doc, declaration }: TypedefDefinition): NamedType {
    let target: Type = { kind: "void" };
    const type: NamedType = {
      kind: "alias",
      name,
      at,
      doc,
      get target() {
        return target;
      },
    };
    this.types.set(name, type);
    if (++this.typedefDepth > MAX_TYPEDEF_DEPTH) {
      throw new IdlError("IDL_RANGE", at, `${name} ends a chain of over ${MAX_TYPEDEF_DEPTH} typedefs`);
    }
    target = this.declared(declaration);
    this.typedefDepth--;
    checkAlias(type);
    return type;
  }

  private field(declaration: Declaration): Field {
    return { name: declaration.name, doc: declaration.doc, type: this.declared(declaration) };
  }

  private program(definition: ProgramDefinition): ModelVersion[] {
    return resolveProgram(definition, this.constants, (declaration) => this.field(declaration));
  }

  private declared({ type, shape, name }: Declaration): Type {
    if (shape.kind === "plain") return this.plain(type);
    if (shape.kind === "pointer") return { kind: "optional", element: this.plain(type) };
    const what = name === "" ? "the length" : `the length of ${name}`;
    if (shape.kind === "fixed") {
      const length = this.constants.numberIn(shape.length, 0, UINT_MAX, what);
      if (type.kind === "opaque") return { kind: "opaqueFixed", length };
      return { kind: "vector", element: this.plain(type), length };
    }
    const max = shape.max === undefined ? UNBOUNDED : this.constants.numberIn(shape.max, 0, UINT_MAX, what);
    if (type.kind === "opaque" || type.kind === "string") return { kind: type.kind, max };
    return { kind: "array", element: this.plain(type), max };
  }

  private plain(type: TypeSpec): Type {
    if (type.kind === "primitive") return { kind: type.name };
    if (type.kind === "void") return { kind: "void" };
    if (type.kind !== "name") throw new IdlError("IDL_SYNTAX", type.at, `${type.kind}: expected a length`);
    const found = this.named(type.name, type.at);
    const kind = found.kind === "named" ? found.type.kind : undefined;
    if (type.prefix !== undefined && kind !== undefined && kind !== type.prefix && kind !== "alias") {
      throw new IdlError(
        "IDL_TYPE",
        type.at,
        `expected the name of a ${type.prefix}, found the ${kind} ${type.name}`,
      );
    }
    return found;
  }
}

function isType(definition: Definition): definition is TypeDefinition {
  return definition.kind !== "const" && definition.kind !== "program";
}

/** `typedef struct s s;`, which in C says nothing that rpcgen's output does not say already. */
function isSelfTypedef(definition: Definition): boolean {
  if (definition.kind !== "typedef" || definition.declaration.shape.kind !== "plain") return false;
  const { type } = definition.declaration;
  return type.kind === "name" && type.prefix !== undefined && type.name === definition.name;
}

/** Typedefs of typedefs must end at another type. */
function checkAlias(start: NamedType): void {
  const path = new Set<NamedType>([start]);
  let type: NamedType = start;
  while (type.kind === "alias" && type.target.kind === "named") {
    type = type.target.type;
    if (path.has(type)) {
      throw new IdlError("IDL_CYCLE", start.at, `${start.name} is a typedef of itself`);
    }
    path.add(type);
  }
}
