/** What lasts: time's grid, lives as lines with gaps where a node is down, pauses, cuts as shades, faults as bars. */
import type { Layout } from "./layout.ts";
import type { Scene } from "./scene.ts";
import type { Span } from "./standing.ts";
import { cross, FAINT, GRID, INK, line, ORANGE, PURPLE, path, SKY } from "./style.ts";
import { showMs } from "./time-scale.ts";
import { element, textAt, title } from "./xml.ts";

const LABELS_APART_PX = 26;
const AXIS_LABEL_X = 84;
const SHADE_PX = 34;

export function drawTime({ scale, top, bottom, notesX }: Layout): string[] {
  const labels = scale
    .labels(LABELS_APART_PX)
    .flatMap(({ moment, at }) => [
      line(AXIS_LABEL_X + 6, at, notesX - 6, at, { stroke: GRID }),
      textAt(AXIS_LABEL_X, at + 4, showMs(moment), { "text-anchor": "end", fill: FAINT }),
    ]);
  const breaks = scale.breaks.flatMap(({ at, gapNs }) => [
    path(`M${AXIS_LABEL_X + 6} ${at}l4 -4l4 8l4 -8l4 4`, { stroke: FAINT, fill: "none" }),
    textAt(AXIS_LABEL_X, at + 4, `⋮ ${showMs(gapNs)}`, {
      "text-anchor": "end",
      fill: FAINT,
      "font-style": "italic",
    }),
  ]);
  return [line(AXIS_LABEL_X + 6, top, AXIS_LABEL_X + 6, bottom, { stroke: GRID }), ...labels, ...breaks];
}

export function drawSpans(scene: Scene, layout: Layout): string[] {
  const of = (kind: Span["kind"]): Span[] => scene.spans.filter((span) => span.kind === kind);
  return [
    ...of("cut").flatMap((span) => drawCut(span, layout)),
    ...of("life").flatMap((span) => drawLife(span, layout)),
    ...of("pause").flatMap((span) => drawPause(span, layout)),
    ...of("fault").map((span) => drawFault(span, layout)),
  ];
}

/** From and to in pixels. */
function extent({ fromNs, toNs }: Span, { scale }: Layout): { y: number; height: number } {
  const y = scale.at(fromNs);
  return { y, height: Math.max(1, scale.at(toNs) - y) };
}

/** Nothing comes from the first to the second: both sides shaded, in two colours and with two slopes. */
function drawCut(span: Span, layout: Layout): string[] {
  const hover = title(`${span.text}${span.bothWays ? ", and back" : ", one way"}, ${duration(span)}`);
  const shade = (nodes: readonly string[], fill: string): string[] =>
    nodes.map((node) => {
      const width = Math.min(SHADE_PX, layout.lanePx);
      const place = { x: layout.x(node) - width / 2, width, ...extent(span, layout) };
      const edge = { stroke: fill, "stroke-dasharray": span.bothWays ? "none" : "3 3" };
      return element("rect", { ...place, ...edge, fill, "fill-opacity": 0.22 }, [hover]);
    });
  return [...shade(span.nodes, ORANGE), ...shade(span.peers, SKY)];
}

function drawLife(span: Span, layout: Layout): string[] {
  const [node] = span.nodes;
  const x = layout.x(node as string);
  const { y, height } = extent(span, layout);
  const life = line(x, y, x, y + height, { stroke: INK, "stroke-width": 1.5 });
  return span.toNs === Number.POSITIVE_INFINITY ? [life] : [life, cross(x, y + height)];
}

function drawPause(span: Span, layout: Layout): string[] {
  const x = layout.x(span.nodes[0] as string);
  const { y, height } = extent(span, layout);
  const over = line(x, y, x, y + height, { stroke: "#ffffff", "stroke-width": 3 });
  const dashes = {
    x1: x,
    y1: y,
    x2: x,
    y2: y + height,
    stroke: PURPLE,
    "stroke-width": 2.5,
    "stroke-dasharray": "2 4",
  };
  return [over, element("line", dashes, [title(`${span.nodes[0]} is paused, ${duration(span)}`)])];
}

function drawFault(span: Span, layout: Layout): string {
  const x = layout.faultColumns.get(span) as number;
  return element(
    "rect",
    { x: x - 3, width: 6, ...extent(span, layout), fill: PURPLE, "fill-opacity": 0.55 },
    [title(`${span.text}, ${duration(span)}`)],
  );
}

function duration({ fromNs, toNs }: Span): string {
  const from = Number.isFinite(fromNs) ? `from ${showMs(fromNs)} ms` : "from before the trace";
  return Number.isFinite(toNs) ? `${from} to ${showMs(toNs)} ms` : `${from} on`;
}
