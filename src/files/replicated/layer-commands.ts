/** Procedures of version 0 that are about snapshots and clones (x/volume-layers.x), as a replica carries them out. */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { isCoterieError, type WallTime } from "../../world/index.ts";
import { replicaError } from "./errors.ts";
import {
  decode_layer_wish,
  encode_layer_list,
  layer_procedure,
  layer_status,
} from "./gen/volume-layers.gen.ts";
import { encodeLayerList, encodeOutcome, layerNameFault, refusedOutcome } from "./layer-calls.ts";
import { CHANGING_LAYERS } from "./volume-call.ts";
import type { VolumeLayers } from "./volume-layers.ts";

const fromUtf8 = new TextDecoder();

/**
 * The reply, encoded. `now`: the time of an entry of the log; without, only what reads is run.
 * @throws XdrError for arguments that are none; CoterieError REPLICA_FORMAT for a procedure that this release does not know.
 */
export function runLayerCommand(
  layers: VolumeLayers,
  procedure: number,
  args: Uint8Array,
  now: WallTime | undefined,
): Uint8Array {
  if (procedure === layer_procedure.LAYER_LIST) return list(layers);
  if (now === undefined || !CHANGING_LAYERS.has(procedure))
    throw replicaError("REPLICA_FORMAT", `procedure ${procedure} of version 0 is none that can be run here`);
  const r = new XdrReader(args);
  const wish = decode_layer_wish(r);
  r.finish();
  const isOfSomething = wish.of.length > 0;
  const fault = layerNameFault(wish.name) ?? (isOfSomething ? layerNameFault(wish.of) : undefined);
  if (fault !== undefined) return encodeOutcome(layer_status.LAYER_BAD_NAME, fault);
  const of = isOfSomething ? fromUtf8.decode(wish.of) : undefined;
  try {
    change(layers, procedure, fromUtf8.decode(wish.name), of, now);
    return encodeOutcome(layer_status.LAYER_OK, "");
  } catch (error) {
    const outcome = isCoterieError(error) ? refusedOutcome(error) : undefined;
    if (outcome === undefined) throw error;
    return outcome;
  }
}

function change(
  layers: VolumeLayers,
  procedure: number,
  name: string,
  of: string | undefined,
  now: WallTime,
): void {
  switch (procedure) {
    case layer_procedure.LAYER_TAKE_SNAPSHOT:
      layers.takeSnapshot(name, of, now);
      break;
    case layer_procedure.LAYER_DROP_SNAPSHOT:
      layers.dropSnapshot(name);
      break;
    case layer_procedure.LAYER_MAKE_CLONE:
      layers.makeClone(name, of ?? "", now);
      break;
    default:
      layers.dropClone(name);
  }
}

function list(layers: VolumeLayers): Uint8Array {
  const snapshots = layers.snapshots().map(({ time, ...snapshot }) => ({ ...snapshot, taken: time }));
  const clones = layers.clones().map(({ name, of = "", time }) => ({ name, base: of, made: time }));
  const w = new XdrWriter(1024);
  encode_layer_list(w, encodeLayerList({ snapshots, clones, isReclaiming: layers.isReclaimable }));
  return w.detach(0);
}
