/**
 * An entry of the log as bytes (`paxos_entry` of x/paxos.x): the same on the wire, in memory and on the disk, so that
 * what a replica receives is what it stores, and nothing is encoded twice. Its head is read and written in place, by hand;
 * `entry.test.ts` holds that against the generated codec.
 *
 * All but the checksum and the ballot is the value that Paxos agrees on.
 */
import { readHyper, readUint32, writeHyper, writeUint32 } from "../marshal/index.ts";
import { PAXOS_HEAD, PAXOS_MAX_PAYLOAD, paxos_kind } from "./gen/paxos.gen.ts";

export const { PAXOS_NOOP, PAXOS_OPENING, PAXOS_COMMAND, PAXOS_CHANGE, PAXOS_SWITCH } = paxos_kind;
export type EntryKind = paxos_kind;

export type Crc32 = (data: Uint8Array, seed?: number) => number;

/** Bytes of an entry beside its payload. */
export const ENTRY_HEAD_BYTES = PAXOS_HEAD;
const BALLOT_AT = 4;
const BORN_AT = 12;
const LIFE_AT = 20;
const SEQUENCE_AT = 28;
const ORIGIN_AT = 36;
const KIND_AT = 40;
const LENGTH_AT = 44;
const TWO_32 = 2 ** 32;
/** New entries up to a size are cut from slabs: memory of its own costs more than what a small one holds. */
const SLAB_BYTES = 16 * 1024;
const LARGEST_IN_SLAB = 1024;

let slab = new Uint8Array(0);
let slabUsed = 0;

/** An entry that has no slot and no ballot yet; the payload is copied. */
export function makeEntry(kind: EntryKind, origin: number, life: number, payload: Uint8Array): Uint8Array {
  const bytes = zeros(ENTRY_HEAD_BYTES + padded(payload.length));
  writeHyper(bytes, LIFE_AT, life);
  writeUint32(bytes, ORIGIN_AT, origin);
  writeUint32(bytes, KIND_AT, kind);
  writeUint32(bytes, LENGTH_AT, payload.length);
  bytes.set(payload, ENTRY_HEAD_BYTES);
  return bytes;
}

function zeros(count: number): Uint8Array {
  if (count > LARGEST_IN_SLAB) return new Uint8Array(count);
  if (slabUsed + count > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsed = 0;
  }
  slabUsed += count;
  return slab.subarray(slabUsed - count, slabUsed);
}

export function ballotOf(entry: Uint8Array): number {
  return readHyper(entry, BALLOT_AT);
}

export function bornOf(entry: Uint8Array): number {
  return readHyper(entry, BORN_AT);
}

export function lifeOf(entry: Uint8Array): number {
  return readHyper(entry, LIFE_AT);
}

export function sequenceOf(entry: Uint8Array): number {
  return readHyper(entry, SEQUENCE_AT);
}

export function originOf(entry: Uint8Array): number {
  return readUint32(entry, ORIGIN_AT);
}

export function kindOf(entry: Uint8Array): EntryKind {
  return readUint32(entry, KIND_AT) as EntryKind;
}

/** A view of the payload. */
export function payloadOf(entry: Uint8Array): Uint8Array {
  return entry.subarray(ENTRY_HEAD_BYTES, ENTRY_HEAD_BYTES + readUint32(entry, LENGTH_AT));
}

/** How many bytes the entry has that begins there, as its head says. */
export function entryBytesAt(bytes: Uint8Array, at: number): number {
  return ENTRY_HEAD_BYTES + padded(readUint32(bytes, at + LENGTH_AT));
}

/** Gives a new entry its number; it is not in a slot yet. */
export function numberEntry(entry: Uint8Array, sequence: number): void {
  writeHyper(entry, SEQUENCE_AT, sequence);
}

/** Makes a new entry the proposal of a slot, in place. */
export function proposeEntry(entry: Uint8Array, slot: number, ballot: number, crc32: Crc32): void {
  writeHyper(entry, BORN_AT, ballot);
  sealEntry(entry, slot, ballot, crc32);
}

/** The same value for its slot in another ballot, as a copy. */
export function entryIn(ballot: number, entry: Uint8Array, slot: number, crc32: Crc32): Uint8Array {
  const copy = entry.slice();
  sealEntry(copy, slot, ballot, crc32);
  return copy;
}

function sealEntry(entry: Uint8Array, slot: number, ballot: number, crc32: Crc32): void {
  writeHyper(entry, BALLOT_AT, ballot);
  writeUint32(entry, 0, checksum(entry, slot, crc32));
}

/** Whether these bytes are an entry, and the one that was put into this slot. */
export function isEntry(bytes: Uint8Array, slot: number, crc32: Crc32): boolean {
  return hasEntryShape(bytes) && readUint32(bytes, 0) === checksum(bytes, slot, crc32);
}

/** Whether these bytes could be an entry, with a slot or without. */
export function hasEntryShape(bytes: Uint8Array): boolean {
  if (bytes.length < ENTRY_HEAD_BYTES || kindOf(bytes) > PAXOS_SWITCH) return false;
  const length = readUint32(bytes, LENGTH_AT);
  if (length > PAXOS_MAX_PAYLOAD || bytes.length !== ENTRY_HEAD_BYTES + padded(length)) return false;
  for (let at = ENTRY_HEAD_BYTES + length; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  const numbers = ballotOf(bytes) + bornOf(bytes) + lifeOf(bytes) + sequenceOf(bytes);
  return numbers !== Number.POSITIVE_INFINITY;
}

function checksum(entry: Uint8Array, slot: number, crc32: Crc32): number {
  return crc32(entry.subarray(4), slot % TWO_32);
}

function padded(length: number): number {
  return length + ((4 - (length & 3)) & 3);
}
