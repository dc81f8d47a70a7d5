import { defineErrors } from "./error.ts";

/** Failures of secure streams, the same in the real and the simulated world. */
export const secureErrors = defineErrors({
  TLS_NO_CERTIFICATE: {
    summary: "The other side showed no certificate where one is wanted.",
    remedy:
      "Let the node join the cell first (`coterie node --join`), or give the client the operator's certificate.",
  },
  TLS_CERTIFICATE: {
    summary: "The other side's certificate is not one that a cell's authority makes.",
    remedy: "See who answers at the address; make members' certificates by joining, and with no other tool.",
  },
  TLS_WRONG_CELL: {
    summary: "The other side belongs to another cell.",
    remedy: "Correct the address; details hold both cells' ids.",
  },
  TLS_UNTRUSTED: {
    summary: "No authority that this side believes has signed the other side's certificate.",
    remedy:
      "If the authority was rotated, let the member renew its certificate or join anew; a join token is good for the authority that it was made under.",
  },
  TLS_EARLY: {
    summary: "The certificate is not valid yet, by this machine's clock.",
    remedy: "Compare both machines' clocks (`date -u`), and set the one that is wrong.",
  },
  TLS_EXPIRED: {
    summary: "The certificate is not valid any more, by this machine's clock.",
    remedy:
      "Compare both machines' clocks (`date -u`). Nodes renew certificates by themselves: one that was off for too long joins anew with a token.",
  },
  TLS_REVOKED: {
    summary: "The certificate was revoked: its node was removed from the cell, or has a newer one.",
    remedy: "Join anew with a token if the node is to be of the cell again.",
  },
  TLS_REFUSED: {
    summary: "The other side does not believe this side's certificate; details hold its reason.",
    remedy: "Do what `coterie explain` says of the reason, at this side.",
  },
  TLS_FAILED: {
    summary:
      "No secure stream came about: the other side does not speak TLS 1.3 as a cell's nodes do, or broke off.",
    remedy: "Check host and port, and that both sides run releases of Coterie that know each other.",
  },
});

/** The codes of secure streams: TLS_… . */
export type SecureErrorCode = keyof typeof secureErrors;
