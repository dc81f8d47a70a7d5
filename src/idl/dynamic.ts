/**
 * Codecs made from a model at run time, for tools that are given a `.x` file and not generated code. The values are
 * those of generated code, and so are the bytes; only speed differs.
 */
import {
  type Contract,
  type Xdr,
  XdrError,
  type XdrReader,
  type XdrWriter,
  xdrVoid,
} from "../marshal/index.ts";
import { isList, recursiveTypes } from "./generate/recursion.ts";
import { armName } from "./generate/types.ts";
import {
  type Arm,
  type EnumType,
  isBoxed,
  type Model,
  type ModelProcedure,
  type ModelVersion,
  type NamedType,
  type StructType,
  type Type,
  type UnionType,
} from "./model.ts";
import { minimumBytes, type Sizes, sizeOf } from "./size.ts";

type Fields = Record<string, unknown>;

/** The codecs of a model's types. */
export class DynamicCodecs {
  private readonly sizes: Sizes;
  private readonly recursive: ReadonlySet<NamedType>;

  constructor(model: Model) {
    this.sizes = minimumBytes(model.types);
    this.recursive = recursiveTypes(model.types);
  }

  /** The codec of any type of the model. */
  of(type: Type): Xdr<unknown> {
    return {
      encode: (writer, value) => this.encode(writer, type, value),
      decode: (reader) => this.decode(reader, type),
    };
  }

  /** The contract of a version, as generated code would hold it. */
  contract(version: ModelVersion): Contract {
    const { name, program, number } = version;
    const procedures = version.procedures.map((procedure) => this.procedure(procedure));
    return { name, program: program.number, version: number, procedures };
  }

  private procedure({
    name,
    number,
    idempotent,
    args,
    result,
  }: ModelProcedure): Contract["procedures"][number] {
    const types = args.map((argument) => argument.type);
    return { name, number, idempotent, args: this.argsCodec(types), result: this.of(result) };
  }

  /** Of no argument, of the only one, or of a tuple. */
  private argsCodec(types: readonly Type[]): Xdr<unknown> {
    const [only] = types;
    if (only === undefined) return xdrVoid;
    if (types.length === 1) return this.of(only);
    return {
      encode: (writer, values) => {
        const tuple = values as readonly unknown[];
        for (const [index, type] of types.entries()) this.encode(writer, type, tuple[index]);
      },
      decode: (reader) => types.map((type) => this.decode(reader, type)),
    };
  }

  private encode(w: XdrWriter, type: Type, value: unknown): void {
    switch (type.kind) {
      case "void":
        return;
      case "named":
        this.encodeNamed(w, type.type, value);
        return;
      case "string":
        w.string(value as string, type.max);
        return;
      case "opaque":
        w.opaque(value as Uint8Array, type.max);
        return;
      case "opaqueFixed":
        w.opaqueFixed(value as Uint8Array, type.length);
        return;
      case "quadruple":
        w.opaqueFixed(value as Uint8Array, 16);
        return;
      case "optional":
        w.bool(value !== null);
        if (value !== null) this.encode(w, type.element, isBoxed(type) ? (value as Fields).value : value);
        return;
      case "array":
      case "vector": {
        const items = value as readonly unknown[];
        if (type.kind === "array") w.count(items.length, type.max);
        else w.vector(items.length, type.length);
        for (const item of items) this.encode(w, type.element, item);
        return;
      }
      case "bool":
        w.bool(value as boolean);
        return;
      case "hyper":
      case "uhyper":
        w[type.kind](value as bigint);
        return;
      default:
        w[type.kind](value as number);
    }
  }

  private encodeNamed(w: XdrWriter, type: NamedType, value: unknown): void {
    switch (type.kind) {
      case "alias":
        this.encode(w, type.target, value);
        return;
      case "enum":
        w.int(checkEnum(type, value as number));
        return;
      case "struct":
        this.nested(w, type, () => this.encodeStruct(w, type, value as Fields));
        return;
      case "union":
        this.nested(w, type, () => this.encodeUnion(w, type, value as Fields));
    }
  }

  private encodeStruct(w: XdrWriter, type: StructType, value: Fields): void {
    const link = linkOf(type);
    for (let node: Fields | null = value; node !== null; ) {
      for (const field of type.fields) {
        if (field.name !== link) this.encode(w, field.type, node[field.name]);
      }
      if (link === undefined) return;
      node = node[link] as Fields | null;
      w.bool(node !== null);
    }
  }

  private encodeUnion(w: XdrWriter, type: UnionType, value: Fields): void {
    const discriminant = value[type.discriminant.name];
    this.encode(w, type.discriminant.type, discriminant);
    const arm = armOf(type, Number(discriminant));
    if (arm.field !== undefined) this.encode(w, arm.field.type, value[armName(type, arm)]);
  }

  private decode(r: XdrReader, type: Type): unknown {
    switch (type.kind) {
      case "void":
        return undefined;
      case "named":
        return this.decodeNamed(r, type.type);
      case "string":
      case "opaque":
        return r[type.kind](type.max);
      case "opaqueFixed":
        return r.opaqueFixed(type.length);
      case "quadruple":
        return r.opaqueFixed(16);
      case "optional":
        if (!r.bool()) return null;
        return isBoxed(type) ? { value: this.decode(r, type.element) } : this.decode(r, type.element);
      case "array":
        return this.decodeItems(r, type.element, r.count(type.max, sizeOf(type.element, this.sizes)));
      case "vector":
        return this.decodeItems(r, type.element, type.length);
      default:
        return r[type.kind]();
    }
  }

  private decodeItems(r: XdrReader, element: Type, count: number): unknown[] {
    const items: unknown[] = [];
    for (let left = count; left > 0; left--) items.push(this.decode(r, element));
    return items;
  }

  private decodeNamed(r: XdrReader, type: NamedType): unknown {
    switch (type.kind) {
      case "alias":
        return this.decode(r, type.target);
      case "enum":
        return checkEnum(type, r.int());
      case "struct":
        return this.nested(r, type, () => this.decodeStruct(r, type));
      case "union":
        return this.nested(r, type, () => this.decodeUnion(r, type));
    }
  }

  private decodeStruct(r: XdrReader, type: StructType): Fields {
    const link = linkOf(type);
    const first = this.decodeNode(r, type, link);
    if (link === undefined) return first;
    let last = first;
    while (r.bool()) {
      const next = this.decodeNode(r, type, link);
      define(last, link, next);
      last = next;
    }
    return first;
  }

  private decodeNode(r: XdrReader, type: StructType, link: string | undefined): Fields {
    const node: Fields = {};
    for (const field of type.fields) {
      define(node, field.name, field.name === link ? null : this.decode(r, field.type));
    }
    return node;
  }

  /** Runs a coder of a type, one level deeper if it may call itself. */
  private nested<T>(coder: XdrReader | XdrWriter, type: NamedType, run: () => T): T {
    if (!this.recursive.has(type)) return run();
    coder.enter();
    try {
      return run();
    } finally {
      coder.leave();
    }
  }

  private decodeUnion(r: XdrReader, type: UnionType): Fields {
    const value: Fields = {};
    const discriminant = this.decode(r, type.discriminant.type);
    define(value, type.discriminant.name, discriminant);
    const arm = armOf(type, Number(discriminant));
    if (arm.field !== undefined) define(value, armName(type, arm), this.decode(r, arm.field.type));
    return value;
  }
}

/** Sets a property of any name, `__proto__` included. */
export function define(object: Fields, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** The name of the field that links a list's nodes. */
export function linkOf(type: StructType): string | undefined {
  return isList(type) ? type.fields.at(-1)?.name : undefined;
}

function checkEnum(type: EnumType, value: number): number {
  if (type.values.some((candidate) => candidate.value === value)) return value;
  throw new XdrError("XDR_RANGE", `${type.name}: ${value} is none of its values`);
}

/** The arm of a union for a value of its discriminant, if it has one; true counts as 1. */
export function findArm(type: UnionType, discriminant: number): Arm | undefined {
  const last = type.arms.at(-1);
  const otherwise = last?.isDefault ? last : undefined;
  return type.arms.find((arm) => arm.labels.includes(discriminant)) ?? otherwise;
}

export function armOf(type: UnionType, discriminant: number): Arm {
  const arm = findArm(type, discriminant);
  if (arm !== undefined) return arm;
  throw new XdrError("XDR_RANGE", `${type.name}: no arm for ${type.discriminant.name} = ${discriminant}`);
}
