import { CoterieError, defineErrors } from "../world/index.ts";

/** Summary and remedy of each XDR_… code, as `coterie explain` shows them. */
export const marshalErrors = defineErrors({
  XDR_SHORT: {
    summary: "The message ends before the value that it should hold.",
    remedy: "The sender cut it short or means another type: compare both sides' interface definitions.",
  },
  XDR_TRAILING: {
    summary: "Bytes follow the value that should have been the message's last.",
    remedy: "The sender means another type: compare both sides' interface definitions.",
  },
  XDR_RANGE: {
    summary: "A length or value is outside what the interface definition allows.",
    remedy:
      "Compare both sides' interface definitions; when encoding, look at the value named in the message.",
  },
  XDR_PADDING: {
    summary: "The bytes that fill a value up to four are not zero.",
    remedy: "The sender breaks RFC 4506; it, or the message on its way, is damaged.",
  },
  XDR_DEPTH: {
    summary: "A recursive value nests deeper than the decoder's bound.",
    remedy:
      "Send flatter data. A linked list (a struct whose last field is the optional next one) is no nesting and may be of any length.",
  },
  XDR_SIZE: {
    summary: "What is encoded grows over the writer's bound.",
    remedy: "Send less at once; a value that refers to itself never ends.",
  },
  XDR_TEXT: {
    summary: "A string is not valid UTF-8, or holds what UTF-8 cannot say.",
    remedy: "Declare names of any encoding as `opaque<>`: the bytes on the wire are the same.",
  },
});

export type MarshalErrorCode = keyof typeof marshalErrors;

/** Bytes that are not the value they should be, or a value that its type does not allow. */
export class XdrError extends CoterieError {
  constructor(code: MarshalErrorCode, message: string) {
    super(code, message);
    this.name = "XdrError";
  }
}
