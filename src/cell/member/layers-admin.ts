/** Snapshots and clones of volumes as an operator asks for them: the node that is asked asks the volume, wherever that is. */
import { type Desk, encodeLayerList, LayerCalls } from "../../files/index.ts";
import { CoterieError, isCoterieError, type World } from "../../world/index.ts";
import type { admin_layer, admin_layers } from "../gen/cell-admin.gen.ts";
import type { Member } from "./member.ts";
import { reportText } from "./own-report.ts";

type FindDesk = (volume: Uint8Array) => Desk | undefined;

/** The calls of a volume, as the cell knows it now. Rejects with CELL_VOLUME_UNKNOWN, REPLICA_UNANSWERED, LOG_…. */
async function callsOf(world: World, member: Member, desk: FindDesk, name: string): Promise<LayerCalls> {
  const id = await member.log.read((state) => state.volumeNamed(name)?.id);
  if (id === undefined) throw new CoterieError("CELL_VOLUME_UNKNOWN", `the cell has no volume "${name}"`);
  const found = desk(id);
  if (found === undefined)
    throw new CoterieError("REPLICA_UNANSWERED", `this node does not reach ${name} yet`);
  return new LayerCalls(world, found);
}

/** Carries it out; gives the revision of the cell's state, which it does not change. */
export async function changeLayer(
  world: World,
  member: Member,
  desk: FindDesk,
  { volume, procedure, wish }: admin_layer,
): Promise<bigint> {
  await (await callsOf(world, member, desk, volume)).change(procedure, wish);
  return BigInt(member.state.revision);
}

export async function layersOf(
  world: World,
  member: Member,
  desk: FindDesk,
  volume: string,
): Promise<admin_layers> {
  try {
    const calls = await callsOf(world, member, desk, volume);
    return { is_done: true, layers: encodeLayerList(await calls.list()) };
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const failure = { code: error.code, message: reportText(error.message) };
    return { is_done: false, failure };
  }
}
