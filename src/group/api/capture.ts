/** A member's state for a newcomer, taken at once and read later, piece by piece. */

/** What cannot be captured fails when it is read: the port ends this membership then, and the newcomer turns to another. */
export function captured(capture: () => Iterable<Uint8Array>): Iterable<Uint8Array> {
  try {
    return capture();
  } catch (error) {
    return failing(error);
  }
}

// biome-ignore lint/correctness/useYield: it fails instead
function* failing(error: unknown): Iterable<Uint8Array> {
  throw error;
}
