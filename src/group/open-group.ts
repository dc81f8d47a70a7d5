/** How a group is opened: its nodes named to the mesh, its record read, and a new life begun on the disk before anything is said in it. */
import type { Mesh } from "../channel/index.ts";
import type { World } from "../world/index.ts";
import { Group } from "./group.ts";
import { checkOptions, type GroupOptions } from "./options.ts";
import { RecordStore } from "./record-store.ts";

/**
 * Founds a group, or joins it: that takes as long as it takes, `onView` tells of it. Errors: GROUP_RECORD, those of the store, and
 * of the mesh for contacts that cannot be reached. @throws RangeError for options out of their bounds.
 */
export async function openGroup(world: World, mesh: Mesh, options: GroupOptions): Promise<Group> {
  checkOptions(options);
  for (const { name, address } of options.founders) if (name !== mesh.self.name) mesh.add({ name, address });
  await Promise.all((options.contacts ?? []).map((address) => mesh.contact(address)));
  const records = await RecordStore.open(world, options.name, options.store);
  const members = options.founders.map(({ name, address }) => ({ node: name, incarnation: 0, ...address }));
  try {
    const record = await records.beginLife(records.read({ id: 0, members }));
    return new Group(world, mesh, options, records, record);
  } catch (error) {
    await records.close().catch(() => {});
    throw error;
  }
}
