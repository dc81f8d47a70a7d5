/** What the transfer of a file can fail with, beside the errors of channels and of files. */
import { defineErrors } from "../../world/index.ts";

/** Summary and remedy of each TRANSFER_… code, as `coterie explain` shows them. */
export const transferErrors = defineErrors({
  TRANSFER_DIFFERS: {
    summary:
      "What was read back from the receiver's disk is not what the sender's file holds, even when sent again.",
    remedy: "Suspect memory, disk or network of either side; nothing was put under the file's name.",
  },
  TRANSFER_CHANGED: {
    summary: "The file changed at the sender while it was sent, and nothing was put under its name.",
    remedy: "Send it again when nobody writes to it; what is the same by then is not sent again.",
  },
  TRANSFER_EXISTS: {
    summary: "The receiver has another file of this name.",
    remedy: "Rename or remove it, or let the receiver replace files: `coterie receive --force`.",
  },
  TRANSFER_IN_THE_WAY: {
    summary: "The receiver has a directory, or something else that is no file, under this name.",
    remedy: "Remove or rename it: a file never replaces anything but a file.",
  },
  TRANSFER_NAME: {
    summary: "A file of this name is not taken: it is no plain name, or holds control characters.",
    remedy: "Rename the file before it is sent.",
  },
  TRANSFER_TYPE: {
    summary: "What is to be sent is no ordinary file.",
    remedy: "For a directory send an archive: `tar cf DIRECTORY.tar DIRECTORY`, then send that file.",
  },
  TRANSFER_TOO_LARGE: {
    summary: "The file is larger than a transfer can be.",
    remedy: "Split it (`split -b 1T`); docs/limits.md has the largest size.",
  },
  TRANSFER_BUSY: {
    summary:
      "A file of this name is being received already, or the receiver serves as many senders as it may.",
    remedy: "Try again when the other transfer has ended.",
  },
  TRANSFER_VERSION: {
    summary: "The two sides speak different versions of the protocol.",
    remedy: "Use the same version of Coterie on both (`coterie --version`).",
  },
  TRANSFER_UNREACHABLE: {
    summary: "No receiver answers at the address, or it has another key, or one where the sender has none.",
    remedy:
      "Start `coterie receive` there (with --bind for other machines), check host and port and that UDP passes between, and name the receiver's key with --key-file.",
  },
  TRANSFER_PROTOCOL: {
    summary: "The other side said something that makes no sense at this point.",
    remedy:
      "Try again: what has arrived is not sent again. If it stays, suspect memory or network of either side.",
  },
  TRANSFER_INTERRUPTED: {
    summary: "The connection ended before the file was confirmed; it may have arrived.",
    remedy: "Send it again: what has arrived is compared, and not sent again.",
  },
  TRANSFER_PEER_FAILED: {
    summary: "The other side could not go on, for a reason of its own machine; the message has it.",
    remedy: "Mend what the message says there, then send again: what has arrived is not sent again.",
  },
  TRANSFER_KEY: {
    summary: "There is no key, or it is not one, or others can read it.",
    remedy:
      "Give both sides the same key, 64 hexadecimal digits: a file that only its user can read, named with --key-file, or COTERIE_TRANSFER_KEY; docs/how-to/send-files.md says how.",
  },
});
