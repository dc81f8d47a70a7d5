/**
 * The fewest parts of a list with which something still happens: minimizing delta debugging (Zeller and Hildebrandt,
 * Simplifying and Isolating Failure-Inducing Input, 2002). The result is 1-minimal: no single part can go.
 */

/**
 * `happens` says whether it still happens with some of the items; it is taken to happen with all of them. Once it has
 * no more answers (`undefined`), the best list so far is the result.
 */
export async function ddmin<Item>(
  items: readonly Item[],
  happens: (items: readonly Item[]) => Promise<boolean | undefined>,
): Promise<readonly Item[]> {
  if (items.length === 0) return items;
  const without = await happens([]);
  if (without !== false) return without === undefined ? items : [];
  let kept = items;
  let parts = 2;
  while (kept.length >= 2) {
    const found = await smaller(kept, Math.min(parts, kept.length), happens);
    if (found === "ended") return kept;
    if (found !== undefined) {
      kept = found.items;
      parts = Math.max(found.parts, 2);
    } else if (parts >= kept.length) {
      return kept;
    } else parts *= 2;
  }
  return kept;
}

/** One part alone, or all but one, with which it happens; and into how many parts to cut next. */
async function smaller<Item>(
  items: readonly Item[],
  parts: number,
  happens: (items: readonly Item[]) => Promise<boolean | undefined>,
): Promise<{ items: readonly Item[]; parts: number } | "ended" | undefined> {
  const cut = (part: number): number => Math.floor((part * items.length) / parts);
  for (let part = 0; part < parts; part++) {
    const subset = items.slice(cut(part), cut(part + 1));
    const verdict = await happens(subset);
    if (verdict === undefined) return "ended";
    if (verdict) return { items: subset, parts: 2 };
  }
  // Of two parts, each is what is left without the other.
  for (let part = 0; part < parts && parts > 2; part++) {
    const complement = [...items.slice(0, cut(part)), ...items.slice(cut(part + 1))];
    const verdict = await happens(complement);
    if (verdict === undefined) return "ended";
    if (verdict) return { items: complement, parts: parts - 1 };
  }
  return undefined;
}
