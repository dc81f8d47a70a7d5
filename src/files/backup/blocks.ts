/** Records of a backup as bytes, and back: x/backup.x. Blocks come in pieces of any size, and no more than one is held. */
import { readUint32, writeUint32, XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { World } from "../../world/index.ts";
import { backupError } from "./errors.ts";
import {
  BACKUP_MAX_RECORD,
  type backup_record,
  decode_backup_record,
  encode_backup_record,
} from "./gen/backup.gen.ts";

type Crc32 = World["crc32"];
const HEAD_BYTES = 8;
/** Before the first block: no other file begins with this and a record that fits it. */
const FIRST_CRC = 0x434f5445;

export class BlockWriter {
  readonly #crc32: Crc32;
  readonly #writer = new XdrWriter(64 * 1024);
  #crc = FIRST_CRC;

  constructor(crc32: Crc32) {
    this.#crc32 = crc32;
  }

  /** The block belongs to the caller. */
  block(record: backup_record): Uint8Array {
    const w = this.#writer;
    w.reset();
    encode_backup_record(w, record);
    const body = w.encoded();
    this.#crc = this.#crc32(body, this.#crc);
    const block = new Uint8Array(HEAD_BYTES + body.length);
    writeUint32(block, 0, body.length);
    writeUint32(block, 4, this.#crc);
    block.set(body, HEAD_BYTES);
    return block;
  }
}

/** Records up to the end of the pieces. @throws CoterieError BACKUP_FORMAT for what does not begin as a backup, BACKUP_DAMAGED. */
export async function* recordsOf(
  crc32: Crc32,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<backup_record> {
  const bytes = new Gathered();
  let crc = FIRST_CRC;
  let isFirst = true;
  for await (const piece of pieces) {
    bytes.add(piece);
    for (;;) {
      const head = bytes.peek(HEAD_BYTES);
      if (head === undefined) break;
      const length = readUint32(head, 0);
      if (length > BACKUP_MAX_RECORD) throw unfit(isFirst, `a record of ${length} bytes`);
      const block = bytes.take(HEAD_BYTES + length);
      if (block === undefined) break;
      const body = block.subarray(HEAD_BYTES);
      crc = crc32(body, crc);
      if (crc !== readUint32(block, 4)) throw unfit(isFirst, "a checksum that does not fit");
      isFirst = false;
      yield decoded(body);
    }
  }
  if (bytes.length > 0) throw unfit(isFirst, "an end in the middle of a record");
}

function unfit(isFirst: boolean, what: string): Error {
  return isFirst
    ? backupError("BACKUP_FORMAT", "this is no backup of Coterie")
    : backupError("BACKUP_DAMAGED", `the backup is damaged: it has ${what}`);
}

function decoded(body: Uint8Array): backup_record {
  try {
    const r = new XdrReader(body);
    const record = decode_backup_record(r);
    r.finish();
    return record;
  } catch (error) {
    if (!(error instanceof XdrError)) throw error;
    throw backupError("BACKUP_FORMAT", `a record that this version does not know: ${error.message}`, error);
  }
}

/** Bytes that came and were not taken, at most a block and a piece. */
class Gathered {
  #pieces: Uint8Array[] = [];
  length = 0;

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** The first bytes, which stay. */
  peek(count: number): Uint8Array | undefined {
    if (this.length < count) return undefined;
    const [first] = this.#pieces as [Uint8Array];
    if (first.length >= count) return first.subarray(0, count);
    this.#join();
    return (this.#pieces[0] as Uint8Array).subarray(0, count);
  }

  take(count: number): Uint8Array | undefined {
    if (this.length < count) return undefined;
    if ((this.#pieces[0] as Uint8Array).length < count) this.#join();
    const [first] = this.#pieces as [Uint8Array];
    const rest = first.subarray(count);
    if (rest.length > 0) this.#pieces[0] = rest;
    else this.#pieces.shift();
    this.length -= count;
    return first.subarray(0, count);
  }

  #join(): void {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [all];
  }
}
