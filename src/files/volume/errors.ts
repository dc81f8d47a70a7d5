/** Failures of opening or checking a volume; what operations on an open one return are `Fault`s. */
import { defineErrors } from "../../world/index.ts";

/** Summary and remedy of each VOLUME_… code, as `coterie explain` shows them. */
export const volumeErrors = defineErrors({
  VOLUME_FORMAT: {
    summary: "The volume was written by another version of Coterie, in a format that this one does not know.",
    remedy: "Run that version, or copy the files out with it; this version left the volume untouched.",
  },
  VOLUME_FOREIGN: {
    summary: "The store holds data, and it is not a volume.",
    remedy: "Give the volume another name or directory.",
  },
  VOLUME_DAMAGED: {
    summary: "A record that the volume cannot do without does not match its checksum.",
    remedy: "Run `coterie fsck` to see how much is damaged, and restore from a backup.",
  },
  VOLUME_MISSING: {
    summary: "There is no volume of this name here.",
    remedy: "Check the directory and the volume's name; `coterie up` makes the first volume.",
  },
  VOLUME_CLOSED: {
    summary: "The volume was closed before the operation was done.",
    remedy: "Open it again; what was not acknowledged may be lost.",
  },
});

export type VolumeErrorCode = keyof typeof volumeErrors;
