/**
 * What one directory and its files do when nobody is in their way: names, and files that are told by their handles and hold one
 * value each. A file is there as long as it has a name.
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
  | { readonly op: "read"; readonly file: string };

/** A handle or a value; or the status of a failure, in capitals. */
export type VolumeOutput = string;

interface File {
  readonly value: string;
  readonly links: number;
}

export interface VolumeModelState {
  readonly names: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, File>>;
}

type State = VolumeModelState;

const EMPTY: State = { names: {}, files: {} };

export const volumeModel: Model<State, VolumeInput, VolumeOutput> = {
  name: "directory",
  init: () => EMPTY,
  step(state, input, output) {
    const seen = output === UNSEEN ? undefined : output;
    const [answer, after] = carryOut(state, input, seen);
    return seen === undefined || seen === answer ? [after] : REFUSED;
  },
  isRead: ({ op }) => op === "lookup" || op === "read",
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
        withName({ names, files: { ...files, [file]: { value: "", links: 0 } } }, input.name, file),
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
      return ["OK", { names, files: { ...files, [input.file]: { ...file, value: input.value } } }];
    }
    case "read":
      return [linksOf(state, input.file) === 0 ? "STALE" : (files[input.file]?.value ?? ""), state];
  }
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

function withName({ names, files }: State, name: string, file: string): State {
  const { value, links } = files[file] ?? { value: "", links: 0 };
  return { names: { ...names, [name]: file }, files: { ...files, [file]: { value, links: links + 1 } } };
}

/** A file that has lost its last name stays known, so that no new one gets its handle. */
function withoutName({ names, files }: State, name: string): State {
  const { [name]: file = "", ...others } = names;
  const { value, links } = files[file] ?? { value: "", links: 1 };
  return { names: others, files: { ...files, [file]: { value, links: links - 1 } } };
}
