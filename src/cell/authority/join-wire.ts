/** The messages of `x/join.x`: as frames on a stream, and what is signed in them. */
import { assert, type CoterieError, type Stream } from "../../world/index.ts";
import { decoded, encoded } from "./encoding.ts";
import {
  decode_join_claim,
  decode_join_message,
  encode_join_claim,
  encode_join_message,
  JOIN_MAX_MESSAGE,
  type join_claim,
  type join_message,
} from "./gen/join.gen.ts";

const HEAD_BYTES = 4;
const utf8 = new TextEncoder();

/** Which key signs: one's signature must never serve as the other's. */
const LABELS = {
  key: utf8.encode("coterie join 1, the key to be certified\0"),
  token: utf8.encode("coterie join 1, the token\0"),
  certificate: utf8.encode("coterie join 1, the certificate to be renewed\0"),
} as const;
export type Signer = keyof typeof LABELS;

/** What is signed of a claim. */
export function signedPart(signer: Signer, claim: Uint8Array): Uint8Array {
  const label = LABELS[signer];
  const whole = new Uint8Array(label.length + claim.length);
  whole.set(label);
  whole.set(claim, label.length);
  return whole;
}

export function encodeClaim(claim: join_claim): Uint8Array {
  return encoded(encode_join_claim, claim);
}

export function decodeClaim(bytes: Uint8Array): join_claim | undefined {
  return decoded(decode_join_claim, bytes);
}

/** A message as a frame. */
export function frame(message: join_message): Uint8Array {
  const body = encoded(encode_join_message, message);
  assert(body.length <= JOIN_MAX_MESSAGE, "a message of joining fits into its bound");
  const whole = new Uint8Array(HEAD_BYTES + body.length);
  new DataView(whole.buffer).setUint32(0, body.length);
  whole.set(body, HEAD_BYTES);
  return whole;
}

export interface FrameHandler {
  message(message: join_message): void;
  /** What came is no message. Nothing follows. */
  violation(): void;
  /** The other side has nothing more to say, or is gone. */
  ended(error: CoterieError | undefined): void;
}

/** Cuts a stream into messages. */
export function readFrames(stream: Stream, handler: FrameHandler): void {
  let bytes = new Uint8Array(0);
  let isOver = false;
  const end = (tell: () => void): void => {
    if (isOver) return;
    isOver = true;
    tell();
  };
  stream.onData = (chunk) => {
    if (isOver) return;
    bytes = joined(bytes, chunk);
    for (let next = cut(bytes); next !== undefined && !isOver; next = cut(bytes)) {
      if (next === "violation") return end(() => handler.violation());
      bytes = bytes.slice(next.end);
      const message = decoded(decode_join_message, next.body);
      if (message === undefined) return end(() => handler.violation());
      handler.message(message);
    }
  };
  stream.onEnd = () => end(() => handler.ended(undefined));
  stream.onClose = (error) => end(() => handler.ended(error));
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}

/** The first whole frame; undefined where it has not come yet. */
function cut(bytes: Uint8Array): { body: Uint8Array; end: number } | "violation" | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (length > JOIN_MAX_MESSAGE) return "violation";
  const end = HEAD_BYTES + length;
  return bytes.length < end ? undefined : { body: bytes.subarray(HEAD_BYTES, end), end };
}
