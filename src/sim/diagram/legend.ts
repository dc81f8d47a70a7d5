/** What the marks mean. */
import {
  arrowHead,
  BLUE,
  cross,
  diamond,
  dot,
  line,
  ORANGE,
  PURPLE,
  ring,
  SKY,
  square,
  triangle,
  VERMILLION,
} from "./style.ts";
import { type Attributes, element, textAt } from "./xml.ts";

const SAMPLE_PX = 30;
const CHARACTER_PX = 6.2;
const APART_PX = 18;
const ROW_PX = 17;

interface Entry {
  readonly words: string;
  /** Drawn around the middle of a sample. */
  sample(x: number, y: number): string[];
}

const HALF = SAMPLE_PX / 2;

const ENTRIES: readonly Entry[] = [
  { words: "message", sample: (x, y) => arrow(x, y, { stroke: BLUE, "stroke-width": 1.4 }) },
  { words: "second copy", sample: (x, y) => arrow(x, y, { stroke: BLUE, "stroke-width": 0.8 }) },
  {
    words: "damaged",
    sample: (x, y) => arrow(x, y, { stroke: ORANGE, "stroke-width": 1.4, "stroke-dasharray": "6 3" }),
  },
  {
    words: "lost, or taken by nobody",
    sample: (x, y) => [line(x - HALF, y, x, y, { stroke: VERMILLION, "stroke-width": 1.4 }), cross(x, y)],
  },
  {
    words: "end not shown",
    sample: (x, y) => [
      line(x - HALF, y, x + HALF, y, { stroke: BLUE, "stroke-width": 1.4, "stroke-dasharray": "1 3" }),
    ],
  },
  { words: "start", sample: (x, y) => [dot(x, y)] },
  { words: "crash", sample: (x, y) => [cross(x, y)] },
  {
    words: "paused",
    sample: (x, y) => [
      line(x, y - 7, x, y + 7, { stroke: PURPLE, "stroke-width": 2.5, "stroke-dasharray": "2 4" }),
    ],
  },
  { words: "fault", sample: (x, y) => [triangle(x, y)] },
  { words: "cut: from", sample: (x, y) => [shade(x, y, ORANGE)] },
  { words: "cut: to", sample: (x, y) => [shade(x, y, SKY)] },
  { words: "disk", sample: (x, y) => [diamond(x, y, false)] },
  { words: "disk failed", sample: (x, y) => [diamond(x, y, true)] },
  { words: "connection", sample: (x, y) => [square(x, y)] },
  { words: "log", sample: (x, y) => [ring(x, y)] },
];

/** Rows of entries, no wider than `width`. */
export function drawLegend(left: number, top: number, width: number): string[] {
  let x = left;
  let y = top;
  return ENTRIES.flatMap(({ words, sample }) => {
    const needed = SAMPLE_PX + 5 + words.length * CHARACTER_PX;
    if (x > left && x + needed > left + width) {
      x = left;
      y += ROW_PX;
    }
    const drawn = [...sample(x + HALF, y), textAt(x + SAMPLE_PX + 5, y + 4, words)];
    x += needed + APART_PX;
    return drawn;
  });
}

function arrow(x: number, y: number, style: Attributes & { readonly stroke: string }): string[] {
  const [from, to] = [x - HALF, x + HALF];
  return [line(from, y, to, y, style), arrowHead(from, y, to, y, style.stroke)];
}

function shade(x: number, y: number, fill: string): string {
  return element("rect", {
    x: x - 8,
    y: y - 6,
    width: 16,
    height: 12,
    fill,
    "fill-opacity": 0.22,
    stroke: fill,
  });
}
