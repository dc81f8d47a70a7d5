/** What a node tells of itself: the one shape of `coterie status`, of its health, and of the admin program. */

export type NodeState = "starting" | "serving" | "stopping";

/**
 * Who answers for rpcbind: nobody (`off`), the machine's own, or this node; `failed`: the registration was
 * refused.
 */
export type PortmapState = "off" | "system" | "embedded" | "failed";

/** Something wrong that somebody should mend. */
export interface NodeProblem {
  /** A code of `coterie explain`. */
  readonly code: string;
  readonly message: string;
}

/** How a node by itself is. */
export interface NodeStatus {
  readonly version: string;
  readonly state: NodeState;
  readonly pid: number;
  /** Seconds since 1970. */
  readonly startedSeconds: number;
  readonly uptimeMs: number;
  readonly host: string;
  readonly port: number;
  readonly directory: string;
  /** The volume's id in hexadecimal. */
  readonly volume: string;
  readonly space: {
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly totalInodes: number;
    readonly freeInodes: number;
  };
  /** Export rules in the order in which they are tried, as exports(5) writes them. */
  readonly exports: readonly string[];
  readonly portmap: PortmapState;
  readonly counters: {
    readonly connections: number;
    readonly callsInFlight: number;
    readonly calls: number;
    readonly refused: number;
    readonly replayed: number;
  };
  /** Empty: healthy. */
  readonly problems: readonly NodeProblem[];
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of an even number of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}
