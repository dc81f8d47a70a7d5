/**
 * The trace of a run as a space-time diagram (Lamport, Time, Clocks, and the Ordering of Events, 1978): a line for each node,
 * time along it, an arrow for each message. One SVG, well-formed whatever names and texts are, without scripts, the same
 * for the same trace. Resting the pointer on anything shows the trace's own words for it.
 */
import type { TraceRecord } from "../trace.ts";
import { drawMarks, drawNotes } from "./draw-marks.ts";
import { drawMessages } from "./draw-messages.ts";
import { drawSpans, drawTime } from "./draw-spans.ts";
import { type Layout, layOut } from "./layout.ts";
import { drawLegend } from "./legend.ts";
import { makeScene, type Scene } from "./scene.ts";
import { FAINT, FONT } from "./style.ts";
import { showMs } from "./time-scale.ts";
import { element, shortened, textAt, title } from "./xml.ts";

/** Records that a diagram shows, unless it is told. */
export const DEFAULT_DIAGRAM_EVENTS = 1000;
/** Records that it shows at most: beyond, viewers of SVG are no pleasure. */
export const MAX_DIAGRAM_EVENTS = 20_000;

/** What part of a run `renderDiagram` draws, and how. */
export interface DiagramOptions {
  /** Default: "a simulated run". */
  readonly title?: string;
  /** Shows what happened from here on, in virtual milliseconds. Default: as much of the end as there is room for. */
  readonly fromMs?: number;
  /** Shows nothing later. */
  readonly toMs?: number;
  /** Records that are shown, 1 to 20,000. Default 1,000. What is left out is said on the diagram. */
  readonly maxEvents?: number;
}

const LEFT = 14;
const NAME_PX = 7;

/** An SVG document of the records of a trace: `renderDiagram(sim.trace.records())`. */
export function renderDiagram(records: Iterable<TraceRecord>, options: DiagramOptions = {}): string {
  const maxEvents = options.maxEvents ?? DEFAULT_DIAGRAM_EVENTS;
  if (!Number.isInteger(maxEvents) || maxEvents < 1 || maxEvents > MAX_DIAGRAM_EVENTS) {
    throw new RangeError(`a diagram shows 1 to ${MAX_DIAGRAM_EVENTS} records, not ${maxEvents}`);
  }
  const scene = makeScene(records, { ...options, maxEvents });
  const layout = layOut(scene);
  const { width, height } = layout;
  const size = { width, height, viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}` };
  return `${element("svg", { xmlns: "http://www.w3.org/2000/svg", ...size, ...FONT }, [
    element("rect", { width, height, fill: "#ffffff" }),
    ...drawHead(scene, layout, options.title ?? "a simulated run"),
    ...drawTime(layout),
    ...drawSpans(scene, layout),
    ...drawMessages(scene, layout),
    ...drawMarks(scene, layout),
    ...drawNotes(scene, layout),
  ])}\n`;
}

function drawHead(scene: Scene, layout: Layout, words: string): string[] {
  const { top, bottom, width } = layout;
  const names = scene.nodes.flatMap((node) => [
    drawName(node, layout, top - 12),
    drawName(node, layout, bottom + 20),
  ]);
  return [
    title(words),
    textAt(LEFT, 24, shortened(words, 120), { "font-size": 15, "font-weight": "bold" }, words),
    textAt(LEFT, 42, summary(scene), { fill: FAINT }),
    ...drawLegend(LEFT, 64, width - 2 * LEFT),
    textAt(84, top - 12, "ms", { "text-anchor": "end", fill: FAINT }),
    ...names,
  ];
}

function drawName(node: string, { x, lanePx }: Layout, y: number): string {
  const room = Math.max(3, Math.floor(lanePx / NAME_PX));
  return textAt(x(node), y, shortened(node, room), { "text-anchor": "middle", "font-weight": "bold" }, node);
}

function summary({ nodes, records, before, after }: Scene): string {
  const total = records.length + before + after;
  const [first, last] = [records[0], records.at(-1)];
  const extent =
    first === undefined || last === undefined ? "" : `, ${showMs(first.atNs)} to ${showMs(last.atNs)} ms`;
  const shown = records.length.toLocaleString("en");
  if (records.length === total) return `${nodes.length} nodes, ${shown} events${extent}`;
  const missing = `${before.toLocaleString("en")} before and ${after.toLocaleString("en")} after are left out`;
  return `${nodes.length} nodes, ${shown} of ${total.toLocaleString("en")} events${extent}: ${missing}`;
}
