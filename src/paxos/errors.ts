import { defineErrors } from "../world/index.ts";

/** What a replicated log can fail with. `coterie explain CODE` prints these. */
export const logErrors = defineErrors({
  LOG_NO_QUORUM: {
    summary: "No majority of the log's replicas was reached in time; what was asked for did not happen.",
    remedy: "Check that a majority of the replicas runs and that this one reaches them; then ask again.",
  },
  LOG_OUTCOME_UNKNOWN: {
    summary:
      "The entry was on its way when its time was over or this replica ended: it may be in the log, or not.",
    remedy:
      "Read what the log did before you repeat the change, or give entries a key by which a repetition is known.",
  },
  LOG_BUSY: {
    summary: "So many entries or reads wait at this replica that it takes no more.",
    remedy: "Wait for answers before you ask for more, or raise maxAppends, maxAppendBytes or maxReads.",
  },
  LOG_TOO_LARGE: {
    summary: "The entry is larger than the log takes.",
    remedy: "Cut it into several entries, or open all replicas with a larger maxEntryBytes.",
  },
  LOG_CLOSED: {
    summary: "This replica of the log was closed; what was asked for did not happen.",
    remedy: "Open the log again, or ask another replica.",
  },
  LOG_REMOVED: {
    summary: "This replica is no member of its log any more.",
    remedy:
      "Close it. To bring the machine back, remove the replica's store, open it, and reconfigure the log with its name.",
  },
  LOG_STORE_FAILED: {
    summary: "The disk refused a write, so this replica stopped: its memory must not be ahead of its disk.",
    remedy:
      "Mend the disk (the cause says what it refused), then open the log again: it goes on from what is durable.",
  },
  LOG_CORRUPT: {
    summary:
      "What this replica has stored is damaged, so it stopped: it no longer knows what it promised the others.",
    remedy: "Reconfigure the log without this replica, remove its store, and add it as a new one.",
  },
  LOG_AMNESIA: {
    summary:
      "The log exists, and another store of this replica's name belongs to it: this one is new, or was lost.",
    remedy:
      "If the old store is lost, reconfigure the log with this name again: the replica then joins as a new one.",
  },
  LOG_UNKNOWN_REPLICA: {
    summary: "A replica that should join the log is not reached by its leader, so nobody knows its store.",
    remedy:
      "Open the log on that machine first, without `founders`, with links to the members; then ask again.",
  },
  LOG_CHANGE_PENDING: {
    summary:
      "The change of the replicas is in the log and was not finished in time: a new one may not have caught up.",
    remedy:
      "Look at the log's status: it goes on by itself. Reconfigure with the present voters to call it off.",
  },
  LOG_CHANGE_REPLACED: {
    summary: "Another change of the replicas took the place of this one before it was finished.",
    remedy: "Look at the log's status; ask again if the replicas are not the wanted ones.",
  },
  LOG_MACHINE_FAILED: {
    summary:
      "The state machine threw an error while an entry or a snapshot was applied; this replica stopped.",
    remedy: "Mend the state machine (the cause says where it failed), then open the log again.",
  },
  LOG_STATE_MISMATCH: {
    summary:
      "The state that the state machine keeps itself does not fit the log in the store: one of them was lost, or is of another log.",
    remedy:
      "If that was by mistake, bring back what belongs together. If not, remove both at this replica, and reconfigure the log with its name.",
  },
  LOG_FORMAT: {
    summary: "The replica's store was written in a format that this release does not read.",
    remedy: "Use the release that wrote it.",
  },
});

/** The codes of a log: LOG_… . */
export type LogErrorCode = keyof typeof logErrors;
