/**
 * Which types refer to themselves, and how. A list (a struct whose last field is an optional struct of the same
 * type, rpcgen's idiom) is coded by a loop, however long; every other recursion counts levels and is bounded.
 */
import { type NamedType, namedType, partsOf, resolveAlias } from "../model.ts";

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
  for (const knot of knots(types)) {
    const [only] = knot;
    const callsItself = knot.length > 1 || (only !== undefined && calledBy(only).includes(only));
    if (callsItself) for (const type of knot) if (type.kind !== "alias") recursive.add(type);
  }
  return recursive;
}

/** The types whose coders this type's coder calls. */
function calledBy(type: NamedType): NamedType[] {
  const isLink = isList(type);
  return partsOf(type).flatMap((part, index, parts) =>
    isLink && index === parts.length - 1 ? [] : namedType(part),
  );
}

interface Visit {
  readonly type: NamedType;
  readonly calls: readonly NamedType[];
  next: number;
}

/**
 * Groups of types that all reach each other: Tarjan's strongly connected components (1972), with a stack of its own
 * instead of recursion, because chains of types may be long.
 */
function knots(types: readonly NamedType[]): NamedType[][] {
  const found: NamedType[][] = [];
  const order = new Map<NamedType, number>();
  const lowest = new Map<NamedType, number>();
  const open: NamedType[] = [];
  const isOpen = new Set<NamedType>();

  function enter(type: NamedType): Visit {
    order.set(type, order.size);
    lowest.set(type, order.size - 1);
    open.push(type);
    isOpen.add(type);
    return { type, calls: calledBy(type), next: 0 };
  }

  function lower(type: NamedType, to: number | undefined): void {
    lowest.set(type, Math.min(lowest.get(type) ?? 0, to ?? 0));
  }

  function leave(type: NamedType): void {
    if (lowest.get(type) !== order.get(type)) return;
    const knot = open.splice(open.lastIndexOf(type));
    for (const member of knot) isOpen.delete(member);
    found.push(knot);
  }

  for (const root of types) {
    const path = order.has(root) ? [] : [enter(root)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const called = visit.calls[visit.next++];
      if (called === undefined) {
        path.pop();
        leave(visit.type);
        const parent = path.at(-1);
        if (parent !== undefined) lower(parent.type, lowest.get(visit.type));
      } else if (!order.has(called)) path.push(enter(called));
      else if (isOpen.has(called)) lower(visit.type, order.get(called));
    }
  }
  return found;
}
