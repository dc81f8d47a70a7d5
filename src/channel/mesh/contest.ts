/**
 * Which link two processes keep, where both may connect at any time. Whoever listens decides when it has read a hello, and whoever
 * connected follows. Two facts make both sides decide the same:
 *
 * - Where both have said hello at the same time, the process of the smaller name goes first: it refuses the other's, which waits.
 * - Hellos and welcomes of an incarnation are counted. A hello that was said before the welcome or hello on which the present link
 *   rests is of an attempt that was given up for it. A later one means that the other side has lost the link, or
 *   that it is silent there.
 *
 * So a link is replaced only when its peer has lost it or hears nothing over it, and of two attempts that cross each other one is refused.
 */
import { Refusal } from "./handshake.ts";

/** What there is between this process and the one that says hello. */
export interface Standing {
  /** The link that is up: the peer's incarnation, and the serial of its hello or welcome. */
  readonly link: { readonly incarnation: bigint; readonly serial: bigint } | undefined;
  /** An attempt from here has said hello, and waits for the answer. */
  readonly hasSaidHello: boolean;
}

/** Why a hello is refused; undefined if its link is taken, in place of whatever there is. */
export function judge(
  self: string,
  hello: { readonly name: string; readonly incarnation: bigint; readonly serial: bigint },
  { link, hasSaidHello }: Standing,
): Refusal | undefined {
  if (hello.name === self) return Refusal.MESH_REFUSED_NAME;
  if (link?.incarnation === hello.incarnation && hello.serial < link.serial) {
    return Refusal.MESH_REFUSED_STALE;
  }
  if (hasSaidHello && self < hello.name) return Refusal.MESH_REFUSED_CROSSED;
  return undefined;
}
