/** Ranges over the database and the changes that it does not hold yet. */
import { type Change, compareKeys, type Entry, type Range } from "../world/index.ts";
import type { Layer } from "./store-overlay.ts";

/**
 * The database's entries with layers over them, the newest first. `seen` is called for each entry that a layer put
 * there or hid, with the layer that decided.
 */
export function* mergedEntries(
  database: Iterable<Entry>,
  layers: readonly Layer[],
  range: Range,
  seen: (layer: Layer) => void,
): Generator<Entry> {
  const direction = range.reverse ? -1 : 1;
  const below = database[Symbol.iterator]();
  const walks = layers.map((layer) => layer.walk(range));
  const heads = walks.map((walk) => walk.next());
  try {
    let low = below.next();
    for (;;) {
      let layer: Layer | undefined;
      let change: Change | undefined;
      let name = "";
      for (let at = 0; at < layers.length; at++) {
        const head = heads[at];
        if (head === undefined || head.done === true) continue;
        const [candidate] = head.value;
        if (change !== undefined && (direction > 0 ? candidate >= name : candidate <= name)) continue;
        name = candidate;
        change = head.value[1];
        layer = layers[at];
      }
      if (low.done !== true) {
        const order = change === undefined ? -1 : direction * compareKeys(low.value.key, change.key);
        if (order <= 0) {
          const entry = low.value;
          low = below.next();
          if (order < 0) {
            yield entry;
            continue;
          }
        }
      }
      if (change === undefined || layer === undefined) return;
      seen(layer);
      for (let at = 0; at < layers.length; at++) {
        const head = heads[at];
        if (head?.done === false && head.value[0] === name) heads[at] = (walks[at] as Walk).next();
      }
      if (change.value !== undefined) yield { key: change.key, value: change.value };
    }
  } finally {
    below.return?.();
  }
}

type Walk = ReturnType<Layer["walk"]>;
