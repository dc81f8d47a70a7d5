export { CallError } from "./call-error.ts";
export type { CallHandler, CallOptions } from "./calls.ts";
export type { CallOutcome, MemberFailure, MemberReply, Wanted } from "./tally.ts";
