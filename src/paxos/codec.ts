/** Configurations and what goes with them, between the forms of x/paxos.x and those that the code works with. */
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import type { Configuration, Newcomer } from "./configuration.ts";
import {
  decode_paxos_change,
  decode_paxos_switch,
  encode_paxos_change,
  encode_paxos_switch,
  type paxos_configuration,
  type paxos_prefix,
} from "./gen/paxos.gen.ts";
import type { PrefixValue } from "./prefix.ts";

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function nameBytes(name: string): Uint8Array {
  return utf8.encode(name);
}

/** @throws TypeError for bytes that are no UTF-8. */
export function nameOf(bytes: Uint8Array): string {
  return fromUtf8.decode(bytes);
}

export function tokenBytes(token: string): Uint8Array {
  return Uint8Array.from({ length: token.length / 2 }, (_, at) =>
    Number.parseInt(token.slice(2 * at, 2 * at + 2), 16),
  );
}

export function tokenOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function encoded<T>(encode: (writer: XdrWriter, value: T) => void, value: T): Uint8Array {
  const writer = new XdrWriter(256);
  encode(writer, value);
  return writer.detach(0);
}

/** The value that fills `bytes`; undefined for bytes that are no such value. */
export function decoded<T>(decode: (reader: XdrReader) => T, bytes: Uint8Array): T | undefined {
  try {
    const reader = new XdrReader(bytes);
    const value = decode(reader);
    reader.finish();
    return value;
  } catch {
    return undefined;
  }
}

/** A hyper as a number. @throws RangeError for what is 2^53 and more. */
export function numberOf(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`${value} is over 2^53`);
  return Number(value);
}

export function encodeChange(voters: readonly Newcomer[]): Uint8Array {
  const wire = voters.map(({ name, token }) => ({ name: nameBytes(name), token: tokenBytes(token) }));
  return encoded(encode_paxos_change, { voters: wire });
}

export function decodeChange(bytes: Uint8Array): Newcomer[] | undefined {
  return decoded((reader) => {
    const { voters } = decode_paxos_change(reader);
    return voters.map(({ name, token }) => ({ name: nameOf(name), token: tokenOf(token) }));
  }, bytes);
}

export function encodeSwitch(change: number): Uint8Array {
  return encoded(encode_paxos_switch, { change: BigInt(change) });
}

export function decodeSwitch(bytes: Uint8Array): number | undefined {
  return decoded((reader) => numberOf(decode_paxos_switch(reader).change), bytes);
}

export function toWireConfiguration({ nextId, change, members }: Configuration): paxos_configuration {
  return {
    next_id: nextId,
    change: BigInt(change),
    members: members.map(({ id, name, token, isVoter, isWanted }) => ({
      id,
      name: nameBytes(name),
      token: tokenBytes(token),
      is_voter: isVoter,
      is_wanted: isWanted,
    })),
  };
}

export function fromWireConfiguration({ next_id, change, members }: paxos_configuration): Configuration {
  return {
    nextId: next_id,
    change: numberOf(change),
    members: members.map(({ id, name, token, is_voter, is_wanted }) => ({
      id,
      name: nameOf(name),
      token: tokenOf(token),
      isVoter: is_voter,
      isWanted: is_wanted,
    })),
  };
}

export function toWirePrefix({ slot, fence, isSealed, configuration }: PrefixValue): paxos_prefix {
  return {
    slot: BigInt(slot),
    fence: BigInt(fence),
    is_sealed: isSealed,
    configuration: toWireConfiguration(configuration),
  };
}

export function fromWirePrefix({ slot, fence, is_sealed, configuration }: paxos_prefix): PrefixValue {
  return {
    slot: numberOf(slot),
    fence: numberOf(fence),
    isSealed: is_sealed,
    configuration: fromWireConfiguration(configuration),
  };
}
