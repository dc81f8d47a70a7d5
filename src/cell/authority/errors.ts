import { defineErrors } from "../../world/index.ts";

/** What goes wrong with keys, certificates and joining. */
export const authorityErrors = defineErrors({
  AUTHORITY_DAMAGED: {
    summary: "A file of keys or certificates is not what a node wrote, or its parts do not belong together.",
    remedy:
      "Restore the file from a backup. A node whose own file is lost joins anew with a token, under another name; without its authority's key a cell admits no nodes.",
  },
  AUTHORITY_LIMIT: {
    summary: "A cell has as many authorities, revoked certificates or certificates of one name as it may.",
    remedy:
      "End the change of authorities that is under way. Certificates are forgotten when they have ended: see why a node asks for so many.",
  },
  AUTHORITY_ABSENT: {
    summary: "The node that was asked has not been given the key of the cell's authority yet.",
    remedy:
      "It gets it from any other node: see that it is linked to one (`coterie status`), or ask another.",
  },
  AUTHORITY_SERIAL: {
    summary: "The cell has given no operator a certificate of this serial number.",
    remedy:
      "Compare it with what `coterie operator new` printed. To revoke it all the same, as of a key that an earlier build made: `coterie operator revoke SERIAL --force`.",
  },
  AUTHORITY_CHANGING: {
    summary: "The cell is changing over to another authority already.",
    remedy:
      "`coterie authority show` tells which nodes it waits for; one that is gone for good: `coterie remove NODE`.",
  },
  JOIN_TOKEN: {
    summary: "The text is no token to join a cell with, or not all of it.",
    remedy: "Copy the whole line that `coterie token` printed, or make another token.",
  },
  JOIN_REFUSED: {
    summary: "The cell does not admit the node, or does not renew its certificate; details hold the reason.",
    remedy:
      "By the reason in the details: make another token with `coterie token` (token), choose another name (name), join anew (certificate), see that the token is of this cell (proof), or try again later (busy, unavailable).",
  },
  JOIN_VIOLATION: {
    summary: "The other side said what no correct node says to somebody who joins.",
    remedy:
      "See that the address is a node's; compare both sides' releases, and report it if they are the same.",
  },
  JOIN_SILENT: {
    summary: "The other side did not answer in time, or hung up.",
    remedy: "Try again: the same node may ask again with the same token until it is admitted.",
  },
});

export type AuthorityErrorCode = keyof typeof authorityErrors;
