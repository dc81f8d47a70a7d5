/**
 * Whom a node has no links with: those that an operator cut it off from, and nodes that the cell has dismissed. What a dismissed node's certificate says is
 * true, and worth nothing: its name is refused at every handshake, and the link that it still has is dropped.
 *
 * A node that is dismissed stays a voter of the cell's log for a moment, and its vote may be what takes it out: of two nodes one cannot dismiss the other
 * alone. So it is shut out when it is no voter any more.
 */
import type { Mesh } from "../../channel/index.ts";
import type { CoterieError } from "../../world/index.ts";

/** What is known of the cell. */
export interface RefusalsView {
  /** Names of nodes that were dismissed. */
  readonly gone: ReadonlySet<string>;
  /** Voters of the cell's log. */
  readonly voters: readonly string[];
}

export class Refusals {
  readonly #mesh: Pick<Mesh, "cut">;
  readonly #isProven: boolean;
  readonly #view: () => RefusalsView;
  #cutOff: readonly string[] = [];
  #shutOut: readonly string[] = [];

  /**
   * `isProven`: links prove who is at their other end, and tell those who are refused that they are. Where they do not, names prove nothing, and a dismissed
   * node could not tell that from a broken network: it hears of it from the log.
   */
  constructor(mesh: Pick<Mesh, "cut">, isProven: boolean, view: () => RefusalsView) {
    this.#mesh = mesh;
    this.#isProven = isProven;
    this.#view = view;
  }

  /** Nodes that an operator cut this one off from. */
  get cutOff(): readonly string[] {
    return this.#cutOff;
  }

  /** Refuses links with these nodes, beside the dismissed, and with no others. */
  cut(names: readonly string[]): void {
    this.#cutOff = [...names];
    this.#mesh.cut([...this.#cutOff, ...this.#shutOut]);
  }

  /** Dismissed, and no voter any more. */
  isShutOut(name: string): boolean {
    const { gone, voters } = this.#view();
    return gone.has(name) && !voters.includes(name);
  }

  /** The cell's state or its voters changed: drops the links that are not to be any more. */
  look(): void {
    if (!this.#isProven) return;
    const { gone, voters } = this.#view();
    const shutOut = [...gone].filter((name) => !voters.includes(name));
    if (shutOut.length === this.#shutOut.length && shutOut.every((name, at) => name === this.#shutOut[at]))
      return;
    this.#shutOut = shutOut;
    this.#mesh.cut([...this.#cutOff, ...shutOut]);
  }
}

/** Whether trouble with a link says that another node has a certificate of an authority that this one does not believe. */
export function isEstranged({ code }: CoterieError): boolean {
  return code === "TLS_UNTRUSTED";
}

/** Whether trouble with a link says that another node of the cell, which has proven to be one, has this node's certificate for revoked. */
export function saysRevoked({ code, details }: CoterieError): boolean {
  return code === "TLS_REFUSED" && details.reason === "TLS_REVOKED";
}
