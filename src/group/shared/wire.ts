/** Commands, replies and states of shared objects as bytes (`x/group-shared.x`). */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { toCount } from "../api/frames.ts";
import { type Member, memberName } from "../types.ts";
import type { shared_ticket } from "./gen/group-shared.gen.ts";

type Encode<Value> = (writer: XdrWriter, value: Value) => void;
type Decode<Value> = (reader: XdrReader) => Value;

const writer = new XdrWriter(1024);

/** Bytes of their own. */
export function encoded<Value>(encode: Encode<Value>, value: Value): Uint8Array {
  writer.reset();
  encode(writer, value);
  return writer.encoded().slice();
}

/** A value that looks into the bytes. @throws XdrError for bytes that are none. */
export function decoded<Value>(decode: Decode<Value>, bytes: Uint8Array): Value {
  const reader = new XdrReader(bytes);
  const value = decode(reader);
  reader.finish();
  return value;
}

/** What a member waits for, or holds: `number` is the member's, and never used twice. */
export interface Ticket {
  readonly member: Member;
  readonly number: number;
}

export function isSameTicket(a: Ticket, b: Ticket): boolean {
  return a.number === b.number && memberName(a.member) === memberName(b.member);
}

export function ticketToWire({ member: { node, incarnation }, number }: Ticket): shared_ticket {
  return { member: { node, incarnation }, number: BigInt(number) };
}

export function ticketFromWire({ member, number }: shared_ticket): Ticket {
  return { member, number: toCount(number) };
}

/** Whether the member is one of these. */
export function isAmong(members: readonly Member[], member: Member): boolean {
  const name = memberName(member);
  return members.some((each) => memberName(each) === name);
}

/** A whole number of `least` to `most`. @throws RangeError for another. */
export function checkCount(what: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${what}: ${value} is not a whole number of ${least} to ${most}`);
}
