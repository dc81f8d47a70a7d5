/** Events as marks on their node's line, and their words in the column of notes. */
import type { TraceRecord } from "../trace.ts";
import { isNowhere, type Layout, MAX_NOTES, NOTE_PX, notesOf } from "./layout.ts";
import type { Scene } from "./scene.ts";
import { diamond, dot, FAINT, INK, line, PURPLE, ring, square, triangle, VERMILLION } from "./style.ts";
import { showMs } from "./time-scale.ts";
import { element, shortened, textAt, title } from "./xml.ts";

const NOTE_CHARACTERS = 68;
/** Marks of one moment stand beside each other. */
const MARKS_APART_PX = 7;
const MOST_APART = 4;

export function drawMarks(scene: Scene, layout: Layout): string[] {
  const counts = new Map<string, number>();
  const drawn: string[] = [];
  for (const record of scene.records) {
    const mark = markOf(record);
    if (mark === undefined) continue;
    const place = `${record.atNs} ${record.node}`;
    const count = counts.get(place) ?? 0;
    counts.set(place, count + 1);
    // The notes stand beside what is no node's: one mark tells that there are some.
    if (isNowhere(record) && count > 0) continue;
    const x = layout.x(record.node) + Math.min(count, MOST_APART) * MARKS_APART_PX;
    drawn.push(element("g", {}, [title(wordsOf(record)), mark(x, layout.scale.at(record.atNs))]));
  }
  return drawn;
}

/** The end of a life is drawn with the life. */
function markOf({ kind, what }: TraceRecord): ((x: number, y: number) => string) | undefined {
  if (kind === "log") return ring;
  if (kind === "stream") return square;
  if (kind === "fault") return triangle;
  if (kind === "store") return (x, y) => diamond(x, y, what.includes("failed"));
  return kind === "node" && what.startsWith("start") ? dot : undefined;
}

export function drawNotes(scene: Scene, layout: Layout): string[] {
  const { scale, notesX } = layout;
  return [...notesOf(scene.records)].flatMap(([moment, records]) => {
    const y = scale.at(moment);
    const shown = records.slice(0, records.length > MAX_NOTES + 1 ? MAX_NOTES : records.length);
    const notes = shown.map((record, row) => drawNote(record, notesX, y + row * NOTE_PX));
    const tick = line(notesX - 6, y, notesX - 2, y, { stroke: FAINT });
    return [tick, ...notes, ...drawRest(records.slice(shown.length), notesX, y + shown.length * NOTE_PX)];
  });
}

function drawNote(record: TraceRecord, x: number, y: number): string {
  const words = isNowhere(record) ? record.what : `${record.node}: ${record.what}`;
  return textAt(x, y + 4, shortened(words, NOTE_CHARACTERS), { fill: inkOf(record) }, wordsOf(record));
}

function drawRest(records: readonly TraceRecord[], x: number, y: number): string[] {
  if (records.length === 0) return [];
  const hover = records.map(wordsOf).join("\n");
  return [textAt(x, y + 4, `… and ${records.length} more`, { fill: FAINT, "font-style": "italic" }, hover)];
}

function inkOf({ kind, what }: TraceRecord): string {
  if (kind === "fault") return PURPLE;
  if (kind === "node") return what.startsWith("start") ? INK : VERMILLION;
  return kind === "store" && what.includes("failed") ? VERMILLION : INK;
}

function wordsOf({ atNs, node, what }: TraceRecord): string {
  return `${showMs(atNs)} ms ${node}: ${what}`;
}
