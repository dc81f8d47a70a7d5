/**
 * What nodes tell each other of themselves, about once a second, over a port of the mesh: the last report of each, and since when it is.
 * Nobody decides by them alone; they say where there is room, and let any node show all of the cell.
 */
import type { MeshPort } from "../../channel/index.ts";
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Timer, World } from "../../world/index.ts";
import { decode_node_report, encode_node_report, type node_report } from "../gen/cell-admin.gen.ts";

export const REPORTS_PORT = "reports";
export const REPORT_MS = 1000;

export type NodeReport = Readonly<node_report>;

export interface HeardReport {
  readonly report: NodeReport;
  /** By this node's monotonic clock. */
  readonly heardMs: number;
}

export class Reports {
  /** Nodes that this one has a link with, in the order of their coming up. */
  readonly #up = new Set<string>();
  readonly #heard = new Map<string, HeardReport>();
  readonly #world: World;
  readonly #port: MeshPort;
  readonly #own: () => NodeReport;
  readonly #writer = new XdrWriter(1024);
  #timer: Timer | undefined;
  /** A report came, or a node came or went. */
  onChange: () => void = () => {};

  /** `own` is asked for each report. */
  constructor(world: World, port: MeshPort, own: () => NodeReport) {
    this.#world = world;
    this.#port = port;
    this.#own = own;
    port.onUp = (peer) => {
      this.#up.add(peer);
      this.#port.send(peer, this.#encoded());
      this.onChange();
    };
    port.onDown = (peer) => {
      this.#up.delete(peer);
      this.onChange();
    };
    port.onMessage = (from, message) => this.#take(from, message);
    this.#arm();
  }

  /** The node is linked to this one. */
  isUp(name: string): boolean {
    return this.#up.has(name);
  }

  /** The last that a node told, however long ago; `forget` ends that. */
  of(name: string): HeardReport | undefined {
    return this.#heard.get(name);
  }

  /** The last reports of all. */
  get all(): Iterable<HeardReport> {
    return this.#heard.values();
  }

  /** Tells all who are linked at once, without waiting for the time. */
  tell(): void {
    if (this.#up.size > 0) this.#port.broadcast([...this.#up], this.#encoded());
  }

  /** Keeps only what these nodes told. */
  keep(names: readonly string[]): void {
    for (const name of this.#heard.keys()) if (!names.includes(name)) this.#heard.delete(name);
  }

  close(): void {
    this.#timer?.cancel();
    this.#port.close();
  }

  #arm(): void {
    this.#timer = this.#world.timers.after(REPORT_MS, () => {
      this.tell();
      this.#arm();
    });
  }

  #encoded(): Uint8Array {
    this.#writer.reset();
    encode_node_report(this.#writer, this.#own());
    return this.#writer.encoded();
  }

  #take(from: string, message: Uint8Array): void {
    try {
      const r = new XdrReader(message);
      const report = decode_node_report(r);
      r.finish();
      this.#heard.set(from, { report, heardMs: this.#world.clock.monotonicMs() });
      this.onChange();
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
      // A newer version's report: its node shows as one that is up and says nothing.
      this.#world.log.warn("report not understood", { from, error: error.message });
    }
  }
}
