export { Refusal as JoinRefusal } from "./answering.ts";
export type { Admission, Reason } from "./asking.ts";
export {
  AUTHORITY_FILE,
  Authority,
  type AuthorityPair,
  type Issued,
  LEDGER_FILE,
  MEMBER_DAYS,
} from "./authority.ts";
export { keyToJoinWith, MemberCredentials, NODE_KEY_FILE } from "./credentials.ts";
export { type AuthorityErrorCode, authorityErrors } from "./errors.ts";
export {
  type authority_message as AuthorityMessage,
  authority_word as AuthorityWord,
  decode_authority_message as decodeAuthorityMessage,
  encode_authority_message as encodeAuthorityMessage,
} from "./gen/authority.gen.ts";
export { type JoinOptions, join, renew } from "./join.ts";
export { JoinDesk, type JoinHost, type NewNode } from "./join-desk.ts";
export { AuthorityKeys, type Standing } from "./keys.ts";
export { type KeyPlace, makeOperator } from "./operator.ts";
export { Renewer, type RenewerOptions } from "./renewer.ts";
export {
  beginRotation,
  nextStep,
  type Rotation,
  type RotationStage,
  type RotationView,
  rotationOf,
} from "./rotation.ts";
export { formatToken, makeToken, markOf, parseToken, type Token, type TokenMark } from "./token.ts";
export {
  asTrust,
  type CellTrust,
  certifyBy,
  firstTrust,
  formatTrust,
  nextOf,
  parseTrust,
  retireOthers,
  revoke,
  trustNext,
} from "./trust.ts";
