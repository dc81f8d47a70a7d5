/**
 * The one record that a node keeps of a group, in a store of its own or of the caller's. Behind it stands its checksum: a node that
 * voted by a damaged record might contradict itself.
 */
import { readUint32, writeUint32 } from "../marshal/index.ts";
import { CoterieError, type Store, type World } from "../world/index.ts";
import { readRecord } from "./membership/acceptor.ts";
import type { GroupView } from "./membership/seat.ts";
import { encodeRecord, type GroupRecord } from "./wire/record.ts";

const utf8 = new TextEncoder();

export class RecordStore {
  readonly #crc32: World["crc32"];
  readonly #store: Store;
  readonly #isOwn: boolean;
  readonly #key: Uint8Array;
  readonly #name: string;

  constructor(crc32: World["crc32"], store: Store, isOwn: boolean, name: string) {
    this.#crc32 = crc32;
    this.#store = store;
    this.#isOwn = isOwn;
    this.#name = name;
    this.#key = utf8.encode(`group ${name}`);
  }

  static async open(world: World, name: string, given: Store | undefined): Promise<RecordStore> {
    const store = given ?? (await world.storage.open(`group-${name}`));
    return new RecordStore((data) => world.crc32(data), store, given === undefined, name);
  }

  /** @throws CoterieError GROUP_RECORD. */
  read(founding: GroupView): GroupRecord {
    const value = this.#store.get(this.#key);
    const record =
      value === undefined || this.#isSound(value) ? readRecord(value?.subarray(0, -4), founding) : undefined;
    if (record !== undefined) return record;
    throw new CoterieError("GROUP_RECORD", `what this node keeps of the group ${this.#name} cannot be read`, {
      details: { group: this.#name },
    });
  }

  /** The record with another incarnation, on the disk. Errors: those of the store. */
  async beginLife(record: GroupRecord): Promise<GroupRecord> {
    const next = { ...record, incarnation: record.incarnation + 1 };
    await this.write(encodeRecord(next));
    return next;
  }

  #isSound(value: Uint8Array): boolean {
    return value.length > 4 && readUint32(value, value.length - 4) === this.#crc32(value.subarray(0, -4));
  }

  /** Resolves when the record is on the disk. Errors: those of the store. */
  async write(record: Uint8Array): Promise<void> {
    const { failures } = this.#store;
    const value = new Uint8Array(record.length + 4);
    value.set(record);
    writeUint32(value, record.length, this.#crc32(record));
    this.#store.apply([{ key: this.#key, value }]);
    await this.#store.sync();
    // Another batch may have failed and taken ours with it, though the sync after it went well.
    if (this.#store.failures === failures) return;
    throw new CoterieError("STORE_IO", "the disk refused a batch, and with it what was applied before");
  }

  async close(): Promise<void> {
    if (this.#isOwn) await this.#store.close();
  }
}
