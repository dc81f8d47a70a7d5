/** How a node's programs are found through port 111. */
import type { Contract } from "../marshal/index.ts";
import type { Address, World } from "../world/index.ts";
import type { Portmap } from "./settings.ts";
import type { PortmapState } from "./status.ts";

export class PortmapRegistration {
  readonly state: PortmapState;
  /** Why registering failed, if it did. */
  readonly failure: string | undefined = undefined;

  private constructor(state: PortmapState) {
    this.state = state;
  }

  static async make(
    _world: World,
    _wish: Portmap,
    _contracts: readonly Contract[],
    _address: Address,
  ): Promise<PortmapRegistration> {
    return new PortmapRegistration("off");
  }

  async close(): Promise<void> {}
}
