/** Paths of MOUNT that begin in a volume of the cell rather than in its root: `/@NAME`, and `/@NAME/DIRECTORY`. */

const SLASH = 0x2f;
const AT = 0x40;
const fromUtf8 = new TextDecoder();
const ROOT_PATH = Uint8Array.of(SLASH);

export interface NamedPath {
  /** As it was written: whether there is such a volume, the cell knows. */
  readonly name: string;
  /** From the volume's root. */
  readonly path: Uint8Array;
}

/** Undefined for a path that names no volume. */
export function namedVolumeIn(path: Uint8Array): NamedPath | undefined {
  const start = path.findIndex((byte) => byte !== SLASH);
  if (start < 1 || path[start] !== AT) return undefined;
  const slash = path.indexOf(SLASH, start);
  const end = slash < 0 ? path.length : slash;
  const rest = slash < 0 ? ROOT_PATH : path.subarray(slash);
  return end === start + 1 ? undefined : { name: fromUtf8.decode(path.subarray(start + 1, end)), path: rest };
}

/** What clients mount to have a volume. */
export function exportOf(name: string): string {
  return `/@${name}`;
}
