export { type BackupCounts, type BackupParts, backUp, MAX_LINKED_FILES } from "./backing-up.ts";
export { backupErrors } from "./errors.ts";
export { type Restored, restore } from "./restoring.ts";
