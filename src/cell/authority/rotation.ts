/**
 * How a cell changes over to another authority: by changes of its trust, each when all of its nodes are ready for it. A node that is away holds the change up and
 * is not left behind: it would believe nobody when it is back. One that is gone for good is removed from the cell.
 */
import { type Crypto, fingerprintOf, hex } from "../../world/index.ts";
import type { Standing } from "./keys.ts";
import { type CellTrust, certifyBy, nextOf, retireOthers, trustNext } from "./trust.ts";

export interface RotationView {
  /** Names of all nodes of the cell. */
  readonly nodes: readonly string[];
  /** What a node tells of itself; undefined of one that is not linked. */
  standingOf(name: string): Standing | undefined;
}

/** `prepare`: all are to believe the next authority and have its key. `renew`: all are to have a certificate of it. */
export type RotationStage = "prepare" | "renew";

export interface Rotation {
  readonly stage: RotationStage;
  /** Nodes that are not ready for the next step. */
  readonly waitsFor: readonly string[];
}

/** What goes on; undefined: one authority is believed, and nothing changes. */
export function rotationOf(crypto: Crypto, trust: CellTrust, view: RotationView): Rotation | undefined {
  if (trust.authorities.length < 2) return undefined;
  const print = (der: Uint8Array | undefined) => hex(fingerprintOf(crypto, der ?? new Uint8Array(0)));
  const next = nextOf(trust);
  const wanted = print(next ?? trust.authorities[0]);
  const isReady = (name: string): boolean => {
    const { believed = [], kept = [], certified_by = [] } = view.standingOf(name) ?? {};
    const lists = next === undefined ? [certified_by] : [believed, kept];
    return lists.every((prints) => prints.some((each) => hex(each) === wanted));
  };
  const waitsFor = view.nodes.filter((name) => !isReady(name));
  return { stage: next === undefined ? "renew" : "prepare", waitsFor };
}

/** The trust after the next step; undefined where there is none to do now. */
export function nextStep(crypto: Crypto, trust: CellTrust, view: RotationView): CellTrust | undefined {
  const rotation = rotationOf(crypto, trust, view);
  if (rotation === undefined || rotation.waitsFor.length > 0) return undefined;
  const next = nextOf(trust);
  return next === undefined ? retireOthers(trust) : certifyBy(trust, next);
}

/**
 * The trust with another authority to come; undefined while a change is under way. One whose key no node has any more, for the node that made it is gone, is
 * dropped for this one: nobody has a certificate of it.
 */
export function beginRotation(
  crypto: Crypto,
  trust: CellTrust,
  next: Uint8Array,
  view: RotationView,
): CellTrust | undefined {
  if (trust.authorities.length < 2) return trustNext(trust, next);
  const pending = nextOf(trust);
  if (pending === undefined) return undefined;
  const print = hex(fingerprintOf(crypto, pending));
  const isKept = view.nodes.some((name) => view.standingOf(name)?.kept.some((each) => hex(each) === print));
  return isKept ? undefined : trustNext(dropNext(trust), next);
}

function dropNext({ authorities, revoked }: CellTrust): CellTrust {
  return { authorities: authorities.slice(0, -1), revoked };
}
