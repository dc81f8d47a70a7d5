/**
 * Volumes as one tree. A volume knows in which of its directories others are seen, and says so by a mark where a handle would be; here the
 * mark becomes the root of the other volume, and the way back from that root leads into the directory that holds the mount point.
 *
 * Downwards what the volume itself says decides, whose log keeps the directory in its place: no node takes an old state for the present one. Upwards what this
 * node knows of the cell decides; if it knows nothing yet, `..` of a root is the root itself, as in a volume that is seen nowhere.
 */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { MOUNTER } from "../nfs/mount/server.ts";
import { markedVolume, rootMark } from "../nfs/mount-points.ts";
import { Fault, type FaultReason, type Handle, type Outcome } from "../volume/types.ts";
import { handleBytes, type LookedUp, LookupReply, patchDotdot } from "./crossing-replies.ts";
import { decode_found_directory } from "./gen/volume-covers.gen.ts";
import { type Answer, type Desk, FIND_DIRECTORY, type VolumeCall } from "./volume-call.ts";

/** The directory of another volume in which one is seen. */
export interface MountPlace extends Handle {
  readonly volume: Uint8Array;
}

/** How volumes are found, and where they are seen. */
export interface VolumeTreeOptions {
  /** The volume that `/` is of; undefined as long as there is none. */
  root(): Desk | undefined;
  /** The volume of an id, wherever it is; undefined for one that there is not. Who is not sure of that finds it out first. */
  find(id: Uint8Array): Desk | undefined | Promise<Desk | undefined>;
  /** Where a volume is seen; undefined for one that is seen nowhere. */
  placeOf?(id: Uint8Array): MountPlace | undefined;
}

/** Roots that are remembered; at the bound all are forgotten and asked for again. */
export const MAX_KNOWN_ROOTS = 4096;

const NO_IDENTITY = { high: 0, low: 0 };
const SLASH = Uint8Array.of(0x2f);
const GETATTR = 1;
const LOOKUP = { 2: 4, 3: 3 } as const;

type Caller = Pick<VolumeCall, "credentials" | "isReadOnly" | "transport" | "staleMs">;

/** Joins volumes into one tree: crosses mount points for LOOKUP, `..` and MOUNT. */
export class VolumeTree {
  readonly #options: VolumeTreeOptions;
  /** Handles of roots, by the volume's id as text: they never change. */
  readonly #roots = new Map<string, Uint8Array>();

  constructor(options: VolumeTreeOptions) {
    this.#options = options;
  }

  /** The handle of the directory at a path from a volume's root, for root; or why there is none; or why nobody knows. */
  async findDirectory(
    path: Uint8Array,
    beginning: Desk | undefined = this.#options.root(),
    transport: VolumeCall["transport"] = "tcp",
  ): Promise<Outcome<Uint8Array> | "later" | "elsewhere" | "unknown"> {
    const caller = { credentials: MOUNTER, isReadOnly: true, transport };
    let desk = beginning;
    // Each volume that is entered takes a part of the path.
    for (let rest = path; ; ) {
      const answer = await (desk?.submit(asking(0, FIND_DIRECTORY, rest, caller)) ?? "later");
      if (!(answer instanceof Uint8Array)) return answer;
      const found = decode_found_directory(new XdrReader(answer));
      if (found.handle.length === 0) return new Fault(found.reason as FaultReason);
      const mounted = markedVolume(found.handle);
      if (mounted === undefined) return found.handle;
      desk = await this.#options.find(mounted);
      if (desk === undefined) return "later";
      rest = absolute(found.rest);
    }
  }

  /** What the caller of LOOKUP, READDIR and READDIRPLUS is told: the answer, with what is beyond the volume's borders. */
  crossed(call: VolumeCall, volume: Uint8Array, answer: Answer): Answer | Promise<Answer> {
    const { version, procedure } = call;
    if (!(answer instanceof Uint8Array) || version === 0) return answer;
    if (procedure === LOOKUP[version])
      return this.#lookedUp(call, volume, answer, new LookupReply(version, answer));
    const isListing = version === 3 ? procedure === 16 || procedure === 17 : procedure === 16;
    return isListing ? this.#listed(call, volume, answer) : answer;
  }

  #lookedUp(
    call: VolumeCall,
    volume: Uint8Array,
    answer: Uint8Array,
    reply: LookupReply,
  ): Answer | Promise<Answer> {
    if (!reply.isOk) return answer;
    const mounted = markedVolume(reply.handle);
    if (mounted !== undefined) return this.#down(call, mounted.slice(), reply);
    const place = isDotdot(call) ? this.#options.placeOf?.(volume) : undefined;
    return place === undefined ? answer : this.#up(call, volume, place, answer, reply);
  }

  /** Into the volume that is seen there. */
  async #down(call: VolumeCall, mounted: Uint8Array, reply: LookupReply): Promise<Answer> {
    const desk = await this.#options.find(mounted);
    const handle = desk && (await this.#rootOf(mounted, desk));
    // What is mounted and is no volume any more is taken away by whoever leads.
    if (desk === undefined || handle === undefined) return "later";
    const args = handleBytes(call.version as 2 | 3, handle);
    const attributes = await desk.submit(asking(call.version, GETATTR, args, call));
    return reply.replaced(handle, attributes instanceof Uint8Array ? attributes : undefined) ?? "later";
  }

  /** The root's `..`, if the caller has asked for that and may, as the volume's own answer shows. */
  async #up(
    call: VolumeCall,
    volume: Uint8Array,
    place: MountPlace,
    answer: Uint8Array,
    reply: LookupReply,
  ): Promise<Answer> {
    if (!(await this.#isRoot(volume, directoryOf(call)))) return answer;
    const parent = await this.#parentOf(call.version as 2 | 3, place, call.transport);
    return parent === undefined ? "later" : reply.moved(parent);
  }

  /** The number of the root's `..` is that of the directory outside; READDIRPLUS tells what it is, too. */
  async #listed(call: VolumeCall, volume: Uint8Array, answer: Uint8Array): Promise<Answer> {
    const version = call.version as 2 | 3;
    const place = this.#options.placeOf?.(volume);
    if (place === undefined || !(await this.#isRoot(volume, directoryOf(call)))) return answer;
    const parent = await this.#parentOf(version, place, call.transport);
    if (parent !== undefined) patchDotdot(version, call.procedure === 17, answer, parent);
    return answer;
  }

  /** The handle of a volume's root; undefined when there is no such volume, or nobody answers for it. */
  async rootOf(volume: Uint8Array): Promise<Uint8Array | undefined> {
    const desk = await this.#options.find(volume);
    return desk && this.#rootOf(volume, desk);
  }

  async #isRoot(volume: Uint8Array, directory: Uint8Array): Promise<boolean> {
    const root = await this.rootOf(volume);
    return root?.every((byte, at) => byte === directory[at]) ?? false;
  }

  async #rootOf(volume: Uint8Array, desk: Desk): Promise<Uint8Array | undefined> {
    const name = volume.join(".");
    const known = this.#roots.get(name);
    if (known !== undefined) return known;
    const caller = { credentials: MOUNTER, isReadOnly: true, transport: "tcp" } as const;
    const answer = await desk.submit(asking(0, FIND_DIRECTORY, SLASH, caller));
    if (!(answer instanceof Uint8Array)) return undefined;
    const { handle } = decode_found_directory(new XdrReader(answer));
    if (handle.length === 0) return undefined;
    if (this.#roots.size >= MAX_KNOWN_ROOTS) this.#roots.clear();
    this.#roots.set(name, handle.slice());
    return handle;
  }

  /** The directory that holds a mount point. The caller may have it by the right to leave what is mounted. */
  async #parentOf(
    version: 2 | 3,
    place: MountPlace,
    transport: VolumeCall["transport"],
  ): Promise<LookedUp | undefined> {
    const desk = await this.#options.find(place.volume);
    const w = new XdrWriter(64);
    w.raw(handleBytes(version, handleOf(place)));
    w.string("..");
    const caller = { credentials: MOUNTER, isReadOnly: true, transport };
    const answer = await desk?.submit(asking(version, LOOKUP[version], w.detach(0), caller));
    return answer instanceof Uint8Array ? new LookupReply(version, answer).found : undefined;
  }
}

function asking(
  version: VolumeCall["version"],
  procedure: number,
  args: Uint8Array,
  { credentials, isReadOnly, transport, staleMs = 0 }: Caller,
): VolumeCall {
  return { version, procedure, args, credentials, isReadOnly, transport, identity: NO_IDENTITY, staleMs };
}

function absolute(rest: Uint8Array): Uint8Array {
  const path = new Uint8Array(rest.length + 1);
  path[0] = 0x2f;
  path.set(rest, 1);
  return path;
}

function handleOf({ volume, inode, generation }: MountPlace): Uint8Array {
  const handle = rootMark(volume);
  const view = new DataView(handle.buffer);
  view.setUint32(16, Math.floor(inode / 0x1_0000_0000));
  view.setUint32(20, inode >>> 0);
  view.setUint32(24, generation);
  return handle;
}

/** The handle that the arguments begin with. */
function directoryOf({ version, args }: VolumeCall): Uint8Array {
  return version === 3 ? args.subarray(4, 36) : args.subarray(0, 32);
}

function isDotdot({ version, args }: VolumeCall): boolean {
  const at = version === 3 ? 36 : 32;
  return args[at + 3] === 2 && args[at + 4] === 0x2e && args[at + 5] === 0x2e && args.length === at + 8;
}
