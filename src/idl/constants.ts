/** The numbers behind names: constants, values of enums, and what the C side defines. Computed when asked for. */
import type { ConstDefinition, Definition, EnumDefinition, Enumerator, Value } from "./ast.ts";
import { C_CONSTANTS } from "./c-headers.ts";
import { evaluate } from "./condition.ts";
import { IdlError } from "./errors.ts";
import { formatPosition, type Position } from "./source.ts";
import type { Token } from "./token.ts";

/** Constants defined by constants: a longer chain is refused. */
export const MAX_CONSTANT_DEPTH = 256;

/** A named number as it is declared. */
interface Source {
  readonly at: Position;
  compute(): bigint | string;
}

export class Constants {
  private readonly sources = new Map<string, Source>();
  /** Programs, versions and procedures, whose names C knows as numbers, too; several versions may share one. */
  private readonly numbers = new Map<string, Value>();
  private readonly known = new Map<string, bigint | string>();
  private readonly computing: string[] = [];
  private readonly cMacros: ReadonlyMap<string, readonly Token[]>;
  /** Finds a definition elsewhere that declares the name, when the file itself does not. */
  private readonly findElsewhere: (name: string) => Definition | undefined;

  constructor(
    cMacros: ReadonlyMap<string, readonly Token[]>,
    findElsewhere: (name: string) => Definition | undefined,
  ) {
    this.cMacros = cMacros;
    this.findElsewhere = findElsewhere;
  }

  declare(definition: ConstDefinition | EnumDefinition): void {
    if (definition.kind === "const") {
      this.add(definition.name, definition.at, () => this.valueOf(definition.value));
      return;
    }
    for (const [index, value] of definition.values.entries()) {
      this.add(value.name, value.at, () => this.enumerator(definition, index));
    }
  }

  /** Makes the name of a program, version or procedure stand for its number where nothing else has that name. */
  declareNumber(name: string, value: Value): void {
    if (!this.numbers.has(name)) this.numbers.set(name, value);
  }

  private add(name: string, at: Position, compute: () => bigint | string): void {
    const other = this.sources.get(name);
    if (other !== undefined) {
      throw new IdlError("IDL_DUPLICATE", at, `${name} is declared already at ${formatPosition(other.at)}`);
    }
    this.sources.set(name, { at, compute });
  }

  private enumerator(definition: EnumDefinition, index: number): bigint {
    // Counted from the nearest one before it whose number is given or known: a chain of look-ups would be deep.
    for (let from = index; from >= 0; from--) {
      const { name, value } = definition.values[from] as Enumerator;
      const number = value === undefined ? this.known.get(name) : this.number(value);
      if (typeof number === "bigint") return number + BigInt(index - from);
    }
    return BigInt(index);
  }

  valueOf(value: Value): bigint | string {
    return value.kind === "name" ? this.lookUp(value.name, value.at) : value.value;
  }

  number(value: Value): bigint {
    const found = this.valueOf(value);
    if (typeof found === "bigint") return found;
    throw new IdlError("IDL_TYPE", value.at, `expected a number, found the string ${JSON.stringify(found)}`);
  }

  /** A number of `low` to `high`; `what` names it in the error. */
  numberIn(value: Value, low: number, high: number, what: string): number {
    const found = this.number(value);
    if (found >= BigInt(low) && found <= BigInt(high)) return Number(found);
    const expected = `${low} to ${high}`;
    throw new IdlError("IDL_RANGE", value.at, `${what} is ${found}, expected ${expected}`, { expected });
  }

  private lookUp(name: string, at: Position): bigint | string {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    if (this.computing.includes(name)) {
      throw new IdlError(
        "IDL_CYCLE",
        at,
        `${name} is defined by itself: ${[...this.computing, name].join(" -> ")}`,
      );
    }
    if (this.computing.length >= MAX_CONSTANT_DEPTH) {
      throw new IdlError("IDL_RANGE", at, `${name} needs a chain of over ${MAX_CONSTANT_DEPTH} constants`);
    }
    this.computing.push(name);
    const value = this.compute(name, at);
    this.computing.pop();
    this.known.set(name, value);
    return value;
  }

  private compute(name: string, at: Position): bigint | string {
    const source = this.sources.get(name);
    if (source !== undefined) return source.compute();
    const elsewhere = this.findElsewhere(name);
    if (elsewhere?.kind === "const" || elsewhere?.kind === "enum") {
      this.declare(elsewhere);
      return this.sources.get(name)?.compute() ?? this.undefinedName(name, at);
    }
    const number = this.numbers.get(name);
    if (number !== undefined) return this.valueOf(number);
    const macro = this.cMacros.get(name);
    if (macro !== undefined) {
      return evaluate(macro, at, (token) => BigInt(this.lookUp(token.text, at)), "IDL_TYPE");
    }
    return (Object.hasOwn(C_CONSTANTS, name) ? C_CONSTANTS[name] : undefined) ?? this.undefinedName(name, at);
  }

  private undefinedName(name: string, at: Position): never {
    throw new IdlError(
      "IDL_UNDEFINED",
      at,
      `expected the name of a constant or of an enum's value, found ${name}`,
    );
  }
}
