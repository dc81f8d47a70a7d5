/** A caller that asks again when a server of NFS v3 says "later" (NFS3ERR_JUKEBOX, RFC 1813 section 2.6), as clients do: a new call each time. */
import type { Caller, CallOptions, Contract, Procedure } from "../../src/marshal/index.ts";
import { sleep, type World } from "../../src/world/index.ts";

const JUKEBOX = 10_008;
const PAUSE_MS = 200;

export class PatientCaller implements Caller {
  /** How often somebody was put off. */
  putOff = 0;
  readonly #world: World;
  readonly #caller: Caller;

  constructor(world: World, caller: Caller) {
    this.#world = world;
    this.#caller = caller;
  }

  async call<Args, Result>(
    contract: Contract,
    procedure: Procedure<Args, Result>,
    args: Args,
    options?: CallOptions,
  ): Promise<Result> {
    for (;;) {
      const result = await this.#caller.call(contract, procedure, args, options);
      if ((result as { status?: unknown } | undefined)?.status !== JUKEBOX) return result;
      this.putOff++;
      await sleep(this.#world.timers, PAUSE_MS);
    }
  }
}
