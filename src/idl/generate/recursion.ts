/**
 * Which types refer to themselves, and how. A list (a struct whose last field is an optional struct of the same
 * type, rpcgen's idiom) is coded by a loop, however long; every other recursion counts levels and is bounded.
 */
import { type NamedType, resolveAlias, type Type } from "../model.ts";

/** True if the last field links to the next element of a list. */
export function isList(type: NamedType): boolean {
  if (type.kind !== "struct") return false;
  const last = type.fields.at(-1);
  if (last === undefined) return false;
  const link = resolveAlias(last.type);
  if (link.kind !== "optional") return false;
  const target = resolveAlias(link.element);
  return target.kind === "named" && target.type === type;
}

/** The structs and unions whose coders call themselves, directly or through others. */
export function recursiveTypes(types: readonly NamedType[]): ReadonlySet<NamedType> {
  const recursive = new Set<NamedType>();
  for (const type of types) {
    if (type.kind !== "alias" && reaches(type, type)) recursive.add(type);
  }
  return recursive;
}

function reaches(from: NamedType, target: NamedType): boolean {
  const seen = new Set<NamedType>();
  const waiting = calledBy(from);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === target) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...calledBy(next));
  }
  return false;
}

/** The types whose coders this type's coder calls. */
function calledBy(type: NamedType): NamedType[] {
  switch (type.kind) {
    case "enum":
      return [];
    case "alias":
      return namesIn(type.target);
    case "struct": {
      const fields = isList(type) ? type.fields.slice(0, -1) : type.fields;
      return fields.flatMap((field) => namesIn(field.type));
    }
    case "union":
      return type.arms.flatMap((arm) => (arm.field === undefined ? [] : namesIn(arm.field.type)));
  }
}

function namesIn(type: Type): NamedType[] {
  if (type.kind === "named") return [type.type];
  if (type.kind === "array" || type.kind === "vector" || type.kind === "optional")
    return namesIn(type.element);
  return [];
}
