/** One call that makes a process a member of a group: links to the others, the group, and what people use of it. */
import { type CarrierOptions, type Mesh, openMesh } from "../../channel/index.ts";
import type { Address, World } from "../../world/index.ts";
import type { Declarations } from "../machine/declaration.ts";
import { checkOptions, type GroupOptions } from "../options.ts";
import { DriverPort } from "./driver-port.ts";
import { JoinedGroup } from "./joined-group.ts";
import type { JoinedOptions } from "./options.ts";

/** A process that others reach by a mesh of its own. */
export interface OwnMesh {
  /** The process's name, the same in each of its lives; no two processes have the same. */
  readonly node: string;
  /** Where it listens. */
  readonly bind: Address;
  /** Where others reach it, if that is not where it listens. */
  readonly advertise?: Address;
  /** Default: TCP, on loopback only. */
  readonly carrier?: CarrierOptions;
}

/** A process that has a mesh already. */
export interface SharedMesh {
  readonly mesh: Mesh;
}

/** What `join` needs: the group, this member, how values are checked, and a mesh or what to make one of. */
export type JoinOptions<Message, Request, Reply, Shared extends Declarations> = Omit<GroupOptions, "state"> &
  JoinedOptions<Message, Request, Reply, Shared> &
  (OwnMesh | SharedMesh);

/**
 * Founds a group or joins it, and resolves when the process is a member: that takes as long as it takes for a quorum of the founders, or of
 * the group, to be reached; `signal` gives up.
 *
 * Errors: MESH_…, NET_…, STORE_…, GROUP_RECORD; GROUP_OUT when it was closed before. @throws RangeError for options out of their bounds.
 */
export async function join<
  Message = unknown,
  Request = unknown,
  Reply = unknown,
  Shared extends Declarations = Record<never, never>,
>(
  world: World,
  options: JoinOptions<Message, Request, Reply, Shared>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<JoinedGroup<Message, Request, Reply, Shared>> {
  checkOptions(options);
  signal?.throwIfAborted();
  const group = await open(world, options);
  const onAbort = () => void group.close();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    await group.ready;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
  return group;
}

async function open<Message, Request, Reply, Shared extends Declarations>(
  world: World,
  options: JoinOptions<Message, Request, Reply, Shared>,
): Promise<JoinedGroup<Message, Request, Reply, Shared>> {
  if ("mesh" in options) {
    const port = await DriverPort.open(world, options.mesh, options);
    return new JoinedGroup(world, port, options);
  }
  const { node, bind, advertise, carrier } = options;
  const mesh = await openMesh(world, {
    name: node,
    bind,
    ...(advertise === undefined ? {} : { advertise }),
    ...(carrier === undefined ? {} : { carrier }),
  });
  try {
    const port = await DriverPort.open(world, mesh, options, () => mesh.close());
    return new JoinedGroup(world, port, options);
  } catch (error) {
    await mesh.close();
    throw error;
  }
}
