/** Events as marks on their node's line, and their words in the column of notes. */
import type { TraceRecord } from "../trace.ts";
import { isNoted, isNowhere, type Layout, NOTE_PX } from "./layout.ts";
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
  const counts = new Map<number, number>();
  return scene.records.filter(isNoted).flatMap((record) => {
    const count = counts.get(record.atNs) ?? 0;
    counts.set(record.atNs, count + 1);
    const y = scale.at(record.atNs) + count * NOTE_PX;
    const words = isNowhere(record) ? record.what : `${record.node}: ${record.what}`;
    const text = textAt(
      notesX,
      y + 4,
      shortened(words, NOTE_CHARACTERS),
      { fill: inkOf(record) },
      wordsOf(record),
    );
    return count > 0 ? [text] : [line(notesX - 6, y, notesX - 2, y, { stroke: FAINT }), text];
  });
}

function inkOf({ kind, what }: TraceRecord): string {
  if (kind === "fault") return PURPLE;
  if (kind === "node") return what.startsWith("start") ? INK : VERMILLION;
  return kind === "store" && what.includes("failed") ? VERMILLION : INK;
}

function wordsOf({ atNs, node, what }: TraceRecord): string {
  return `${showMs(atNs)} ms ${node}: ${what}`;
}
