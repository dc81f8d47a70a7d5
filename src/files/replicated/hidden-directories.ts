/**
 * `.snapshots` and `.clones`: directories of a volume's root that no listing shows, as `.zfs` is of a data set's. Under each name in them is
 * the root of a volume: of a snapshot, or of a clone. They are records of nothing: what they show follows from which there are.
 *
 * What is found in them lies in another layer, and is another file system to clients: its handles and the file system's number say so.
 */
import type { WallTime } from "../../world/index.ts";
import { ACCES, INVAL, ISDIR, NOENT, STALE } from "../volume/faults.ts";
import { MAX_INODES } from "../volume/keys.ts";
import { dots, nameFault } from "../volume/names.ts";
import {
  Access,
  type Attributes,
  type Context,
  type DirectoryEntry,
  Fault,
  type Handle,
  type Outcome,
  type Volume,
} from "../volume/types.ts";

/** Files have lower numbers. */
const FIRST_INODE = MAX_INODES;
/** Cookies 0 to 2 are the beginning, `.` and `..`; layers have numbers from 1. */
const COOKIES = 2;
/** What an entry counts in a directory's size, as in others. */
const ENTRY_BYTES = 64;
const DOT = 0x2e;
const ROFS = new Fault("ROFS");

export type LayerKind = "snapshots" | "clones";

/** A snapshot or clone as a directory shows it. */
export interface ShownLayer {
  readonly name: string;
  readonly number: number;
}

/** Where the layers are. */
export interface LayerSource {
  /** In the order of their numbers. */
  shown(kind: LayerKind): readonly ShownLayer[];
  /** The volume of a layer; undefined when there is none. */
  volumeOf(layer: number): Volume | undefined;
  /** A time that is later after every change. */
  readonly time: WallTime;
}

interface Directory {
  readonly kind: LayerKind;
  readonly name: Uint8Array;
  readonly handle: Handle;
}

type Shower = Pick<Volume, "root" | "access" | "attributes">;

const utf8 = new TextEncoder();

export class HiddenDirectories {
  readonly #source: LayerSource;
  readonly #volume: Shower;
  readonly #root: Handle;
  readonly #directories: readonly Directory[];

  /** Of a volume, whose root has those of `kinds`. */
  constructor(source: LayerSource, volume: Shower, kinds: readonly LayerKind[]) {
    const { root } = volume;
    this.#source = source;
    this.#volume = volume;
    this.#root = root;
    this.#directories = kinds.map((kind, at) => ({
      kind,
      name: utf8.encode(`.${kind}`),
      handle: { inode: FIRST_INODE + at, generation: root.generation },
    }));
  }

  /** The hidden directory of a handle. */
  #at({ inode, generation }: Handle): Directory | undefined {
    if (inode < FIRST_INODE || generation !== this.#root.generation) return undefined;
    return this.#directories[inode - FIRST_INODE];
  }

  /** The hidden directory of a name in the root. */
  #named({ inode, generation }: Handle, name: Uint8Array): Directory | undefined {
    if (inode !== this.#root.inode || generation !== this.#root.generation || name[0] !== DOT)
      return undefined;
    return this.#directories.find((each) => isSame(each.name, name));
  }

  // Each gives undefined for what does not concern the hidden directories.

  attributes(handle: Handle): Outcome<Attributes> | undefined {
    if (handle.layer !== undefined)
      return this.#within(handle.layer, (volume) => volume.attributes(bare(handle)));
    const directory = this.#at(handle);
    return directory && this.#picture(directory);
  }

  lookup(context: Context, directory: Handle, name: Uint8Array): Outcome<Attributes> | undefined {
    if (directory.layer !== undefined)
      return this.#within(directory.layer, (volume) => volume.lookup(context, bare(directory), name));
    const hidden = this.#at(directory);
    if (hidden !== undefined) return this.#found(hidden, name);
    const named = this.#named(directory, name);
    if (named === undefined) return undefined;
    const passes = this.#volume.access(context, directory, Access.lookup);
    if (passes instanceof Fault) return passes;
    return passes === 0 ? ACCES : this.#picture(named);
  }

  /** What a hidden directory has under a name. */
  #found(directory: Directory, name: Uint8Array): Outcome<Attributes> {
    const fault = nameFault(name);
    if (fault !== undefined) return fault;
    if (dots(name) === 1) return this.#picture(directory);
    if (dots(name) === 2) return this.#volume.attributes(this.#root);
    const layer = this.#source.shown(directory.kind).find((each) => isSame(utf8.encode(each.name), name));
    if (layer === undefined) return NOENT;
    return this.#within(layer.number, (volume) => volume.attributes(bare(this.#root)));
  }

  #within(layer: number, ask: (volume: Volume) => Outcome<Attributes>): Outcome<Attributes> {
    const volume = this.#source.volumeOf(layer);
    const found = volume === undefined ? STALE : ask(volume);
    return found instanceof Fault ? found : { ...found, handle: { ...found.handle, layer } };
  }

  #picture({ kind, handle }: Directory): Attributes {
    const count = this.#source.shown(kind).length;
    const { time } = this.#source;
    const size = (count + 2) * ENTRY_BYTES;
    return {
      handle,
      type: "directory",
      mode: 0o555,
      links: 2 + count,
      uid: 0,
      gid: 0,
      size,
      used: size,
      major: 0,
      minor: 0,
      accessed: time,
      modified: time,
      changed: time,
    };
  }

  access(handle: Handle, wanted: number): number | undefined {
    return this.#at(handle) && wanted & (Access.read | Access.lookup);
  }

  entries(handle: Handle, cookie: number): Iterable<DirectoryEntry> | undefined {
    const directory = this.#at(handle);
    return directory && this.#entries(directory, cookie);
  }

  *#entries({ kind }: Directory, cookie: number): Generator<DirectoryEntry> {
    for (const { name, number } of this.#source.shown(kind)) {
      if (number + COOKIES <= cookie) continue;
      // All have the root that the volume was made with.
      const handle = { ...this.#root, layer: number };
      yield { name: utf8.encode(name), handle, cookie: number + COOKIES };
    }
  }

  parent(handle: Handle): Handle | undefined {
    return this.#at(handle) && this.#root;
  }

  /** Of reading a hidden directory as something else than a directory. */
  readFault(handle: Handle, isLink = false): Fault | undefined {
    return this.#at(handle) && (isLink ? INVAL : ISDIR);
  }

  /** Why a hidden directory may not be changed, or what is in it: `name` in `directory`, or the directory itself. */
  changeFault(directory: Handle, name?: Uint8Array): Fault | undefined {
    if (this.#at(directory) !== undefined) return ROFS;
    return name === undefined || this.#named(directory, name) === undefined ? undefined : ROFS;
  }
}

function bare({ inode, generation }: Handle): Handle {
  return { inode, generation };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
