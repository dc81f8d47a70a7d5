/** Carries out at one node what `vip-step.ts` decides about the cell's floating address: asks the log, and the system. */
import { CoterieError, isCoterieError, type Timer, type World } from "../../world/index.ts";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import type { Member } from "../member/member.ts";
import { VIP_SETTING, type VipClaim, vipClaim, vipValue } from "../state/vip-setting.ts";
import { CONFIRM_MS, GIVE_MS, TAKE_OVER_MS, VALID_SECONDS, vipStep } from "./vip-step.ts";

/** How often is looked at what to do, and the address given anew. */
export const VIP_LOOK_MS = 500;
/** How long giving the address back may keep a node from ending. */
const GIVE_BACK_MS = 2000;

/** What the system was asked for was done, or why not. */
export type AddressOutcome =
  | { readonly kind: "done" }
  | {
      readonly kind: "failed";
      readonly why: "permission" | "unsupported" | "interface" | "other";
      readonly message: string;
    };

/** The address at this machine's interface: a door to the system. */
export interface AddressDoor {
  /** Without its prefix. */
  readonly address: string;
  /** Gives it to the machine for so many seconds from now, whether it has it or not. */
  hold(validSeconds: number): Promise<AddressOutcome>;
  /** Takes it away; done where it is not. */
  release(): Promise<AddressOutcome>;
  /** Tells the network where the address is by now. */
  announce(): Promise<void>;
}

/** What a `VipKeeper` needs of its node. */
export interface VipOptions {
  readonly member: Pick<Member, "self" | "state" | "log" | "isUp" | "reportOf">;
  readonly door: AddressDoor;
  /** Serves clients at the address, from the first time on; errors: NET_…. */
  readonly serve: (address: string) => Promise<void>;
}

const CODES = {
  permission: "VIP_NOT_PERMITTED",
  unsupported: "VIP_UNSUPPORTED",
  interface: "VIP_ADDRESS",
  other: "VIP_FAILED",
} as const;

/** Holds the cell's floating address whenever it is this node's turn. */
export class VipKeeper {
  readonly #world: World;
  readonly #options: VipOptions;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;
  #hasIt = false;
  #isServed = false;
  #claim: VipClaim | undefined;
  #claimSinceMs: number;
  /** Until then another's machine may have the address. */
  #notBeforeMs: number;
  #trouble = "";

  private constructor(world: World, options: VipOptions) {
    this.#world = world;
    this.#options = options;
    this.#claimSinceMs = this.#nowMs;
    this.#notBeforeMs = this.#nowMs + TAKE_OVER_MS;
    this.#arm();
  }

  /**
   * Takes away what a former process left, which shows whether this one may.
   * @throws CoterieError VIP_….
   */
  static async start(world: World, options: VipOptions): Promise<VipKeeper> {
    const outcome = await options.door.release();
    if (outcome.kind === "failed") throw failed(options.door, outcome);
    return new VipKeeper(world, options);
  }

  /** This machine has the address, as far as this process knows. */
  get hasIt(): boolean {
    return this.#hasIt;
  }

  /** Gives the address back, for another to take it at once. The member has to be open still. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
    const { member } = this.#options;
    const isTakenAway = await this.#release();
    const claim = vipClaim(member.state);
    if (!isTakenAway || claim?.holder !== member.self) return;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#world.timers.after(GIVE_BACK_MS, resolve);
    });
    await Promise.race([this.#propose("", claim), late]);
    timer?.cancel();
  }

  get #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  #arm(): void {
    this.#timer = this.#world.timers.after(VIP_LOOK_MS, () => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      this.#arm();
    });
  }

  async #look(): Promise<void> {
    const { member } = this.#options;
    if (member.state.id === undefined) return;
    const claim = vipClaim(member.state);
    if (claim?.revision !== this.#claim?.revision) this.#claimSinceMs = this.#nowMs;
    this.#claim = claim;
    const step = vipStep({
      self: member.self,
      claim,
      isLeader: member.log.isLeader,
      silentMs: this.#silentMs(claim?.holder ?? ""),
      claimMs: this.#nowMs - this.#claimSinceMs,
      hasIt: this.#hasIt,
    });
    if (step === "claim") await this.#take(claim);
    if (step === "hold") await this.#hold();
    if (step === "release") await this.#release();
  }

  #silentMs(holder: string): number {
    const { member } = this.#options;
    if (member.state.node(holder) === undefined) return Number.POSITIVE_INFINITY;
    return member.reportOf(holder)?.ageMs ?? this.#nowMs - this.#claimSinceMs;
  }

  async #take(claim: VipClaim | undefined): Promise<void> {
    const isFree = (claim?.holder ?? "") === "";
    const isTaken = await this.#propose(this.#options.member.self, claim);
    if (isTaken) this.#notBeforeMs = isFree ? Number.NEGATIVE_INFINITY : this.#nowMs + TAKE_OVER_MS;
  }

  /** False: somebody else was sooner, or the log cannot be reached; what to do then is decided at the next look. */
  async #propose(holder: string, before: VipClaim | undefined): Promise<boolean> {
    const setting = { name: VIP_SETTING, value: vipValue(holder, before) };
    try {
      await this.#options.member.log.propose({ deed: cell_deed.CELL_SET, setting });
      return true;
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      return false;
    }
  }

  async #hold(): Promise<void> {
    const askedMs = this.#nowMs;
    if (askedMs < this.#notBeforeMs || !(await this.#isConfirmed())) return;
    if (this.#nowMs - askedMs > CONFIRM_MS || this.#isClosed) return;
    const { door, serve } = this.#options;
    const outcome = await door.hold(VALID_SECONDS);
    if (outcome.kind === "failed") {
      this.#tell(failed(door, outcome));
      return;
    }
    const isNew = !this.#hasIt;
    this.#hasIt = true;
    this.#trouble = "";
    // A process that stood still in between gave it for a time that was over.
    if (this.#nowMs - askedMs > CONFIRM_MS + GIVE_MS) {
      await this.#release();
      return;
    }
    if (!isNew) return;
    this.#world.log.info("floating address taken", { address: door.address });
    await this.#serve(serve);
    await door.announce();
  }

  async #serve(serve: VipOptions["serve"]): Promise<void> {
    if (this.#isServed) return;
    try {
      await serve(this.#options.door.address);
      this.#isServed = true;
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#tell(error);
    }
  }

  async #isConfirmed(): Promise<boolean> {
    const { member } = this.#options;
    try {
      return await member.log.read((state) => vipClaim(state)?.holder === member.self);
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      return false;
    }
  }

  /** False: the system may still have it. */
  async #release(): Promise<boolean> {
    const { door } = this.#options;
    const hadIt = this.#hasIt;
    const outcome = await door.release();
    if (outcome.kind === "failed") {
      this.#tell(failed(door, outcome));
      return false;
    }
    this.#hasIt = false;
    if (hadIt) this.#world.log.info("floating address given up", { address: door.address });
    return true;
  }

  /** Once, until it is another. */
  #tell({ code, message }: CoterieError): void {
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#world.log.warn("floating address in trouble", { code, message });
  }
}

type Failure = Extract<AddressOutcome, { readonly kind: "failed" }>;

function failed({ address }: AddressDoor, { why, message }: Failure): CoterieError {
  return new CoterieError(CODES[why], `${address}: ${message}`, { details: { address, why } });
}
