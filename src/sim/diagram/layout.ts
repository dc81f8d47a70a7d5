/** Where everything stands: nodes from left to right, then faults, then notes; time from top to bottom. */
import type { TraceRecord } from "../trace.ts";
import type { Scene } from "./scene.ts";
import { NOWHERE, type Span } from "./standing.ts";
import { TimeScale } from "./time-scale.ts";

const AXIS_PX = 96;
const NOTES_PX = 430;
const FAULT_PX = 10;
/** Of lanes beside each other: few nodes stand wide apart, many close together. */
const WIDEST_LANE_PX = 150;
const NARROWEST_LANE_PX = 26;
const LANES_PX = 900;
/** A line of the notes. */
export const NOTE_PX = 13;
/** Notes of one moment; the others are counted, and shown under the pointer. */
export const MAX_NOTES = 6;
/** Title, summary, legend, names. */
const HEAD_PX = 148;
const FOOT_PX = 34;

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The first and the last pixel of time. */
  readonly top: number;
  readonly bottom: number;
  readonly scale: TimeScale;
  readonly lanePx: number;
  readonly notesX: number;
  readonly faultsX: number;
  /** The lane of a node. */
  x(node: string): number;
  /** Spans of faults, each in a column that is free for as long as it lasts. */
  readonly faultColumns: ReadonlyMap<Span, number>;
}

/** Whether a record is told in the column of notes. */
function isNoted({ kind }: TraceRecord): boolean {
  return kind === "fault" || kind === "node" || kind === "store" || kind === "log";
}

export function layOut(scene: Scene): Layout {
  const lanePx = Math.max(
    NARROWEST_LANE_PX,
    Math.min(WIDEST_LANE_PX, LANES_PX / Math.max(1, scene.nodes.length)),
  );
  const places = new Map(scene.nodes.map((node, at) => [node, AXIS_PX + lanePx * (at + 0.5)]));
  const { columns, count } = giveColumns(scene.spans.filter(({ kind }) => kind === "fault"));
  const faultsX = AXIS_PX + lanePx * scene.nodes.length + FAULT_PX;
  const notesX = faultsX + FAULT_PX * (count + 1.5);
  const scale = new TimeScale(
    scene.records.map(({ atNs }) => atNs),
    HEAD_PX,
    roomForNotes(scene.records),
  );
  return {
    width: notesX + NOTES_PX,
    height: scale.end + FOOT_PX,
    top: HEAD_PX,
    bottom: scale.end,
    scale,
    lanePx,
    notesX,
    faultsX,
    x: (node) => places.get(node) ?? faultsX,
    faultColumns: new Map([...columns].map(([span, column]) => [span, faultsX + FAULT_PX * (column + 1)])),
  };
}

/** The records that are told in words, by their moment. */
export function notesOf(records: readonly TraceRecord[]): Map<number, TraceRecord[]> {
  const notes = new Map<number, TraceRecord[]>();
  for (const record of records) {
    if (!isNoted(record)) continue;
    const there = notes.get(record.atNs);
    if (there === undefined) notes.set(record.atNs, [record]);
    else there.push(record);
  }
  return notes;
}

function roomForNotes(records: readonly TraceRecord[]): (moment: number) => number {
  const notes = notesOf(records);
  return (moment) => Math.min(notes.get(moment)?.length ?? 0, MAX_NOTES + 1) * NOTE_PX;
}

/** Each span gets the first column whose last span has ended. */
function giveColumns(spans: readonly Span[]): { columns: Map<Span, number>; count: number } {
  const ends: number[] = [];
  const columns = new Map<Span, number>();
  for (const span of [...spans].sort((a, b) => a.fromNs - b.fromNs || a.toNs - b.toNs)) {
    const free = ends.findIndex((end) => end <= span.fromNs);
    const column = free < 0 ? ends.length : free;
    ends[column] = span.toNs;
    columns.set(span, column);
  }
  return { columns, count: ends.length };
}

/** Whether a record belongs to no node's lane. */
export function isNowhere({ node }: TraceRecord): boolean {
  return node === NOWHERE;
}
