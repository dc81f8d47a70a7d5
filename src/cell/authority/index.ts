export { Refusal as JoinRefusal } from "./answering.ts";
export type { Admission, Reason } from "./asking.ts";
export { AUTHORITY_FILE, Authority, type Issued, LEDGER_FILE, MEMBER_DAYS } from "./authority.ts";
export { keyToJoinWith, MemberCredentials, NODE_KEY_FILE } from "./credentials.ts";
export { type AuthorityErrorCode, authorityErrors } from "./errors.ts";
export { type JoinOptions, join, renew } from "./join.ts";
export { JoinDesk, type JoinHost, type NewNode } from "./join-desk.ts";
export { Renewer, type RenewerOptions } from "./renewer.ts";
export { formatToken, makeToken, markOf, parseToken, type Token, type TokenMark } from "./token.ts";
export {
  asTrust,
  type CellTrust,
  certifyBy,
  firstTrust,
  formatTrust,
  parseTrust,
  retireOthers,
  revoke,
  trustNext,
} from "./trust.ts";
