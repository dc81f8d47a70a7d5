/** What is written by hand is what the compiled encoder writes. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { encodeFrame, FrameType, mailFrame, messageOf, numberMail } from "./frames.ts";

describe("the frame of a mail", () => {
  it("is what the compiled encoder makes of it, and gives its message back", () => {
    const random = seededRandom(5);
    for (const [number, until] of (["buffered", "delivered", "received"] as const).entries()) {
      for (let length = 0; length < 70; length++) {
        const message = random.bytes(length);
        const [box, request] = [random.uint32(), random.uint32()];
        const frame = mailFrame(message, until);
        numberMail(frame, box, request);
        const mail = { box, until: number as 0 | 1 | 2, request, message };
        expect(frame).toEqual(encodeFrame({ type: FrameType.MAILBOX_MAIL, mail }));
        expect(messageOf(frame, length)).toEqual(message);
      }
    }
  });

  it("is a copy", () => {
    const message = new Uint8Array([1, 2, 3]);
    const frame = mailFrame(message, "received");
    message.fill(0);
    expect(messageOf(frame, 3)).toEqual(new Uint8Array([1, 2, 3]));
  });
});
