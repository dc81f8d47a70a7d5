/**
 * Clients of a cell, as a process of its own: what they do to few names, and what they are answered, is a history. Each does one thing
 * after the other, by whichever node answers, with the same call until it is answered (`FailoverCaller`): so every call has one outcome,
 * also one whose first answer died with a node. An epoch is so many operations on names of its own, with nobody under way between two:
 * its history stands for itself.
 *
 * Its one argument is a `HistoryWords` as JSON. It says a `HistoryLine` for each epoch over the channel to its parent, and ends after the
 * one under way when it is told to.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { READDIR3res } from "../../src/files/nfs/gen/nfs3.gen.ts";
import { NFS_V3_contract } from "../../src/files/nfs/gen/nfs3.gen.ts";
import type { Procedure } from "../../src/marshal/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { History, type RecordedOperation } from "../../src/sim/index.ts";
import { type Random, randomBelow } from "../../src/world/index.ts";
import { bytes, statusText, VolumeClient } from "../simulation/volume-client.ts";
import type { VolumeOutput } from "../simulation/volume-model.ts";
import type { CellInput } from "./cell-model.ts";
import { FailoverCaller } from "./failover-caller.ts";
import { seededRandom } from "./seeded-random.ts";

export interface HistoryWords {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly clients: number;
  /** Of each client in each epoch. */
  readonly operations: number;
  readonly seed: number;
}

export interface HistoryLine {
  readonly epoch: number;
  readonly history: readonly RecordedOperation<CellInput, VolumeOutput>[];
  /** The longest that one operation took. */
  readonly longestMs: number;
}

const NAMES = 3;
const PATIENCE_MS = 700;
const READDIR = 16;
const JUKEBOX = 10_008;
const RETRY_MS = 250;
/** All names of an epoch, and what earlier ones left, in one answer. */
const LISTED_BYTES = 16_384;

const words = JSON.parse(process.argv[2] ?? "") as HistoryWords;
const world = createNodeWorld();
let isToldToStop = false;
process.on("message", () => {
  isToldToStop = true;
});
process.on("disconnect", () => process.exit(0));

interface Actor {
  readonly who: string;
  readonly random: Random;
  readonly caller: FailoverCaller;
  readonly client: VolumeClient;
  /** The file that was met last under each name. */
  met: (Uint8Array | undefined)[];
}

async function openActor(index: number): Promise<Actor> {
  const { hosts, port, seed } = words;
  const caller = await FailoverCaller.open(world, { hosts, port, patienceMs: PATIENCE_MS });
  const client = new VolumeClient(world, caller);
  client.node = index;
  await client.mount();
  return { who: `c${index}`, random: seededRandom(seed + index), caller, client, met: [] };
}

const hex = (handle: Uint8Array): string => Buffer.from(handle).toString("hex");

/** One epoch: its names, its history. */
class Epoch {
  readonly history = new History<CellInput, VolumeOutput>({ nowMs: () => performance.now() });
  longestMs = 0;
  readonly #number: number;
  #values = 0;

  constructor(number: number) {
    this.#number = number;
  }

  async run(actor: Actor): Promise<void> {
    actor.met = [];
    for (let count = 0; count < words.operations; count++) {
      // Most stay where they are, as clients do; some go elsewhere without need.
      if (randomBelow(actor.random, 10) === 0) actor.client.node = randomBelow(actor.random, 100);
      const startedMs = performance.now();
      await this.#do(actor);
      this.longestMs = Math.max(this.longestMs, performance.now() - startedMs);
    }
  }

  async clean({ client }: Actor): Promise<void> {
    for (let name = 0; name < NAMES; name++) await client.remove(this.#name(name));
  }

  async #do(actor: Actor): Promise<void> {
    const { random, client, who, met } = actor;
    const [first, second] = [randomBelow(random, NAMES), randomBelow(random, NAMES)];
    const [name, other] = [this.#name(first), this.#name(second)];
    const kind = randomBelow(random, 100);
    if (kind < 16) met[first] = await this.#file(who, { op: "create", name }, client.create(name));
    else if (kind < 28) met[first] = await this.#file(who, { op: "lookup", name }, client.lookup(name));
    else if (kind < 37) await this.#did(who, { op: "remove", name }, client.remove(name));
    else if (kind < 48)
      await this.#did(who, { op: "rename", from: name, to: other }, client.rename(name, other));
    else if (kind < 58) await this.#did(who, { op: "readdir" }, this.#list(actor));
    else await this.#withFile(actor, kind, met[first], other);
  }

  async #withFile({ who, client }: Actor, kind: number, handle: Uint8Array | undefined, name: string) {
    if (handle === undefined) return;
    const file = hex(handle);
    if (kind < 66) await this.#did(who, { op: "link", file, name }, client.link(handle, name));
    else if (kind < 84) {
      // One length, so that a write replaces all.
      const value = `value ${String(++this.#values).padStart(6)}`;
      const written = client
        .write(handle, 0, bytes(value))
        .then((verifier) => (typeof verifier === "string" ? verifier : "OK"));
      await this.#did(who, { op: "write", file, value }, written);
    } else {
      const read = client
        .read(handle)
        .then((data) => (typeof data === "string" ? data : Buffer.from(data).toString()));
      await this.#did(who, { op: "read", file }, read);
    }
  }

  /** The epoch's names, from one answer. */
  async #list({ caller, client }: Actor): Promise<string> {
    const procedure = NFS_V3_contract.procedures[READDIR] as unknown as Procedure<unknown, READDIR3res>;
    const args = { dir: client.root, cookie: 0n, cookieverf: new Uint8Array(8), count: LISTED_BYTES };
    const ask = () => caller.call(NFS_V3_contract, procedure, args, client.node);
    let result = await ask();
    while (result.status === JUKEBOX) {
      client.node++;
      await sleep(RETRY_MS);
      result = await ask();
    }
    if (result.status !== 0) throw new Error(`READDIR was answered with ${statusText(result.status)}`);
    if (!result.resok.reply.eof) throw new Error("the directory does not fit into one answer");
    const names: string[] = [];
    for (let entry = result.resok.reply.entries; entry !== null; entry = entry.nextentry)
      names.push(Buffer.from(entry.name).toString());
    return names
      .filter((name) => name.startsWith(this.#prefix))
      .toSorted()
      .join();
  }

  async #did(who: string, input: CellInput, answer: Promise<string>): Promise<void> {
    const call = this.history.call(who, input);
    call.returned(await answer);
  }

  async #file(who: string, input: CellInput, answer: Promise<Uint8Array | string>) {
    const call = this.history.call(who, input);
    const file = await answer;
    call.returned(typeof file === "string" ? file : hex(file));
    return typeof file === "string" ? undefined : file;
  }

  get #prefix(): string {
    return `e${this.#number}-`;
  }

  #name(name: number): string {
    return `${this.#prefix}${"abcdef"[name]}`;
  }
}

const actors = await Promise.all(Array.from({ length: words.clients }, (_, index) => openActor(index)));
for (let number = 0; !isToldToStop; number++) {
  const epoch = new Epoch(number);
  await Promise.all(actors.map((actor) => epoch.run(actor)));
  await epoch.clean(actors[0] as Actor);
  const line: HistoryLine = {
    epoch: number,
    history: epoch.history.operations(),
    longestMs: epoch.longestMs,
  };
  process.send?.(line);
}
process.disconnect();
