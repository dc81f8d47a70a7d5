/**
 * Snapshots and clones of a volume as whoever serves it asks for them: calls of version 0, which any desk of the volume takes, at a node with
 * a replica or at one that forwards. A call is known by its identity, which is drawn, so it is done once however often it is sent.
 */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { CoterieError, type WallTime, type World } from "../../world/index.ts";
import type { LayersErrorCode } from "../layers/index.ts";
import { MOUNTER } from "../nfs/mount/server.ts";
import { dots, nameFault } from "../volume/names.ts";
import { replicaError } from "./errors.ts";
import {
  decode_layer_list,
  decode_layer_outcome,
  encode_layer_outcome,
  encode_layer_wish,
  LAYER_MAX_ABOUT,
  LAYER_MAX_NAME,
  type layer_list,
  layer_procedure,
  layer_status,
  type layer_wish,
} from "./gen/volume-layers.gen.ts";
import { CHANGING_LAYERS, type Desk, type VolumeCall } from "./volume-call.ts";

/** A snapshot of a replicated volume. */
export interface ReplicaSnapshot {
  readonly name: string;
  /** The clone that it was taken of; undefined for the volume itself. */
  readonly of: string | undefined;
  /** The volume's time then. */
  readonly taken: WallTime;
  /** Values that were replaced or removed since, and before the next snapshot: about what it takes at each replica. */
  readonly retiredValues: number;
  readonly retiredBytes: number;
}

/** A clone of a replicated volume. */
export interface ReplicaClone {
  readonly name: string;
  /** The snapshot that it was made of. */
  readonly base: string;
  readonly made: WallTime;
}

/** The snapshots and clones of a replicated volume. */
export interface ReplicaLayers {
  /** The oldest first, as clones are. */
  readonly snapshots: readonly ReplicaSnapshot[];
  readonly clones: readonly ReplicaClone[];
  /** Space of dropped ones is being taken back. */
  readonly isReclaiming: boolean;
}

const CODES: Readonly<Record<Exclude<layer_status, 0>, LayersErrorCode>> = {
  [layer_status.LAYER_EXISTS]: "LAYERS_EXISTS",
  [layer_status.LAYER_MISSING]: "LAYERS_MISSING",
  [layer_status.LAYER_IN_USE]: "LAYERS_IN_USE",
  [layer_status.LAYER_TOO_MANY]: "LAYERS_TOO_MANY",
  [layer_status.LAYER_BAD_NAME]: "LAYERS_NAME",
};

const NO_ARGUMENTS = new Uint8Array(0);
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Why a snapshot or clone cannot have the name: it is shown as a directory's entry. */
export function layerNameFault(name: Uint8Array): string | undefined {
  if (nameFault(name) === undefined && dots(name) === 0 && isUtf8(name)) return undefined;
  return "a name has 1 to 255 bytes of UTF-8 without / and NUL, and is neither . nor ..";
}

function isUtf8(bytes: Uint8Array): boolean {
  const again = utf8.encode(fromUtf8.decode(bytes));
  return again.length === bytes.length && again.every((byte, at) => byte === bytes[at]);
}

/** @throws CoterieError LAYERS_NAME. */
export function encodeLayerWish(name: string, of: string): layer_wish {
  const wish = { name: utf8.encode(name), of: utf8.encode(of) };
  const longest = Math.max(wish.name.length, wish.of.length);
  if (longest > LAYER_MAX_NAME) throw new CoterieError("LAYERS_NAME", `a name of ${longest} bytes`);
  return wish;
}

/** Snapshots and clones as a reply of a replica has them. The reverse of `encodeLayerList`. */
export function decodeLayerList(list: layer_list): ReplicaLayers {
  return {
    snapshots: list.snapshots.map(({ name, of, seconds, nanoseconds, retired_values, retired_bytes }) => ({
      name: fromUtf8.decode(name),
      of: of.length === 0 ? undefined : fromUtf8.decode(of),
      taken: { seconds, nanoseconds },
      retiredValues: retired_values,
      retiredBytes: retired_bytes,
    })),
    clones: list.clones.map(({ name, base, seconds, nanoseconds }) => ({
      name: fromUtf8.decode(name),
      base: fromUtf8.decode(base),
      made: { seconds, nanoseconds },
    })),
    isReclaiming: list.is_reclaiming,
  };
}

/** Snapshots and clones as a reply of a replica has them (x/volume-layers.x). */
export function encodeLayerList({ snapshots, clones, isReclaiming }: ReplicaLayers): layer_list {
  return {
    snapshots: snapshots.map(({ name, of = "", taken, retiredValues, retiredBytes }) => ({
      ...taken,
      name: utf8.encode(name),
      of: utf8.encode(of),
      retired_values: retiredValues,
      retired_bytes: retiredBytes,
    })),
    clones: clones.map(({ name, base, made }) => ({
      ...made,
      name: utf8.encode(name),
      base: utf8.encode(base),
    })),
    is_reclaiming: isReclaiming,
  };
}

/** A reply of a procedure that changes something. */
export function encodeOutcome(status: layer_status, about: string): Uint8Array {
  const w = new XdrWriter(64);
  encode_layer_outcome(w, { status, about: utf8.encode(about).subarray(0, LAYER_MAX_ABOUT) });
  return w.detach(0);
}

/** What becomes of an error with which the layers refused something; undefined for another. */
export function refusedOutcome(error: CoterieError): Uint8Array | undefined {
  const found = Object.entries(CODES).find(([, code]) => code === error.code);
  return found && encodeOutcome(Number(found[0]) as layer_status, error.message);
}

/** Asks a volume at a desk for snapshots and clones. Each rejects with LAYERS_…, or REPLICA_UNANSWERED when nobody knows what became of it. */
export class LayerCalls {
  readonly #world: World;
  readonly #desk: Desk;

  constructor(world: World, desk: Desk) {
    this.#world = world;
    this.#desk = desk;
  }

  /** Keeps the volume, or the clone `of`, as it is now. What clients wrote unstably and did not commit may be in it or not. */
  takeSnapshot(name: string, of = ""): Promise<void> {
    return this.#wish(layer_procedure.LAYER_TAKE_SNAPSHOT, name, of);
  }

  dropSnapshot(name: string): Promise<void> {
    return this.#wish(layer_procedure.LAYER_DROP_SNAPSHOT, name, "");
  }

  makeClone(name: string, snapshot: string): Promise<void> {
    return this.#wish(layer_procedure.LAYER_MAKE_CLONE, name, snapshot);
  }

  dropClone(name: string): Promise<void> {
    return this.#wish(layer_procedure.LAYER_DROP_CLONE, name, "");
  }

  async list(): Promise<ReplicaLayers> {
    const answer = await this.#answer(layer_procedure.LAYER_LIST, NO_ARGUMENTS);
    return decodeLayerList(decoded(answer, decode_layer_list));
  }

  async #wish(procedure: layer_procedure, name: string, of: string): Promise<void> {
    return this.change(procedure, encodeLayerWish(name, of));
  }

  /** One of the above, as it came from elsewhere. */
  async change(procedure: layer_procedure, wish: layer_wish): Promise<void> {
    for (const each of wish.of.length === 0 ? [wish.name] : [wish.name, wish.of]) {
      const fault = layerNameFault(each);
      if (fault !== undefined) throw new CoterieError("LAYERS_NAME", fault);
    }
    if (!CHANGING_LAYERS.has(procedure))
      throw replicaError("REPLICA_FORMAT", `procedure ${procedure} changes nothing`);
    const w = new XdrWriter(64);
    encode_layer_wish(w, wish);
    const { status, about } = decoded(await this.#answer(procedure, w.detach(0)), decode_layer_outcome);
    if (status !== layer_status.LAYER_OK) throw new CoterieError(CODES[status], fromUtf8.decode(about));
  }

  async #answer(procedure: layer_procedure, args: Uint8Array): Promise<Uint8Array> {
    const { random } = this.#world;
    const call: VolumeCall = {
      version: 0,
      procedure,
      args,
      credentials: MOUNTER,
      isReadOnly: false,
      transport: "tcp",
      identity: { high: random.uint32(), low: random.uint32() },
    };
    const answer = await this.#desk.submit(call);
    if (answer instanceof Uint8Array) return answer;
    const message =
      answer === "unknown"
        ? "nobody answered in time; it may have been done, or be done yet"
        : "the volume has no quorum now: nothing was done";
    throw replicaError("REPLICA_UNANSWERED", message);
  }
}

function decoded<T>(answer: Uint8Array, decode: (r: XdrReader) => T): T {
  try {
    const r = new XdrReader(answer);
    const value = decode(r);
    r.finish();
    return value;
  } catch (cause) {
    if (cause instanceof XdrError)
      throw replicaError("REPLICA_FORMAT", "an answer of another release", cause);
    throw cause;
  }
}
