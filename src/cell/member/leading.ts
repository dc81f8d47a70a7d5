/**
 * Does what falls to this node: where it leads the cell's log what concerns the cell, where it leads a volume's what concerns the volume, and in any case
 * what nobody else can, to tell the cell where it is. What there is to do is decided in `duties.ts`; here it is asked of the logs.
 *
 * It looks when something changed, again when a deed was done, and every `DUTY_MS`. What could not be done is forgotten: the next look decides anew.
 */
import { type Address, isCoterieError, type Timer, type World } from "../../world/index.ts";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import type { CellCommand } from "../state/cell-state.ts";
import type { CellLog } from "./cell-log.ts";
import { cellDuty, volumeDuty } from "./duties.ts";
import { type Identity, newNode } from "./identity.ts";
import type { Keeping } from "./keeper.ts";
import { levelDuty } from "./level.ts";
import { MountDuties } from "./mount-duties.ts";
import type { Outlook } from "./outlook.ts";

/** How often duties are looked at when nothing happens. */
export const DUTY_MS = 500;

export interface LeadingParts {
  readonly identity: Identity;
  /** Where this node is reached now. */
  readonly at: { readonly mesh: Address; readonly service: Address };
  readonly log: Pick<CellLog, "state" | "propose" | "read" | "reconfigure" | "isLeader">;
  readonly outlook: Pick<Outlook, "present" | "cell" | "volume">;
  /** Those of this node. */
  readonly replicas: () => readonly Pick<Keeping, "id" | "replica">[];
}

export class Leading {
  readonly #world: Pick<World, "clock" | "log" | "random" | "timers">;
  readonly #parts: LeadingParts;
  readonly #mounts: MountDuties;
  #isClosed = false;
  #isAsked = false;
  #looking: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(world: Pick<World, "clock" | "log" | "random" | "timers">, parts: LeadingParts) {
    this.#world = world;
    this.#parts = parts;
    this.#mounts = new MountDuties(parts.log, world.log);
    this.#arm();
  }

  /** Begins nothing any more; resolves when what is under way has an outcome. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  /** One look at a time; what is asked for meanwhile is one look more. */
  look(): void {
    this.#isAsked = true;
    if (this.#isClosed) return;
    this.#looking ??= this.#looks().finally(() => {
      this.#looking = undefined;
    });
  }

  #arm(): void {
    this.#timer = this.#world.timers.after(DUTY_MS, () => {
      this.look();
      this.#arm();
    });
  }

  async #looks(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      await Promise.all([
        this.#tellPlace(),
        this.#leadCell(),
        ...this.#parts.replicas().map((each) => this.#leadVolume(each)),
      ]);
    }
  }

  async #tellPlace(): Promise<void> {
    const { log, identity, at } = this.#parts;
    const { name } = identity.self;
    const node = log.state.node(name);
    if (node === undefined || (same(node.mesh, at.mesh) && same(node.service, at.service))) return;
    const address = { node: name, mesh: at.mesh, service: at.service };
    await this.#try("address", log.propose({ deed: cell_deed.CELL_READDRESS, address }));
  }

  async #leadCell(): Promise<void> {
    const { log, identity, outlook } = this.#parts;
    if (!log.isLeader) return;
    if (log.state.id === undefined) {
      await this.#try("founding", log.propose(foundingOf(identity, this.#nowSeconds())));
      return;
    }
    const raising = levelDuty(log.state, (name) => outlook.present(name));
    if (raising !== undefined) await this.#try("level", log.propose(raising));
    const duty = cellDuty(outlook.cell(), () => this.#world.random.bytes(16), this.#nowSeconds());
    if (duty?.kind === "voters") await this.#try("voters of the cell", log.reconfigure(duty.names));
    if (duty?.kind === "command") await this.#try("placement", log.propose(duty.command));
  }

  async #leadVolume({ id, replica }: Pick<Keeping, "id" | "replica">): Promise<void> {
    const volume = this.#parts.log.state.volume(id);
    if (volume === undefined || replica === undefined) return;
    const status = replica.status();
    if (status.log.role !== "leader" || !status.log.isServing) return;
    const duty = volumeDuty(volume, this.#parts.outlook.volume(id, status));
    if (status.isFormatted && replica.mounts !== undefined) this.#mounts.look(id, replica.mounts);
    if (duty === undefined) return;
    if (duty.kind === "format") await this.#try("format", replica.format());
    if (duty.kind === "limit") await this.#try("limit of a volume", replica.limit(duty.quotaBytes));
    if (duty.kind === "voters") await this.#try("voters of a volume", replica.reconfigure(duty.names));
    if (duty.kind === "moved") {
      await this.#try(
        "move",
        this.#parts.log.propose({
          deed: cell_deed.CELL_VOLUME_MOVED,
          moved: { volume: volume.id, replicas: volume.wanted },
        }),
      );
    }
  }

  /** What could not be done now is decided on again later; only what is no outcome of a log or a cell is a bug. */
  async #try(what: string, deed: Promise<unknown>): Promise<void> {
    try {
      await deed;
      this.#isAsked = true;
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      const { code, message } = error;
      this.#world.log.warn("a duty of the cell was not done", { what, code, message });
    }
  }

  #nowSeconds(): number {
    return this.#world.clock.wall().seconds;
  }
}

function same(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port;
}

function foundingOf(identity: Identity, nowSeconds: number): CellCommand {
  const nodes = identity.nodes.map((node) => newNode(node));
  const founding = { id: identity.cell, name: identity.cellName, made_seconds: BigInt(nowSeconds), nodes };
  return { deed: cell_deed.CELL_FOUND, founding };
}
