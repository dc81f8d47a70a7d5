/** What a node keeps of a group on its disk, as bytes (`x/group.x`): how it voted about views, and the view that it knows. */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Accepted, Decision, GroupView } from "../membership/seat.ts";
import { decode_group_record, encode_group_record, GROUP_VERSION } from "./gen/group.gen.ts";
import { acceptedFromWire, acceptedToWire, valueFromWire, valueToWire, viewToWire } from "./values.ts";

/** What a node keeps on its disk. */
export interface GroupRecord {
  readonly incarnation: number;
  readonly view: GroupView;
  readonly promised: number;
  readonly accepted: Accepted | undefined;
  /** How the view came about; undefined when only the view itself is known. */
  readonly decision: Decision | undefined;
}

export function encodeRecord(record: GroupRecord): Uint8Array {
  const out = new XdrWriter(512);
  const { incarnation, promised, decision } = record;
  const accepted = record.accepted === undefined ? null : acceptedToWire(record.accepted);
  encode_group_record(out, {
    release: GROUP_VERSION,
    incarnation,
    view: viewToWire(record.view),
    promised,
    accepted,
    decided: decision === undefined ? null : { ...decision, value: valueToWire(decision.value) },
  });
  return out.detach(0);
}

/** The record; undefined for bytes that are none, or of another release. */
export function decodeRecord(bytes: Uint8Array): GroupRecord | undefined {
  try {
    const reader = new XdrReader(bytes);
    const { release, incarnation, view, promised, accepted, decided } = decode_group_record(reader);
    reader.finish();
    if (release !== GROUP_VERSION) return undefined;
    return {
      incarnation,
      view,
      promised,
      accepted: accepted === null ? undefined : acceptedFromWire(accepted),
      decision: decided === null ? undefined : { ...decided, value: valueFromWire(decided.value) },
    };
  } catch {
    return undefined;
  }
}
