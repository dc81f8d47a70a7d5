/** The layer's error codes: of a node's configuration, directory and start here, of the cell's state beside it. */
import { defineErrors } from "../world/index.ts";
import { cellStateErrors } from "./state/errors.ts";
import { vipErrors } from "./vip/errors.ts";

/** Summary and remedy of each CELL_… code, as `coterie explain` shows them. */
export const cellErrors = defineErrors({
  ...cellStateErrors,
  ...vipErrors,
  CELL_NO_REPLICA: {
    summary: "The node that was asked has no open replica of the volume.",
    remedy: "Ask a node that has one; `coterie volume list` names them.",
  },
  CELL_CONFIG: {
    summary: "A setting of the node is wrong; the message names where it comes from and what was expected.",
    remedy: "Correct it: options come before COTERIE_ variables, and those before `coterie.json`.",
  },
  CELL_EXPORT_NEEDED: {
    summary: "The node was asked to listen where other machines reach it, and nobody there may connect.",
    remedy:
      "Say who may with --export, for example --export 192.168.1.0/24=rw, or leave --host out to serve this machine only; NFS does not prove who calls, so name only networks that you trust.",
  },
  CELL_EXPORTS: {
    summary: "A node cannot read the export rules of its cell, and lets nobody in by any of them.",
    remedy:
      "Its own rules still hold. Set the cell's anew with `coterie exports set`, or upgrade the node if it runs an older version.",
  },
  CELL_UNREACHABLE: {
    summary: "No node answers at the address.",
    remedy: "Start one with `coterie up`, or name the right one with --dir, or --host and --port.",
  },
  CELL_RUNNING: {
    summary: "A node runs on this directory already.",
    remedy: "Use it (`coterie status`), stop it first, or start another with --dir.",
  },
  CELL_ALONE: {
    summary: "The node is by itself, or one of a cell, and the command was about a cell.",
    remedy:
      "Choose another directory with --dir for a cell, and bring the files over with `coterie backup root FILE` and `coterie restore FILE VOLUME`; a node by itself is served with --nodes 1, a node of a cell with `coterie node`.",
  },
  CELL_NODE_ABSENT: {
    summary: "The directory has no node of a cell.",
    remedy:
      "To join a cell: `coterie token` on a machine with one of its nodes, then here `coterie node --dir DIR --join HOST:PORT --token-file FILE`. For a new cell: `coterie init`, or `coterie up`, which runs it, too.",
  },
  CELL_KNOWN: {
    summary: "A new cell was to be made in a directory that holds one.",
    remedy: "Start it with `coterie up`, or choose another directory with --dir.",
  },
  CELL_NODE_COUNT: {
    summary: "The directory holds a cell of more nodes than were asked for.",
    remedy:
      "Leave --nodes out: a larger number adds nodes, and `coterie drain NODE` and `coterie remove NODE` take one out while the cell runs.",
  },
  CELL_DIRECTORY_NEWER: {
    summary: "The directory was written by a newer version of Coterie.",
    remedy: "Run that version or a later one; this one left the directory untouched.",
  },
  CELL_DIRECTORY_FOREIGN: {
    summary: "The directory holds files, and they are not those of a node.",
    remedy: "Choose an empty or a new directory with --dir.",
  },
  CELL_DIRECTORY_DAMAGED: {
    summary: "The file that says what the directory holds cannot be read.",
    remedy:
      "Restore the file that the message names from a backup. A `format.json` can also be removed if `coterie fsck` finds the volume sound.",
  },
  CELL_VOLUME_MISMATCH: {
    summary: "The directory does not hold the volume that its `format.json` names.",
    remedy:
      "Parts of it were lost, or those of two directories mixed: restore the directory from one backup, or choose another with --dir.",
  },
  CELL_SPACE_LOW: {
    summary: "The disk under the node's directory is nearly full.",
    remedy: "Free space: writes fail when it is full, reads and removals go on.",
  },
  CELL_DISK_SLOW: {
    summary:
      "The node's disk takes long to make writes durable; every change waits for the disks of a majority.",
    remedy:
      "Use a solid-state disk, or see what else keeps this one busy (`iostat -x 1`). While only a minority is slow, clients hardly notice.",
  },
  CELL_REPLICA_BEHIND: {
    summary: "A replica of a volume has yet to apply many entries of the volume's log.",
    remedy:
      "It catches up by itself. If it does not get nearer, look at its node's disk and processor, and at the network to it.",
  },
  CELL_CERTIFICATE_ENDS: {
    summary: "A node's certificate ends soon: without a new one the others refuse it.",
    remedy:
      "Nodes renew theirs by themselves: see in the node's log why this one could not, and set its clock.",
  },
  CELL_FLUSH_FAILED: {
    summary: "The disk refused something that was being made durable since the node started.",
    remedy:
      "Look at the node's log and at the disk. Nothing acknowledged was lost; clients were told or write again.",
  },
  CELL_DISMISSED: {
    summary: "The node was taken out of its cell, and holds nothing that the cell needs.",
    remedy:
      "Its directory can be removed. To use the machine again, let it join under another name: `coterie node --join`, with an empty directory.",
  },
  CELL_OPERATOR_KEY: {
    summary: "The file does not hold an operator's key and certificate.",
    remedy:
      "Name the file that `coterie operator new` made, `operator.pem` in the directory of `coterie up`; or make another there.",
  },
  CELL_OPERATOR_EXPOSED: {
    summary: "Others than its owner may read the file of an operator's key.",
    remedy:
      "`chmod 600 FILE`. If somebody may have read it: `coterie operator revoke SERIAL`, and `coterie operator new`.",
  },
  CELL_OPERATOR_NEEDED: {
    summary:
      "The node answers administration to callers on its own machine, and to operators who prove themselves.",
    remedy:
      "Name an operator's key with --operator, and with --host and --port where the node listens for other nodes; `coterie operator new` makes a key on a node's machine.",
  },
  CELL_OPERATOR_REFUSED: {
    summary:
      "The cell and the operator's key do not know each other: it was revoked, has ended, is of another cell, or the cell has changed its authority since.",
    remedy: "Make another on a machine with a node of the cell: `coterie operator new FILE`.",
  },
  CELL_NO_QUORUM: {
    summary: "Fewer than a majority of the cell's nodes can reach each other here.",
    remedy: "Start the nodes that are down, or mend the network between them; nothing is lost meanwhile.",
  },
  CELL_NODE_DOWN: {
    summary: "A node of the cell is not linked to the one that was asked.",
    remedy:
      "Start it, or look at the network between the two. One that will not come back: `coterie remove NODE`.",
  },
  CELL_NODE_CUT: {
    summary: "The node was told to refuse links with another, to try out what a cut network does.",
    remedy: "`coterie heal NODE` ends that.",
  },
  CELL_VERSIONS: {
    summary: "Nodes of the cell run different versions.",
    remedy: "Finish the upgrade: start each node with the new version, one after the other.",
  },
  CELL_CLOCK_SKEW: {
    summary: "The clocks of two nodes differ by seconds.",
    remedy: "Let NTP set them (`timedatectl`, chrony): times of files come from the node that a client uses.",
  },
  CELL_VOLUME_UNSERVED: {
    summary: "No replica of the volume leads, as far as the node that was asked knows.",
    remedy: "It needs a majority of its replicas: start the nodes that hold them.",
  },
  CELL_REPLICA_DAMAGED: {
    summary: "A replica of a volume does not hold what was written to its disk.",
    remedy:
      "It is made anew from the others by itself, as soon as a majority of the volume's replicas is there without it: start the nodes that are down. See to the disk: one that damages data once does it again.",
  },
  CELL_REPLICA_ANEW: {
    summary: "A replica of a volume is being filled from the others, and does not count until it is whole.",
    remedy: "Wait. Until then the volume can do without one node less; `coterie status` shows how far it is.",
  },
  CELL_REPLICA_DOWN: {
    summary: "A replica of a volume is not open at a node that is up; the message says why.",
    remedy: "It is tried again by itself. A full disk has to be given room.",
  },
  CELL_PORTMAP: {
    summary: "The node could not be registered with rpcbind.",
    remedy:
      "Clients that name the port (as the banner's mount line does) need no rpcbind; else see `coterie doctor`.",
  },
});
