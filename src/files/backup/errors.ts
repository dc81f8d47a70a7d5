import { CoterieError, defineErrors } from "../../world/index.ts";

/** Summary and remedy of each BACKUP_… code, as `coterie explain` shows them. */
export const backupErrors = defineErrors({
  BACKUP_DAMAGED: {
    summary:
      "The backup is cut short, or some of its bytes are not those that were written; what was restored of it is not the volume.",
    remedy: "Use another copy of the backup. What was restored is deleted again.",
  },
  BACKUP_FORMAT: {
    summary: "The file is no backup of Coterie, or one of a version that this one does not know.",
    remedy: "Check the file's name; a newer version of Coterie reads the backups of older ones.",
  },
  BACKUP_CHANGED: {
    summary:
      "Files were changed while they were read, where there is no snapshot to read; there is no backup.",
    remedy: "Try again when nobody writes.",
  },
  BACKUP_RIGHTS: {
    summary: "Files get the owners that the backup says, which a superuser alone may do.",
    remedy:
      "Run it as root: on a node's machine, or from one whose export rule says `no_root_squash`. What was restored is deleted again.",
  },
  BACKUP_LINKS: {
    summary: "The volume has more files with several names than a backup can keep apart.",
    remedy: "Copy the volume with `coterie get -r` instead: it makes files of the names.",
  },
});

export function backupError(code: keyof typeof backupErrors, message: string, cause?: unknown): CoterieError {
  return new CoterieError(code, message, cause === undefined ? {} : { cause });
}
