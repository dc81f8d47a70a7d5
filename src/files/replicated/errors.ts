import { CoterieError, defineErrors } from "../../world/index.ts";

/** Summary and remedy of each REPLICA_… code, as `coterie explain` shows them. */
export const replicaErrors = defineErrors({
  REPLICA_DAMAGED: {
    summary:
      "A replica of a volume met a damaged record of its own and stopped: it would have answered what others do not.",
    remedy:
      "Nothing, in a cell: the other replicas go on, and this one is made anew from them. If it happens again on the same node, replace its disk.",
  },
  REPLICA_UNSOUND: {
    summary: "A scrub found that a replica's disk does not hold what a majority of the others holds.",
    remedy:
      "Nothing, in a cell: the replica is made anew from the others. If it happens again on the same node, replace its disk.",
  },
  REPLICA_FORMAT: {
    summary: "The log or the store of a volume holds what this release does not understand.",
    remedy: "Run the release that the other nodes run; this one left everything untouched.",
  },
  REPLICA_UNANSWERED: {
    summary:
      "A volume gave no answer to what concerns it as a whole, such as a snapshot: its nodes have no quorum, or did not answer in time.",
    remedy:
      "See that most of its nodes run (`coterie status`). Look whether it was done before you ask again.",
  },
  REPLICA_STOPPED: {
    summary: "The replica of the volume has ended, or was closed.",
    remedy: "Look at why it ended (the log, `coterie status`); another node's replica serves meanwhile.",
  },
});

/** The codes of replicas: REPLICA_… . */
export type ReplicaErrorCode = keyof typeof replicaErrors;

export function replicaError(code: ReplicaErrorCode, message: string, cause?: unknown): CoterieError {
  return new CoterieError(code, message, cause === undefined ? {} : { cause });
}
