/**
 * The clients of a scenario, each with one thing on its mind at a time. What they do to names, files, snapshots and clones is told to a history.
 * Beside that each has a file of its own.
 */
import { History, type Stage } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";
import { FailoverCaller } from "../support/failover-caller.ts";
import { bytes, VolumeClient } from "./volume-client.ts";
import { type KnownLayer, LayerUser } from "./volume-layers.ts";
import type { VolumeInput, VolumeOutput } from "./volume-model.ts";
import { NFS_PORT, type VolumeNodes } from "./volume-nodes.ts";
import { OwnFile } from "./volume-own-file.ts";
import { CLIENTS, NAMES, type VolumeOperation } from "./volume-workload.ts";

const PATIENCE_MS = 300;

/** A client, what it knows, and what it is doing. */
interface Actor {
  readonly client: VolumeClient;
  readonly layers: LayerUser;
  readonly own: OwnFile;
  /** The file that was met last under each name. */
  readonly met: (Uint8Array | undefined)[];
  busy: Promise<void>;
}

export class VolumeUsers {
  readonly #stage: Stage<VolumeOperation>;
  readonly #nodes: VolumeNodes;
  readonly #patienceMs: number;
  readonly history: History<VolumeInput, VolumeOutput>;
  readonly #actors: Actor[] = [];
  /** Snapshots and clones that were taken, perhaps dropped since; the newest first. */
  readonly #known: KnownLayer[] = [];
  #layers = 0;
  #values = 0;
  /** Operations that are not over. */
  left = 0;

  /** `patienceMs`: a client asks the next node when one has not answered for so long. */
  constructor(stage: Stage<VolumeOperation>, nodes: VolumeNodes, patienceMs = PATIENCE_MS) {
    this.#stage = stage;
    this.#nodes = nodes;
    this.#patienceMs = patienceMs;
    this.history = new History({ nowMs: () => stage.sim.nowMs });
  }

  async begin(world: World): Promise<void> {
    const hosts = this.#stage.nodes.map(({ ip }) => ip);
    for (let at = 0; at < CLIENTS; at++) {
      const caller = await FailoverCaller.open(world, {
        hosts,
        port: NFS_PORT,
        patienceMs: this.#patienceMs,
      });
      const client = new VolumeClient(world, caller);
      await client.mount();
      const met = Array.from({ length: NAMES }, () => undefined);
      const layers = new LayerUser(world, client, () => this.#nodes.replicas);
      const own = new OwnFile(this.#stage, at, client, layers, () => ++this.#values);
      this.#actors.push({ client, layers, own, met, busy: Promise.resolve() });
    }
  }

  /** After what the client has to do already. */
  take(operation: VolumeOperation): void {
    const actor = this.#actors[operation.client] as Actor;
    this.left++;
    actor.busy = actor.busy.then(() => this.#do(operation, actor)).then(() => void this.left--);
  }

  async #do(operation: VolumeOperation, actor: Actor): Promise<void> {
    const { client, met } = actor;
    client.node = operation.node;
    const who = `c${operation.client}`;
    switch (operation.kind) {
      case "create": {
        const name = nameOf(operation.name);
        met[operation.name] = await this.#file(who, { op: "create", name }, client.create(name));
        break;
      }
      case "lookup": {
        const name = nameOf(operation.name);
        met[operation.name] = await this.#file(who, { op: "lookup", name }, client.lookup(name));
        break;
      }
      case "remove": {
        const name = nameOf(operation.name);
        await this.#did(who, { op: "remove", name }, client.remove(name));
        break;
      }
      case "rename": {
        const [from, to] = [nameOf(operation.name), nameOf(operation.to)];
        await this.#did(who, { op: "rename", from, to }, client.rename(from, to));
        break;
      }
      case "save":
        await actor.own.save(operation);
        break;
      case "cut":
        await actor.own.cut(operation);
        break;
      case "check":
        await actor.own.check();
        break;
      case "snapshot":
        await this.#snapshot(who, actor);
        break;
      case "clone":
      case "drop":
      case "look":
      case "put":
        await this.#withLayer(who, operation, actor);
        break;
      default:
        await this.#withFile(who, operation, actor);
    }
  }

  async #withFile(
    who: string,
    operation: Extract<VolumeOperation, { kind: "link" | "write" | "read" }>,
    { client, met }: Actor,
  ): Promise<void> {
    const handle = met[operation.name];
    if (handle === undefined) return;
    const file = fileName(handle);
    if (operation.kind === "link") {
      const name = nameOf(operation.to);
      await this.#did(who, { op: "link", file, name }, client.link(handle, name));
    } else if (operation.kind === "write") {
      // One length, so that a write replaces all.
      const value = `value ${String(++this.#values).padStart(6)}`;
      const written = client.write(handle, 0, bytes(value)).then(okOf);
      await this.#did(who, { op: "write", file, value }, written);
    } else {
      const read = client.read(handle).then((data) => (typeof data === "string" ? data : textOf(data)));
      await this.#did(who, { op: "read", file }, read);
    }
  }

  async #snapshot(who: string, { layers, own }: Actor): Promise<void> {
    const layer = { kind: "snapshots", name: `s${++this.#layers}` } as const;
    const before = own.committed();
    await this.#did(who, { op: "snapshot", layer: layer.name }, layers.takeSnapshot(layer.name));
    own.keep(layer, before);
    this.#known.unshift(layer);
  }

  async #withLayer(
    who: string,
    operation: Extract<VolumeOperation, { readonly kind: "clone" | "drop" | "look" | "put" }>,
    { layers }: Actor,
  ): Promise<void> {
    const wanted = { clone: "snapshots", put: "clones", drop: undefined, look: undefined }[operation.kind];
    const known = this.#known.filter(({ kind }) => wanted === undefined || kind === wanted);
    const layer = known[operation.which];
    if (layer === undefined) return;
    const { name } = layer;
    if (operation.kind === "clone") {
      const clone = { kind: "clones", name: `c${++this.#layers}` } as const;
      await this.#did(who, { op: "clone", layer: clone.name, of: name }, layers.makeClone(clone.name, name));
      this.#known.unshift(clone);
    } else if (operation.kind === "drop") {
      await this.#did(who, { op: "drop", layer: name }, layers.drop(layer));
    } else if (operation.kind === "put") {
      const value = `value ${String(++this.#values).padStart(6)}`;
      const file = nameOf(operation.name);
      await this.#did(who, { op: "put", layer: name, name: file, value }, layers.write(layer, file, value));
    } else {
      const file = nameOf(operation.name);
      const looked = layers
        .read(layer, file)
        .then((data) => (typeof data === "string" ? data : textOf(data)));
      await this.#did(who, { op: "look", layer: name, name: file }, looked);
    }
  }

  async #did(who: string, input: VolumeInput, answer: Promise<string>): Promise<void> {
    const call = this.history.call(who, input);
    call.returned(await answer);
  }

  async #file(
    who: string,
    input: VolumeInput,
    answer: Promise<Uint8Array | string>,
  ): Promise<Uint8Array | undefined> {
    const call = this.history.call(who, input);
    const file = await answer;
    call.returned(typeof file === "string" ? file : fileName(file));
    return typeof file === "string" ? undefined : file;
  }

  /** What was committed is there, by way of every node. */
  async checkAll(): Promise<void> {
    for (const { client, own } of this.#actors) {
      for (const node of this.#stage.nodes.keys()) {
        client.node = node;
        await own.check();
        await own.checkKept();
      }
    }
  }

  /** What came late, or twice, shows in the end. */
  async readAll(): Promise<void> {
    const handles = new Map<string, Uint8Array>();
    for (const { met } of this.#actors) {
      for (const handle of met) if (handle !== undefined) handles.set(fileName(handle), handle);
    }
    const { client } = this.#actors[0] as Actor;
    for (const [file, handle] of handles) {
      const read = client.read(handle).then((data) => (typeof data === "string" ? data : textOf(data)));
      await this.#did("in the end", { op: "read", file }, read);
    }
    const { layers } = this.#actors[0] as Actor;
    for (const layer of this.#known) {
      for (let at = 0; at < NAMES; at++) {
        const name = nameOf(at);
        const read = layers
          .read(layer, name)
          .then((data) => (typeof data === "string" ? data : textOf(data)));
        await this.#did("in the end", { op: "look", layer: layer.name, name }, read);
      }
    }
  }
}

function nameOf(name: number): string {
  return "abcdef"[name] as string;
}

/** A handle without the volume's id. */
function fileName(handle: Uint8Array): string {
  return Array.from(handle.subarray(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function textOf(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

function okOf(answer: Uint8Array | string): string {
  return typeof answer === "string" ? answer : "OK";
}
