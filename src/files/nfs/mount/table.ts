/**
 * Who has mounted what, as far as clients told. Nothing depends on it: it is for people, forgotten at a restart, and
 * what a client that crashed left in it stays until it is pushed out.
 */

/** Mounts remembered; at the bound the oldest is forgotten. */
export const MAX_KNOWN_MOUNTS = 1024;

export interface Mount {
  readonly host: string;
  readonly path: Uint8Array;
}

export class MountTable {
  /** By host and path, oldest first. */
  private readonly mounts = new Map<string, Mount>();

  add(host: string, path: Uint8Array): void {
    const key = keyOf(host, path);
    this.mounts.delete(key);
    if (this.mounts.size >= MAX_KNOWN_MOUNTS) {
      const oldest = this.mounts.keys().next();
      if (!oldest.done) this.mounts.delete(oldest.value);
    }
    this.mounts.set(key, { host, path: path.slice() });
  }

  remove(host: string, path: Uint8Array): void {
    this.mounts.delete(keyOf(host, path));
  }

  removeAll(host: string): void {
    for (const [key, mount] of this.mounts) if (mount.host === host) this.mounts.delete(key);
  }

  list(): readonly Mount[] {
    return [...this.mounts.values()];
  }
}

/** Paths are bytes of any encoding: one character for each keeps different ones apart. */
function keyOf(host: string, path: Uint8Array): string {
  return `${host} ${String.fromCharCode(...path)}`;
}
