/** Replicated volumes without their logs, side by side: each applies what it is given at once. Their desks are as replicas' desks are. */

import { NFS_V2_contract } from "../../src/files/nfs/gen/nfs2.gen.ts";
import { NFS_V3_contract } from "../../src/files/nfs/gen/nfs3.gen.ts";
import { encode_volume_cover, type volume_cover } from "../../src/files/replicated/gen/volume-covers.gen.ts";
import type { NfsVersion } from "../../src/files/replicated/volume-call.ts";
import { type Answer, changes, type Desk, type VolumeCall } from "../../src/files/replicated/volume-call.ts";
import { VolumeState } from "../../src/files/replicated/volume-state.ts";
import { XdrReader, XdrWriter } from "../../src/marshal/index.ts";
import type { Store, World } from "../../src/world/index.ts";
import { callEntry, formatEntry, onlyReply, ROOT_CREDENTIALS } from "./volume-entries.ts";

const contracts = { 2: NFS_V2_contract, 3: NFS_V3_contract } as const;
let drawn = 0;

/** A volume of this number: its id has 16 of it. */
export class ShelvedVolume implements Desk {
  readonly id: Uint8Array;
  readonly store: Store;
  readonly #world: World;
  state: VolumeState;
  /** What it answers in the place of what it would. */
  answer: Answer | undefined;
  #index = 0;

  static async open(world: World, number: number): Promise<ShelvedVolume> {
    return new ShelvedVolume(world, number, await world.storage.open(`volume-${number}`));
  }

  private constructor(world: World, number: number, store: Store) {
    this.id = new Uint8Array(16).fill(number);
    this.#world = world;
    this.store = store;
    this.state = new VolumeState(world, store);
    this.state.apply(++this.#index, formatEntry({ id: this.id, root_generation: number }));
  }

  /** As after a restart. */
  reload(): void {
    this.state = new VolumeState(this.#world, this.store);
  }

  get root(): Uint8Array {
    return this.handle(1, this.id[0] as number);
  }

  handle(inode: number, generation: number): Uint8Array {
    const w = new XdrWriter(32);
    w.raw(this.id);
    for (const word of [0, inode, generation, 0]) w.uint(word);
    return w.detach(0);
  }

  async submit(call: VolumeCall): Promise<Answer> {
    if (this.answer !== undefined) return this.answer;
    if (!changes(call)) return this.state.look(call);
    const seen = this.#index;
    return onlyReply(this.state.apply(++this.#index, callEntry(call, seen, 2000 + this.#index)));
  }

  /** A procedure of NFS at this volume alone. */
  async call<Result>(version: 2 | 3, procedure: number, args: unknown): Promise<Result> {
    const row = contracts[version].procedures[procedure] as unknown as Row<Result>;
    const w = new XdrWriter(256);
    row.args.encode(w, args);
    return decoded(row, await this.submit(callOf(version, procedure, w.detach(0))));
  }

  /** A procedure of version 0. */
  async cover(procedure: number, cover: volume_cover): Promise<string> {
    const w = new XdrWriter(64);
    encode_volume_cover(w, cover);
    const answer = await this.submit(callOf(0, procedure, w.detach(0)));
    return new XdrReader(answer as Uint8Array).string();
  }
}

interface Row<Result> {
  readonly args: { encode(w: XdrWriter, args: unknown): void };
  readonly result: { decode(r: XdrReader): Result };
}

function callOf(version: NfsVersion, procedure: number, args: Uint8Array): VolumeCall {
  const identity = { high: 77, low: ++drawn };
  return {
    version,
    procedure,
    args,
    credentials: ROOT_CREDENTIALS,
    isReadOnly: false,
    transport: "tcp",
    identity,
  };
}

function decoded<Result>(row: Row<Result>, answer: unknown): Result {
  const r = new XdrReader(answer as Uint8Array);
  const result = row.result.decode(r);
  r.finish();
  return result;
}
