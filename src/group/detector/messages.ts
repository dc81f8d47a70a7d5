/** What detectors say to each other, as bytes: `x/detector.x`. */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import {
  decode_detector_message,
  type detector_message,
  detector_message_type,
  encode_detector_message,
} from "./gen/detector.gen.ts";

export type DetectorMessage = detector_message;
export const { DETECTOR_HEARTBEAT, DETECTOR_PING, DETECTOR_ACK, DETECTOR_PING_REQUEST, DETECTOR_PING_ACK } =
  detector_message_type;

export function encodeDetectorMessage(message: DetectorMessage): Uint8Array {
  const writer = new XdrWriter(32);
  encode_detector_message(writer, message);
  return writer.detach();
}

/** Undefined for bytes that are no message. */
export function decodeDetectorMessage(bytes: Uint8Array): DetectorMessage | undefined {
  try {
    const reader = new XdrReader(bytes);
    const message = decode_detector_message(reader);
    reader.finish();
    return message;
  } catch (error) {
    if (error instanceof XdrError) return undefined;
    throw error;
  }
}
