/**
 * The layers' oracle: whole copies. Taking a snapshot copies everything, making a clone copies the snapshot, and dropping forgets one; what a
 * store of layers shows of each name must be what its copy has.
 */
import { compareKeys, type Range } from "../../world/index.ts";

/** By key as a string of one character a byte. */
export type Content = ReadonlyMap<string, Uint8Array>;

export interface ModelState {
  readonly trunk: Content;
  readonly snapshots: ReadonlyMap<string, Content>;
  readonly clones: ReadonlyMap<string, Content>;
}

export const EMPTY: ModelState = { trunk: new Map(), snapshots: new Map(), clones: new Map() };

export function withSnapshot(state: ModelState, name: string, of: string | undefined): ModelState {
  const content = of === undefined ? state.trunk : (state.clones.get(of) as Content);
  return { ...state, snapshots: new Map([...state.snapshots, [name, shared(content)]]) };
}

export function withClone(state: ModelState, name: string, base: string): ModelState {
  return { ...state, clones: new Map([...state.clones, [name, state.snapshots.get(base) as Content]]) };
}

export function without(state: ModelState, kind: "snapshots" | "clones", name: string): ModelState {
  return { ...state, [kind]: new Map([...state[kind]].filter(([each]) => each !== name)) };
}

export function withContent(state: ModelState, clone: string | undefined, content: Content): ModelState {
  if (clone === undefined) return { ...state, trunk: content };
  return { ...state, clones: new Map([...state.clones, [clone, content]]) };
}

/** Without the records that no snapshot has. */
function shared(content: Content): Content {
  return new Map([...content].filter(([name]) => name.charCodeAt(0) !== 0xf0));
}

export function inRange(content: Content, { from, to, reverse, limit }: Range): [string, Uint8Array][] {
  const inside = [...content].filter(
    ([name]) =>
      (from === undefined || compareKeys(keyOf(name), from) >= 0) &&
      (to === undefined || compareKeys(keyOf(name), to) < 0),
  );
  inside.sort(([a], [b]) => (a < b ? -1 : 1));
  return (reverse ? inside.reverse() : inside).slice(0, limit);
}

export function keyOf(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}
