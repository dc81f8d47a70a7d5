/** What can be wrong with asking for a snapshot or clone, and what the layers find damaged. */
import { CoterieError, defineErrors } from "../../world/index.ts";

/** Summary and remedy of each LAYERS_… code, as `coterie explain` shows them. */
export const layersErrors = defineErrors({
  LAYERS_EXISTS: {
    summary: "There is a snapshot or clone of this name already.",
    remedy: "Choose another name, or drop the old one first.",
  },
  LAYERS_MISSING: {
    summary: "There is no snapshot or clone of this name.",
    remedy: "List the snapshots and clones, and check the name.",
  },
  LAYERS_NAME: {
    summary: "A snapshot or clone of a volume cannot have this name.",
    remedy: "Choose one that a file could have: 1 to 255 bytes, without a slash, and neither . nor ..",
  },
  LAYERS_IN_USE: {
    summary:
      "Something depends on it: a clone on its snapshot, or a snapshot on the clone that it was taken of.",
    remedy: "Drop what depends on it first; the message names one.",
  },
  LAYERS_TOO_MANY: {
    summary:
      "There are as many snapshots or clones as there may be, or the space of dropped ones is not all taken back yet.",
    remedy: "Drop some, or wait until the space of those that were dropped is taken back.",
  },
  LAYERS_DAMAGED: {
    summary: "A record that says where snapshots and clones have their content does not match its checksum.",
    remedy: "Run `coterie fsck` to see how much is damaged, and restore from a backup.",
  },
});

export type LayersErrorCode = keyof typeof layersErrors;

export function layersError(
  code: LayersErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): CoterieError {
  return new CoterieError(code, message, { details });
}
