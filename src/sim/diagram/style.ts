/**
 * Colours and marks. The colours are those of Okabe and Ito (Color Universal Design, 2008), which people with any kind of
 * colour vision tell apart; nothing is told by colour alone.
 */
import { type Attributes, element } from "./xml.ts";

export const INK = "#222222";
export const FAINT = "#777777";
export const GRID = "#ececec";
export const BLUE = "#0072b2";
export const VERMILLION = "#d55e00";
export const GREEN = "#007a5a";
export const PURPLE = "#a1467c";
export const SKY = "#56b4e9";
export const ORANGE = "#e69f00";

export const FONT: Attributes = {
  "font-family": "sans-serif",
  "font-size": 11,
  fill: INK,
};

const MARK = 4;

/** A cross: the end of a message or of a life. */
export function cross(x: number, y: number, size = MARK): string {
  const d = `M${x - size} ${y - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`;
  return path(d, { stroke: VERMILLION, "stroke-width": 2, fill: "none" });
}

/** The start of a life. */
export function dot(x: number, y: number): string {
  return element("circle", { cx: x, cy: y, r: MARK, fill: GREEN });
}

/** A line of the log. */
export function ring(x: number, y: number): string {
  return element("circle", { cx: x, cy: y, r: MARK - 1, fill: "#ffffff", stroke: INK, "stroke-width": 1.2 });
}

/** A disk's answer. */
export function diamond(x: number, y: number, isBad: boolean): string {
  const d = `M${x} ${y - MARK}l${MARK} ${MARK}l${-MARK} ${MARK}l${-MARK} ${-MARK}z`;
  return path(d, {
    fill: isBad ? VERMILLION : "#ffffff",
    stroke: isBad ? VERMILLION : INK,
    "stroke-width": 1.2,
  });
}

/** A connection's event. */
export function square(x: number, y: number): string {
  const size = MARK - 1;
  return element("rect", { x: x - size, y: y - size, width: 2 * size, height: 2 * size, fill: INK });
}

/** A fault. */
export function triangle(x: number, y: number): string {
  return path(`M${x} ${y - MARK}l${MARK} ${2 * MARK}l${-2 * MARK} 0z`, { fill: PURPLE });
}

export function path(d: string, attributes: Attributes): string {
  const rounded = d.replace(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
  return element("path", { d: rounded, ...attributes });
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element("line", { x1, y1, x2, y2, ...attributes });
}

/** A point of a line's head: how far back its wings reach, and how wide. */
const HEAD_LENGTH = 7;
const HEAD_WIDTH = 3;

/** The head of an arrow that comes from (x1, y1). Not an SVG marker: those need identifiers, which two pictures on a page would share. */
export function arrowHead(x1: number, y1: number, x2: number, y2: number, fill: string): string {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - ux * HEAD_LENGTH, y2 - uy * HEAD_LENGTH];
  const d = `M${x2} ${y2}L${bx - uy * HEAD_WIDTH} ${by + ux * HEAD_WIDTH}L${bx + uy * HEAD_WIDTH} ${by - ux * HEAD_WIDTH}z`;
  return path(d, { fill });
}
