/**
 * What one directory and its files do when nobody is in their way: names, and files that are told by their handles and hold one
 * value each. A file is there as long as it has a name. A snapshot is what was there at one moment, for ever; a clone begins as one.
 */
import { type Model, REFUSED, UNSEEN } from "../../src/sim/index.ts";

export type VolumeInput =
  /** Answers the new file, or EXIST. */
  | { readonly op: "create"; readonly name: string }
  /** Answers the file, or NOENT. */
  | { readonly op: "lookup"; readonly name: string }
  /** Answers OK, NOENT. */
  | { readonly op: "remove"; readonly name: string }
  | { readonly op: "rename"; readonly from: string; readonly to: string }
  /** Answers OK, EXIST, STALE. */
  | { readonly op: "link"; readonly file: string; readonly name: string }
  /** Answers OK, STALE. */
  | { readonly op: "write"; readonly file: string; readonly value: string }
  /** Answers the value, or STALE. */
  | { readonly op: "read"; readonly file: string }
  /** Answers OK. No name is given twice. */
  | { readonly op: "snapshot"; readonly layer: string }
  /** Answers OK, LAYERS_MISSING. */
  | { readonly op: "clone"; readonly layer: string; readonly of: string }
  /** Answers OK, LAYERS_MISSING, LAYERS_IN_USE. */
  | { readonly op: "drop"; readonly layer: string }
  /** Answers the value of a name in a snapshot or clone, NOENT, GONE. */
  | { readonly op: "look"; readonly layer: string; readonly name: string }
  /** Answers OK, NOENT, GONE. */
  | { readonly op: "put"; readonly layer: string; readonly name: string; readonly value: string };

/** A handle or a value; or the status of a failure, in capitals. */
export type VolumeOutput = string;

interface File {
  readonly value: string;
  readonly links: number;
}

interface Layer {
  /** Of a clone. */
  readonly of: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
}

export interface VolumeModelState {
  readonly names: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, File>>;
  readonly layers: Readonly<Record<string, Layer>>;
}

type State = VolumeModelState;

const EMPTY: State = { names: {}, files: {}, layers: {} };

export const volumeModel: Model<State, VolumeInput, VolumeOutput> = {
  name: "directory",
  init: () => EMPTY,
  step(state, input, output) {
    const seen = output === UNSEEN ? undefined : output;
    const [answer, after] = carryOut(state, input, seen);
    return seen === undefined || seen === answer ? [after] : REFUSED;
  },
  isRead: ({ op }) => op === "lookup" || op === "read" || op === "look",
};

/** What is answered, and the state after it. A new file may have any handle that was never one. */
function carryOut(state: State, input: VolumeInput, seen: string | undefined): [string, State] {
  const { names, files } = state;
  switch (input.op) {
    case "create": {
      if (names[input.name] !== undefined) return ["EXIST", state];
      const file = seen ?? `unseen ${Object.keys(files).length}`;
      if (seen === "EXIST" || files[file] !== undefined) return ["a new file", state];
      return [
        file,
        withName({ ...state, files: { ...files, [file]: { value: "", links: 0 } } }, input.name, file),
      ];
    }
    case "lookup":
      return [names[input.name] ?? "NOENT", state];
    case "remove":
      return names[input.name] === undefined ? ["NOENT", state] : ["OK", withoutName(state, input.name)];
    case "rename":
      return renamed(state, input.from, input.to);
    case "link":
      if (linksOf(state, input.file) === 0) return ["STALE", state];
      if (names[input.name] !== undefined) return ["EXIST", state];
      return ["OK", withName(state, input.name, input.file)];
    case "write": {
      const file = files[input.file];
      if (file === undefined || file.links === 0) return ["STALE", state];
      return ["OK", { ...state, files: { ...files, [input.file]: { ...file, value: input.value } } }];
    }
    case "read":
      return [linksOf(state, input.file) === 0 ? "STALE" : (files[input.file]?.value ?? ""), state];
    default:
      return ofLayer(state, input);
  }
}

type LayerInput = Extract<VolumeInput, { readonly layer: string }>;

function ofLayer(state: State, input: LayerInput): [string, State] {
  const layer = state.layers[input.layer];
  const withLayer = (changed: Layer): State => ({
    ...state,
    layers: { ...state.layers, [input.layer]: changed },
  });
  switch (input.op) {
    case "snapshot":
      return ["OK", withLayer({ of: "", names: state.names, values: valuesOf(state) })];
    case "clone": {
      const base = state.layers[input.of];
      return base === undefined ? ["LAYERS_MISSING", state] : ["OK", withLayer({ ...base, of: input.of })];
    }
    case "drop": {
      if (layer === undefined) return ["LAYERS_MISSING", state];
      const { [input.layer]: _, ...others } = state.layers;
      if (Object.values(others).some(({ of }) => of === input.layer)) return ["LAYERS_IN_USE", state];
      return ["OK", { ...state, layers: others }];
    }
    default: {
      const file = layer?.names[input.name];
      if (layer === undefined || file === undefined) return [layer === undefined ? "GONE" : "NOENT", state];
      if (input.op === "look") return [layer.values[file] ?? "", state];
      return ["OK", withLayer({ ...layer, values: { ...layer.values, [file]: input.value } })];
    }
  }
}

/** Of the files that have names. */
function valuesOf({ names, files }: State): Layer["values"] {
  return Object.fromEntries(Object.values(names).map((file) => [file, files[file]?.value ?? ""]));
}

function linksOf({ files }: State, file: string): number {
  return files[file]?.links ?? 0;
}

function renamed(state: State, from: string, to: string): [string, State] {
  const file = state.names[from];
  if (file === undefined) return ["NOENT", state];
  if (state.names[to] === file) return ["OK", state];
  const replaced = state.names[to] === undefined ? state : withoutName(state, to);
  return ["OK", withName(withoutName(replaced, from), to, file)];
}

function withName(state: State, name: string, file: string): State {
  const { names, files } = state;
  const { value, links } = files[file] ?? { value: "", links: 0 };
  return {
    ...state,
    names: { ...names, [name]: file },
    files: { ...files, [file]: { value, links: links + 1 } },
  };
}

/** A file that has lost its last name stays known, so that no new one gets its handle. */
function withoutName(state: State, name: string): State {
  const { names, files } = state;
  const { [name]: file = "", ...others } = names;
  const { value, links } = files[file] ?? { value: "", links: 1 };
  return { ...state, names: others, files: { ...files, [file]: { value, links: links - 1 } } };
}
