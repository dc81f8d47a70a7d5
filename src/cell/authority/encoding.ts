/** Values of the generated codecs as bytes. */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";

export function encoded<T>(encode: (writer: XdrWriter, value: T) => void, value: T): Uint8Array {
  const writer = new XdrWriter(256);
  encode(writer, value);
  return writer.detach(0);
}

/** The value that fills `bytes`, in memory of its own; undefined for bytes that are no such value. */
export function decoded<T>(decode: (reader: XdrReader) => T, bytes: Uint8Array): T | undefined {
  try {
    const reader = new XdrReader(Uint8Array.from(bytes));
    const value = decode(reader);
    reader.finish();
    return value;
  } catch {
    return undefined;
  }
}
