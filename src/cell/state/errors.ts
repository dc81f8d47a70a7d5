/** Why a command of the cell's log did nothing: the same at every node. */
import { CoterieError, defineErrors } from "../../world/index.ts";

export const cellStateErrors = defineErrors({
  CELL_SETTING_CHANGED: {
    summary: "Somebody else changed the setting at the same time.",
    remedy: "Look at what it is now, and try again.",
  },
  CELL_FOUNDED: {
    summary: "The cell is founded already.",
    remedy: "Nothing is left to do; `coterie status` shows it.",
  },
  CELL_NOT_FOUNDED: {
    summary: "There is no cell yet.",
    remedy: "Found one with `coterie up`, or with `coterie init` on its first node.",
  },
  CELL_NAME: {
    summary: "The name is none that a node, a volume or a setting can have.",
    remedy: "Use 1 to 63 of the letters a to z, digits, `-`, `_` and `.`, with a letter or a digit first.",
  },
  CELL_NODE_KNOWN: {
    summary: "The cell has, or had, a node of that name.",
    remedy: "Choose another name: one that left does not come back under the same.",
  },
  CELL_NODE_UNKNOWN: {
    summary: "The cell has no node of that name.",
    remedy: "`coterie status` names the nodes.",
  },
  CELL_NODE_HOLDS: {
    summary: "The node holds replicas of volumes.",
    remedy: "Drain it first (`coterie drain NODE`), and wait until it holds none.",
  },
  CELL_NODE_LAST: {
    summary: "A cell has one active node at least.",
    remedy: "Let another node join first.",
  },
  CELL_VOLUME_KNOWN: {
    summary: "The cell has a volume of that name or id.",
    remedy: "Choose another name.",
  },
  CELL_VOLUME_UNKNOWN: {
    summary: "The cell has no such volume.",
    remedy: "`coterie volume list` names the volumes.",
  },
  CELL_VOLUME_MOVING: {
    summary: "The volume is being moved.",
    remedy:
      "Wait until it is where it shall be; `coterie volume list` shows it. If it waits for a node that does not come back, `coterie volume move` to other nodes takes that move's place.",
  },
  CELL_VOLUME_MOUNTED: {
    summary: "The volume is in a mount, as what is mounted or as what holds the mount point.",
    remedy: "Unmount it first.",
  },
  CELL_VOLUME_ROOT: {
    summary: "The root volume is the cell's `/`: it keeps its name, and stays.",
    remedy: "Make another volume for what shall come and go; remove files of the root with `coterie rm`.",
  },
  CELL_REPLICAS: {
    summary: "The volume cannot have these replicas.",
    remedy: "Name 1 to 16 different active nodes of the cell.",
  },
  CELL_MOUNT_TAKEN: {
    summary:
      "A volume is mounted at that directory already, or the volume is mounted elsewhere, or would be within itself.",
    remedy: "Choose another directory, or unmount first.",
  },
  CELL_MOUNT_POINT: {
    summary: "A volume cannot be seen there: the path names no empty directory of the tree.",
    remedy: "Make the directory first (`coterie mkdir`), or choose one that is empty.",
  },
  CELL_MOUNT_PENDING: {
    summary: "The mount is noted, and not in place yet: the volume that has the directory does not answer.",
    remedy:
      "Nothing need be done: it is put in place, or taken back, as soon as that volume has a majority of its replicas again.",
  },
  CELL_MOUNT_UNKNOWN: {
    summary: "Nothing is mounted there.",
    remedy: "`coterie volume mounts` shows the mount points.",
  },
  CELL_TOKEN: {
    summary: "The token is unknown, used up or over its time.",
    remedy: "Make another on a node of the cell with `coterie token`.",
  },
  CELL_FULL: {
    summary: "The cell has as many of these as it can have; the message says which.",
    remedy: "Remove some that are not needed any more.",
  },
  CELL_LEVEL: {
    summary: "The command is of a level that the cell is not on yet, or would lower it.",
    remedy:
      "Upgrade the nodes that run an older version, start those that are down, or remove those that will not come back: the level then rises by itself.",
  },
  CELL_VIP: {
    summary: "Another node claimed the cell's floating address in the meantime.",
    remedy: "Nothing is left to do: nodes settle among themselves which one holds it.",
  },
  CELL_TOO_OLD: {
    summary: "The node's version is too old for its cell, whose nodes write by now what it cannot read.",
    remedy:
      "Start the node with the version that the others run (`coterie status`); its directory is as it was.",
  },
  CELL_TOO_NEW: {
    summary: "The node's version is too new for its cell: it cannot read what the cell's nodes still write.",
    remedy: "Upgrade all nodes to a version in between first; its notes say which cells it can be used with.",
  },
  CELL_COMMAND: {
    summary: "Another node, of a newer version, did what this version cannot follow.",
    remedy: "Upgrade this node; it goes on from where it stopped.",
  },
});

/** What a command that was refused gives back. It left the state as it was. */
export class Refused {
  readonly code: string;
  readonly message: string;
  constructor(code: string, message: string) {
    this.code = code;
    this.message = message;
  }

  toError(): CoterieError {
    return new CoterieError(this.code, this.message);
  }
}
