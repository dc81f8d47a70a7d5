/** What comes over a group's port of the mesh: the detector hears of it first, then the core, and then the turn is planned. */
import type { MeshPort } from "../channel/index.ts";
import type { GroupCore } from "./core.ts";
import type { Detector } from "./detector/index.ts";
import type { Turns } from "./turns.ts";

export interface LinksHost {
  readonly detector: Detector;
  /** Of the present life. */
  readonly core: GroupCore;
  readonly turns: Turns;
}

export class Links {
  /** Nodes that a link leads to. */
  readonly up = new Set<string>();
  readonly #host: LinksHost;

  constructor(port: MeshPort, host: LinksHost) {
    this.#host = host;
    port.onMessage = this.#onMessage;
    port.onUp = (peer) => this.#linkUp(peer);
    port.onDown = (peer) => this.#linkDown(peer);
  }

  readonly #onMessage = (from: string, bytes: Uint8Array): void => {
    const { detector, core, turns } = this.#host;
    const { nowMs } = turns;
    detector.heard(from, nowMs);
    core.receive(from, bytes, nowMs);
    turns.after();
  };

  #linkUp(peer: string): void {
    const { detector, core, turns } = this.#host;
    const { nowMs } = turns;
    this.up.add(peer);
    detector.linkUp(peer, nowMs);
    core.linkUp(peer, nowMs);
    turns.after();
  }

  #linkDown(peer: string): void {
    const { detector, core, turns } = this.#host;
    const { nowMs } = turns;
    this.up.delete(peer);
    detector.linkDown(peer, nowMs);
    core.linkDown(peer, nowMs);
    turns.after();
  }
}
