/**
 * Who answers calls of a volume that come to this node: its replica, or other nodes that have one, or nobody yet. A node serves clients before it knows its
 * cell, and hears of a new volume later than others do. Calls of a volume that it cannot judge of yet are put off: clients throw away a handle that
 * is called stale.
 */
import type { Calls, Desk, MountPlace, VolumeTreeOptions } from "../files/index.ts";
import { isCoterieError } from "../world/index.ts";
import { ROOT_VOLUME } from "./member/duties.ts";
import type { Member } from "./member/member.ts";
import { MountIndex } from "./member/mount-index.ts";
import type { HostedVolume } from "./member/volume-host.ts";
import type { CellState } from "./state/cell-state.ts";
import { type CellVolume, nodesOf } from "./state/records.ts";

/** Of a member what is looked at. */
export type DesksMember = Pick<Member, "self" | "state" | "replicaOf"> & {
  readonly log: Pick<Member["log"], "read">;
};

export class VolumeDesks {
  readonly #watch: (remote: Desk) => Desk;
  #member: DesksMember | undefined;
  #mounts: MountIndex | undefined;
  #calls: Pick<Calls, "remote"> | undefined;

  /** `watch` puts something around the desk of a volume at other nodes that looks on. */
  constructor(watch: (remote: Desk) => Desk) {
    this.#watch = watch;
  }

  /** Until then the cell is unknown, and every call is put off. */
  attach(member: DesksMember): void {
    this.#member = member;
    this.#mounts = new MountIndex(member.state);
  }

  /** Until then no other node can be asked. */
  connect(calls: Pick<Calls, "remote">): void {
    this.#calls = calls;
  }

  /** All volumes, as one tree. */
  get tree(): VolumeTreeOptions {
    return {
      root: () => {
        const root = this.#member?.state.volumeNamed(ROOT_VOLUME);
        return root && this.of(root.id);
      },
      find: (id) => this.of(id) ?? this.#sought((state) => state.volume(id)),
      placeOf: (id) => this.#placeOf(id),
    };
  }

  /** Of the volume of a name; undefined where the cell has none. */
  named(name: string): Desk | undefined | Promise<Desk | undefined> {
    const volume = this.#member?.state.volumeNamed(name);
    return (volume && this.of(volume.id)) ?? this.#sought((state) => state.volumeNamed(name));
  }

  /** The names of all volumes but the root, as far as this node knows. */
  names(): readonly string[] {
    const names = this.#member?.state.volumes.map(({ name }) => name) ?? [];
    return names.filter((name) => name !== ROOT_VOLUME);
  }

  /** The volume here, if this node can answer for it; else at the nodes that have a replica; undefined for one that this node does not know of. */
  of(id: Uint8Array): Desk | undefined {
    return this.local(id) ?? this.remote(id);
  }

  /** A replica that is still being sent the volume's state puts everybody off: others answer. */
  local(id: Uint8Array): Desk | undefined {
    const hosted = this.#member?.replicaOf(id) as HostedVolume | undefined;
    if (hosted === undefined) return undefined;
    const { log, isFormatted } = hosted.status();
    return !isFormatted || log.role === "joining" || log.role === "removed" ? undefined : hosted.watched;
  }

  /** At the other nodes that have a replica of it when they are asked. */
  remote(id: Uint8Array): Desk | undefined {
    const member = this.#member;
    if (member?.state.volume(id) === undefined) return undefined;
    const remote = this.#calls?.remote(id, () => {
      const volume = member.state.volume(id);
      return volume === undefined ? [] : nodesOf(volume).filter((name) => name !== member.self);
    });
    return remote && this.#watch(remote);
  }

  /** As of now, and not as of what this node has heard. Who cannot find it out puts the caller off. */
  async #sought(find: (state: CellState) => CellVolume | undefined): Promise<Desk | undefined> {
    const member = this.#member;
    if (member === undefined) return putOff;
    try {
      const isFounded = await member.log.read((state) => state.id !== undefined);
      const volume = find(member.state);
      return (volume && this.of(volume.id)) ?? (isFounded ? undefined : putOff);
    } catch (error) {
      if (isCoterieError(error)) return putOff;
      throw error;
    }
  }

  #placeOf(id: Uint8Array): MountPlace | undefined {
    const mount = this.#mounts?.of(id);
    return mount && { volume: mount.in_volume, inode: Number(mount.inode), generation: mount.generation };
  }
}

const putOff: Desk = { submit: async () => "later" };
