/**
 * A file system as naive as can be: what the volume must behave like for root, whatever it is made of. Content
 * is one array for each file, directories are maps, nothing is stored.
 */
import type { Changes, FaultReason, FileType, Handle, NewObject } from "../../src/files/volume/index.ts";
import type { WallTime } from "../../src/world/index.ts";

const BLOCK = 512;

export class OracleNode {
  readonly type: FileType;
  mode = 0;
  uid = 0;
  gid = 0;
  links = 1;
  data: Uint8Array = new Uint8Array(0);
  /** Chunks that something was written in. */
  readonly chunks = new Set<number>();
  target: Uint8Array | undefined;
  verifier: Uint8Array | undefined;
  accessed: WallTime;
  modified: WallTime;
  changed: WallTime;
  /** Directory: names in the order of their cookies. */
  readonly children = new Map<string, OracleNode>();
  parent: OracleNode | undefined;
  isGone = false;
  handle: Handle | undefined;

  constructor(type: FileType, now: WallTime) {
    this.type = type;
    this.accessed = now;
    this.modified = now;
    this.changed = now;
  }

  attributes(chunkBytes: number) {
    const { type, mode, uid, gid, links, accessed, modified, changed } = this;
    const length = this.target?.length ?? this.data.length;
    const used = Math.min(this.chunks.size * chunkBytes, Math.ceil(length / BLOCK) * BLOCK);
    const entries = { size: (this.children.size + 2) * 64, used: (this.children.size + 2) * 64 };
    const sizes = type === "directory" ? entries : { size: length, used };
    return { type, mode, links, uid, gid, ...sizes, accessed, modified, changed };
  }
}

type Result<T> = T | FaultReason;

export class Oracle {
  readonly root: OracleNode;
  private readonly chunkBytes: number;

  constructor(chunkBytes: number, mode: number, now: WallTime) {
    this.chunkBytes = chunkBytes;
    this.root = new OracleNode("directory", now);
    this.root.mode = mode;
    this.root.links = 2;
    this.root.parent = this.root;
  }

  private place(directory: OracleNode, name: string): FaultReason | undefined {
    if (directory.isGone) return "STALE";
    if (directory.type !== "directory") return "NOTDIR";
    return name === "." || name === ".." ? "EXIST" : undefined;
  }

  private removable(directory: OracleNode, name: string): Result<OracleNode> {
    const fault = this.place(directory, name);
    if (fault !== undefined) return fault === "EXIST" ? "INVAL" : fault;
    return directory.children.get(name) ?? "NOENT";
  }

  lookup(directory: OracleNode, name: string): Result<OracleNode> {
    if (directory.isGone) return "STALE";
    if (directory.type !== "directory") return "NOTDIR";
    if (name === ".") return directory;
    if (name === "..") return directory.parent as OracleNode;
    return directory.children.get(name) ?? "NOENT";
  }

  create(now: WallTime, directory: OracleNode, name: string, object: NewObject): Result<OracleNode> {
    const fault = this.place(directory, name);
    if (fault !== undefined) return fault;
    const existing = directory.children.get(name);
    if (existing !== undefined) return this.createOver(now, existing, object);
    const node = new OracleNode(object.type, now);
    const initial: Changes = "initial" in object ? object.initial : {};
    node.mode = initial.mode ?? (object.type === "directory" ? 0o755 : 0o644);
    if (object.type === "symlink") {
      node.mode = 0o777;
      node.target = object.target;
    }
    if (object.type === "file" && object.how === "exclusive") {
      node.mode = 0o600;
      node.verifier = object.verifier;
    }
    if (object.type === "file") node.data = new Uint8Array(initial.size ?? 0);
    if (object.type === "directory") {
      node.links = 2;
      node.parent = directory;
      directory.links++;
    }
    if (directory.mode & 0o2000) {
      node.gid = directory.gid;
      if (object.type === "directory") node.mode |= 0o2000;
    }
    directory.children.set(name, node);
    directory.modified = directory.changed = now;
    return node;
  }

  private createOver(now: WallTime, existing: OracleNode, object: NewObject): Result<OracleNode> {
    if (object.type !== "file" || object.how === "guarded" || existing.type !== "file") return "EXIST";
    if (object.how === "exclusive") {
      return existing.verifier?.join() === object.verifier.join() ? existing : "EXIST";
    }
    if (object.initial.size !== undefined) {
      this.resize(existing, object.initial.size);
      existing.verifier = undefined;
      existing.modified = existing.changed = now;
    }
    return existing;
  }

  private resize(node: OracleNode, size: number): void {
    const data = new Uint8Array(size);
    data.set(node.data.subarray(0, size));
    node.data = data;
    for (const index of [...node.chunks]) if (index * this.chunkBytes >= size) node.chunks.delete(index);
  }

  set(now: WallTime, node: OracleNode, changes: Changes): Result<OracleNode> {
    if (node.isGone) return "STALE";
    if (Object.keys(changes).length === 0) return node;
    if (changes.size !== undefined) {
      if (node.type === "directory") return "ISDIR";
      if (node.type !== "file") return "INVAL";
      this.resize(node, changes.size);
      node.modified = now;
    }
    if (changes.mode !== undefined) node.mode = changes.mode;
    if (changes.uid !== undefined) node.uid = changes.uid;
    if (changes.uid !== undefined && changes.mode === undefined && node.type !== "directory") {
      node.mode &= node.mode & 0o010 ? ~0o6000 : ~0o4000;
    }
    if (changes.accessed !== undefined) node.accessed = changes.accessed === "now" ? now : changes.accessed;
    if (changes.modified !== undefined) node.modified = changes.modified === "now" ? now : changes.modified;
    node.verifier = undefined;
    node.changed = now;
    return node;
  }

  write(now: WallTime, node: OracleNode, offset: number, data: Uint8Array): Result<OracleNode> {
    if (node.isGone) return "STALE";
    if (node.type !== "file") return node.type === "directory" ? "ISDIR" : "INVAL";
    if (data.length === 0) return node;
    const end = offset + data.length;
    if (end > node.data.length) this.resize(node, end);
    node.data.set(data, offset);
    const { chunkBytes } = this;
    for (let i = Math.floor(offset / chunkBytes); i * chunkBytes < end; i++) node.chunks.add(i);
    node.modified = node.changed = now;
    return node;
  }

  read(node: OracleNode, offset: number, length: number): Result<{ data: Uint8Array; eof: boolean }> {
    if (node.isGone) return "STALE";
    if (node.type !== "file") return node.type === "directory" ? "ISDIR" : "INVAL";
    const end = offset + length;
    return { data: node.data.slice(offset, end), eof: end >= node.data.length };
  }

  private unlink(now: WallTime, node: OracleNode): void {
    node.links--;
    node.changed = now;
    if (node.links === 0) node.isGone = true;
  }

  remove(now: WallTime, directory: OracleNode, name: string): Result<undefined> {
    const node = this.removable(directory, name);
    if (typeof node === "string") return node;
    if (node.type === "directory") return "ISDIR";
    directory.children.delete(name);
    directory.modified = directory.changed = now;
    this.unlink(now, node);
    return undefined;
  }

  rmdir(now: WallTime, directory: OracleNode, name: string): Result<undefined> {
    const node = this.removable(directory, name);
    if (typeof node === "string") return node;
    if (node.type !== "directory") return "NOTDIR";
    if (node.children.size > 0) return "NOTEMPTY";
    directory.children.delete(name);
    directory.modified = directory.changed = now;
    directory.links--;
    node.isGone = true;
    return undefined;
  }

  link(now: WallTime, node: OracleNode, directory: OracleNode, name: string): Result<OracleNode> {
    if (node.isGone) return "STALE";
    if (node.type === "directory") return "PERM";
    const fault = this.place(directory, name);
    if (fault !== undefined) return fault;
    if (directory.children.has(name)) return "EXIST";
    directory.children.set(name, node);
    directory.modified = directory.changed = now;
    node.links++;
    node.changed = now;
    return node;
  }

  rename(now: WallTime, from: OracleNode, name: string, to: OracleNode, toName: string): Result<undefined> {
    const node = this.removable(from, name);
    if (typeof node === "string") return node;
    if (toName === "." || toName === "..") return "INVAL";
    const fault = this.place(to, toName);
    if (fault !== undefined) return fault;
    const target = to.children.get(toName);
    if (target === node) return undefined;
    if (node.type === "directory" && from !== to) {
      for (let at = to; ; at = at.parent as OracleNode) {
        if (at === node) return "INVAL";
        if (at === this.root) break;
      }
    }
    if (target !== undefined) {
      if (target.type === "directory") {
        if (node.type !== "directory") return "ISDIR";
        if (target.children.size > 0) return "NOTEMPTY";
      } else if (node.type === "directory") return "NOTDIR";
    }
    this.move(now, node, from, name, to, toName, target);
    return undefined;
  }

  private move(
    now: WallTime,
    node: OracleNode,
    from: OracleNode,
    name: string,
    to: OracleNode,
    toName: string,
    target: OracleNode | undefined,
  ): void {
    from.children.delete(name);
    // An entry that is replaced keeps its place.
    to.children.set(toName, node);
    if (node.type === "directory") {
      from.links--;
      to.links++;
      node.parent = to;
    }
    if (target?.type === "directory") {
      to.links--;
      target.isGone = true;
    } else if (target !== undefined) this.unlink(now, target);
    from.modified = from.changed = now;
    to.modified = to.changed = now;
    node.changed = now;
  }
}
