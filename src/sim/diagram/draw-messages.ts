/** Messages as arrows from who sent to who received; a cross where one was lost, dashes where one was damaged. */
import type { Layout } from "./layout.ts";
import type { Message } from "./messages.ts";
import type { Scene } from "./scene.ts";
import { arrowHead, BLUE, cross, line, ORANGE, path, VERMILLION } from "./style.ts";
import { element, title } from "./xml.ts";

/** Of an arrow whose other end is outside the window. */
const STUB_PX = 26;
const STUB_FALL_PX = 4;
/** Where a lost message ends, of its way. */
const LOST_AT = 0.45;
/** How far below its sending a message that is lost at once ends. */
const LOST_FALL_PX = 6;

export function drawMessages(scene: Scene, layout: Layout): string[] {
  return scene.messages.map((message) => element("g", {}, [title(message.text), ...draw(message, layout)]));
}

function draw(message: Message, layout: Layout): string[] {
  const { from, to, sentNs, endNs, fate } = message;
  const first = scene(sentNs, layout);
  const last = scene(endNs, layout);
  const [x1, x2] = [layout.x(from), layout.x(to)];
  if (from === to) return drawLoop(message, x1, first ?? last, last ?? first);
  const side = x2 > x1 ? STUB_PX : -STUB_PX;
  const lostX = x1 + (x2 - x1) * LOST_AT;
  if (first === undefined)
    return last === undefined ? [] : drawEnd(message, fate === "lost" ? lostX : x2, last, side);
  if (last === undefined) return [drawStub(message, x1, first, x1 + side, first + STUB_FALL_PX)];
  if (fate === "lost") {
    const y = last === first ? last + LOST_FALL_PX : last;
    return [line(x1, first, lostX, y, styleOf(message)), cross(lostX, y)];
  }
  if (fate === "refused") return [line(x1, first, x2, last, styleOf(message)), cross(x2, last)];
  return drawArrow(message, x1, first, x2, last);
}

/** The pixel of a moment in the window. */
function scene(moment: number | undefined, { scale, top }: Layout): number | undefined {
  if (moment === undefined) return undefined;
  const at = scale.at(moment);
  return at === top && scale.isBefore(moment) ? undefined : at;
}

function drawArrow(message: Message, x1: number, y1: number, x2: number, y2: number): string[] {
  const style = styleOf(message);
  return [line(x1, y1, x2, y2, style), arrowHead(x1, y1, x2, y2, style.stroke)];
}

/** One that was sent before the window begins. */
function drawEnd(message: Message, x: number, y: number, side: number): string[] {
  const [x1, y1] = [x - side, y - STUB_FALL_PX];
  const stub = drawStub(message, x1, y1, x, y);
  const isLost = message.fate === "lost" || message.fate === "refused";
  return [stub, isLost ? cross(x, y) : arrowHead(x1, y1, x, y, styleOf(message).stroke)];
}

/** The end of a message that is in the window, while the other is not. */
function drawStub(message: Message, x1: number, y1: number, x2: number, y2: number): string {
  return line(x1, y1, x2, y2, { ...styleOf(message), "stroke-dasharray": "1 3" });
}

function drawLoop(message: Message, x: number, y1: number | undefined, y2: number | undefined): string[] {
  if (y1 === undefined || y2 === undefined) return [];
  const loop = path(`M${x} ${y1}q16 ${(y2 - y1) / 2} 0 ${Math.max(4, y2 - y1)}`, {
    ...styleOf(message),
    fill: "none",
  });
  return message.fate === "received" || message.fate === "under way" ? [loop] : [loop, cross(x, y2)];
}

/** A damaged message is dashed, a copy is thin, a lost one has the colour of losses. */
function styleOf({ isDamaged, isCopy, fate }: Message) {
  const isLost = fate === "lost" || fate === "refused";
  return {
    stroke: isDamaged ? ORANGE : isLost ? VERMILLION : BLUE,
    "stroke-width": isCopy ? 0.8 : 1.4,
    "stroke-dasharray": isDamaged ? "6 3" : "none",
  };
}
