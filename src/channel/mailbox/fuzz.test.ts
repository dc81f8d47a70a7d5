/** Whatever the other node says over its channel: a frame is taken or named, and nothing breaks, grows or leaks. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { isCoterieError, type Random, randomBelow } from "../../world/index.ts";
import { Box } from "./box.ts";
import { decodeFrame, encodeFrame, type Frame, FrameType } from "./frames.ts";
import { IncomingSession } from "./incoming.ts";
import { Outbox, type OutgoingMail } from "./outbox.ts";
import { MAX_UNREAD_FRAMES, OutgoingSession } from "./outgoing.ts";
import { Requests } from "./requests.ts";

const RUNS = Number(process.env.COTERIE_FUZZ ?? 20_000);
const hello: Frame = {
  type: FrameType.MAILBOX_HELLO,
  hello: { release: 1, sender: new Uint8Array([1]), life: 1n, session: 1 },
};

/** A frame that makes some sense: small numbers, which meet what is there. */
function likely(random: Random): Frame {
  const small = () => randomBelow(random, 4);
  const box = small();
  const message = random.bytes(small());
  const frames: readonly Frame[] = [
    hello,
    { type: FrameType.MAILBOX_OPEN, open: { box, name: ["box", "none", ""][small() % 3] as string } },
    {
      type: FrameType.MAILBOX_MAIL,
      mail: { box, until: (small() % 3) as 0 | 1 | 2, request: small(), message },
    },
    { type: FrameType.MAILBOX_WANT, want: { box, bytes: small() * 30 } },
    { type: FrameType.MAILBOX_RETURN, returned: { box, messages: small(), bytes: small() } },
    { type: FrameType.MAILBOX_LEAVE, left: box },
    { type: FrameType.MAILBOX_GRANT, granted: { box, messages: small(), bytes: small() * 10 } },
    { type: FrameType.MAILBOX_RECALL, recalled: box },
    { type: FrameType.MAILBOX_DONE, done: { box, delivered: small() >> 1, received: small() >> 1 } },
    { type: FrameType.MAILBOX_REFUSED, refused: { box, why: (small() & 1) as 0 | 1 } },
    { type: FrameType.MAILBOX_REPLY, reply: { request: small(), message } },
    { type: FrameType.MAILBOX_OPENED, opened: { box, bytes: small() * 20 } },
  ];
  return frames[randomBelow(random, frames.length)] as Frame;
}

/** A likely frame's bytes, one in four of them damaged. */
function bytesFor(random: Random): Uint8Array {
  const bytes = encodeFrame(likely(random)).slice();
  if (randomBelow(random, 4) > 0) return bytes;
  if (randomBelow(random, 2) === 0) return bytes.subarray(0, randomBelow(random, bytes.length));
  bytes[randomBelow(random, bytes.length)] = randomBelow(random, 256);
  return bytes;
}

describe("frames", () => {
  it("come back as they were", () => {
    const random = seededRandom(1);
    for (let n = 0; n < 1000; n++) {
      const frame = likely(random);
      expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    }
  });

  it("that are none are named by an error with a code", () => {
    const random = seededRandom(2);
    let refused = 0;
    for (let n = 0; n < 2000; n++) {
      try {
        decodeFrame(random.bytes(randomBelow(random, 40)));
      } catch (error) {
        if (!isCoterieError(error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1900);
  });
});

describe("the side that takes mail", () => {
  it("lives through any frames, within its boxes' bounds, and has all their room again when the session is over", () => {
    const random = seededRandom(3);
    const limits = { maxBoxes: 2, maxReplyBytes: 40 };
    const violations = new Set<string>();
    let taken = 0;
    for (let run = 0; run < RUNS / 20; run++) {
      const box = new Box({ maxMessages: 3, maxBytes: 60 });
      let isFull = false;
      const sent: Uint8Array[] = [];
      const port = { send: (frame: Uint8Array) => !isFull && sent.push(frame) > 0 };
      const events = {
        hello: () => true,
        find: (name: string) => (name === "box" ? box : undefined),
        ready: () => {},
      };
      const session = new IncomingSession(port, events, limits);
      session.receive(encodeFrame(hello));
      for (let n = 0; n < 20; n++) {
        const wrong = session.receive(bytesFor(random));
        if (wrong !== undefined) violations.add(wrong.replaceAll(/\d+/g, "#"));
        isFull = randomBelow(random, 3) === 0;
        session.flush();
        if (randomBelow(random, 4) === 0) {
          const mail = box.take();
          if (mail !== undefined) taken++;
          mail?.reply?.(random.bytes(30));
        }
        expect(box.length <= 3 && box.free.messages >= 0 && box.free.bytes >= 0).toBe(true);
      }
      session.over();
      while (box.take() !== undefined);
      expect(box.free).toEqual({ messages: 3, bytes: 60 });
      for (const frame of sent) decodeFrame(frame);
    }
    expect(taken).toBeGreaterThan(RUNS / 1000);
    // Each rule of the protocol was broken, and told.
    expect(violations.size).toBeGreaterThan(15);
  });
});

describe("the side that sends mail", () => {
  it("keeps no answers without end for a node that takes none", () => {
    const requests = new Requests();
    const outbox = new Outbox(
      "box",
      { maxBufferedMessages: 8, maxBufferedBytes: 100, maxWaiting: 2 },
      requests,
    );
    const self = { sender: new Uint8Array([1]), life: 1n, session: 1 };
    const session = new OutgoingSession({ send: () => false }, self, requests, () => {});
    session.attach(outbox);
    const recall = encodeFrame({ type: FrameType.MAILBOX_RECALL, recalled: 1 });
    let taken = 0;
    while (session.receive(recall) === undefined) taken++;
    expect(taken).toBe(MAX_UNREAD_FRAMES - 1);
  });

  it("takes no more credit than a frame can give back", () => {
    const requests = new Requests();
    const outbox = new Outbox(
      "box",
      { maxBufferedMessages: 8, maxBufferedBytes: 100, maxWaiting: 2 },
      requests,
    );
    const self = { sender: new Uint8Array([1]), life: 1n, session: 1 };
    const session = new OutgoingSession({ send: () => true }, self, requests, () => {});
    session.attach(outbox);
    const granted = encodeFrame({
      type: FrameType.MAILBOX_GRANT,
      granted: { box: 1, messages: 0xffff_ffff, bytes: 0 },
    });
    expect(session.receive(granted)).toBeUndefined();
    expect(session.receive(granted)).toBe("more credit for number 1 than a mailbox has");
  });

  it("lives through any frames, and settles each mail once", () => {
    const random = seededRandom(4);
    const violations = new Set<string>();
    let [done, failed] = [0, 0];
    for (let run = 0; run < RUNS / 20; run++) {
      const requests = new Requests();
      const outcomes = new Map<number, number>();
      const bounds = { maxBufferedMessages: 8, maxBufferedBytes: 100, maxWaiting: 2 };
      const outbox = new Outbox("box", bounds, requests);
      const mail = (n: number): OutgoingMail => ({
        message: random.bytes(randomBelow(random, 30)),
        until: (["buffered", "delivered", "received"] as const)[n % 3] as "buffered",
        wantsReply: n % 4 === 0,
        deadlineMs: Number.POSITIVE_INFINITY,
        buffered: () => {},
        done: () => {
          done++;
          outcomes.set(n, (outcomes.get(n) ?? 0) + 1);
        },
        failed: () => {
          failed++;
          outcomes.set(n, (outcomes.get(n) ?? 0) + 1);
        },
      });
      const sent: Uint8Array[] = [];
      const port = {
        send: (frame: Uint8Array) => randomBelow(random, 4) > 0 && sent.push(frame.slice()) > 0,
      };
      const failAll = () => outbox.fail(() => new Error("over") as never);
      const session = new OutgoingSession(
        port,
        { sender: new Uint8Array([1]), life: 1n, session: 1 },
        requests,
        failAll,
      );
      session.attach(outbox);
      session.receive(encodeFrame({ type: FrameType.MAILBOX_OPENED, opened: { box: 1, bytes: 25 } }));
      session.receive(
        encodeFrame({ type: FrameType.MAILBOX_GRANT, granted: { box: 1, messages: 8, bytes: 200 } }),
      );
      for (let n = 0; n < 20; n++) {
        if (n < 8) outbox.add(mail(n), true);
        session.wake(outbox);
        session.flush();
        const wrong = session.receive(bytesFor(random));
        if (wrong !== undefined) violations.add(wrong.replaceAll(/\d+/g, "#"));
        session.flush();
      }
      failAll();
      expect([...outcomes.values()].every((count) => count === 1)).toBe(true);
      expect([requests.count, outbox.isIdle]).toEqual([0, true]);
      for (const frame of sent) decodeFrame(frame);
    }
    expect(done).toBeGreaterThan(RUNS / 1000);
    expect(failed).toBeGreaterThan(RUNS / 100);
    expect(violations.size).toBeGreaterThan(8);
  });
});
