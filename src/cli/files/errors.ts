import { defineErrors } from "../../world/index.ts";

/** What copies between this machine and the cell can fail with, beside the files' own errors. */
export const copyErrors = defineErrors({
  COPY_NO_SOURCE: { summary: "What is to be copied does not exist.", remedy: "Check the path." },
  COPY_DIRECTORY: {
    summary: "A directory is copied only when that is asked for.",
    remedy: "Add `-r` to copy a directory with everything in it.",
  },
  COPY_IN_THE_WAY: {
    summary: "The target has something of another type under this name.",
    remedy: "Remove or rename it: a copy never replaces a directory by a file, or a file by a directory.",
  },
  COPY_CHANGED: {
    summary:
      "The source changed while it was copied: the copy is no state of it, and was not put in its place.",
    remedy: "Copy again when nobody writes to it.",
  },
  COPY_DIFFERS: {
    summary:
      "What was read back from the target does not have the source's checksum, even when written twice.",
    remedy: "Suspect memory, disk or network of either side; the file under its final name is untouched.",
  },
  COPY_DEEP: {
    summary: "Directories are nested deeper than a copy follows.",
    remedy: "Copy the inner directory by itself.",
  },
  COPY_FAILED: {
    summary: "Some files were not copied; the rest was.",
    remedy: "Look at the lines above, then run the same command again: what is done is passed over.",
  },
});
