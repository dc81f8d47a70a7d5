/** One session of a node at a time: what an earlier one still brings is never put behind later mail. */
import { describe, expect, it } from "vitest";
import { CoterieError, silentLog, type Timers } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import { Arrivals } from "./arrivals.ts";
import { Box } from "./box.ts";
import { decodeFrame, encodeFrame, type Frame, FrameType } from "./frames.ts";
import { mailbox_refusal } from "./gen/mailbox.gen.ts";

/** Runs what is due when it is told. */
class Turns implements Timers {
  #due: (() => void)[] = [];
  after(): never {
    throw new Error("nothing here waits");
  }
  soon(run: () => void): void {
    this.#due.push(run);
  }
  run(): void {
    for (const run of this.#due.splice(0)) run();
  }
}

/** The receiver's end of a channel, of which the test is the other. */
class End implements Channel {
  readonly local = { host: "10.0.0.1", port: 1 };
  readonly remote = { host: "10.0.0.2", port: 2 };
  readonly peerKey: Uint8Array | undefined;
  sent = 0;
  readonly frames: Frame[] = [];
  readonly acknowledged = 0;
  readonly pendingBytes = 0;
  isDestroyed = false;
  onMessage: (message: Uint8Array) => void = () => {};
  onAcknowledged: () => void = () => {};
  onDrain: () => void = () => {};
  onEnd: () => void = () => {};
  onClose: (error: CoterieError | undefined) => void = () => {};

  constructor(peerKey?: Uint8Array) {
    this.peerKey = peerKey;
  }
  send(frame: Uint8Array): number {
    this.frames.push(decodeFrame(frame));
    return ++this.sent;
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    this.isDestroyed = true;
  }

  hello(life: bigint, session: number): void {
    const sender = new Uint8Array([7]);
    this.onMessage(
      encodeFrame({ type: FrameType.MAILBOX_HELLO, hello: { release: 1, sender, life, session } }),
    );
  }
  open(box = 1): void {
    this.onMessage(encodeFrame({ type: FrameType.MAILBOX_OPEN, open: { box, name: "box" } }));
  }
  leave(box: number): void {
    this.onMessage(encodeFrame({ type: FrameType.MAILBOX_LEAVE, left: box }));
  }
  mail(text: string, box = 1): void {
    const mail = { box, until: 0, request: 0, message: new TextEncoder().encode(text) } as const;
    this.onMessage(encodeFrame({ type: FrameType.MAILBOX_MAIL, mail }));
  }
}

function setUp() {
  const box = new Box({ maxMessages: 100, maxBytes: 1000 });
  const timers = new Turns();
  const limits = { maxBoxes: 4, maxReplyBytes: 1000, maxSessions: 3 };
  const arrivals = new Arrivals(
    { timers, log: silentLog },
    (name) => (name === "box" ? box : undefined),
    limits,
  );
  const accept = (peerKey?: Uint8Array): End => {
    const end = new End(peerKey);
    arrivals.accept(end);
    return end;
  };
  const contents = () => {
    const all: string[] = [];
    for (let mail = box.take(); mail !== undefined; mail = box.take())
      all.push(new TextDecoder().decode(mail.message));
    return all;
  };
  return { arrivals, accept, contents, timers, box };
}

describe("sessions of one node", () => {
  it("end with the next: late mail of an earlier one is dropped", () => {
    const { accept, contents, arrivals } = setUp();
    const [first, second] = [accept(), accept()];
    first.hello(1n, 1);
    first.open();
    first.mail("1");
    second.hello(1n, 2);
    second.open();
    second.mail("2");
    first.mail("late");
    expect(contents()).toEqual(["1", "2"]);
    expect([first.isDestroyed, second.isDestroyed, arrivals.count]).toEqual([true, false, 1]);
  });

  it("that come in the wrong order are refused, also when the later one is over", () => {
    const { accept, contents } = setUp();
    const [first, second] = [accept(), accept()];
    second.hello(1n, 2);
    second.open();
    second.mail("2");
    second.onClose(undefined);
    first.hello(1n, 1);
    first.open();
    first.mail("1");
    expect([contents(), first.isDestroyed]).toEqual([["2"], true]);
    const nextLife = accept();
    nextLife.hello(2n, 1);
    nextLife.open();
    nextLife.mail("another life");
    expect(contents()).toEqual(["another life"]);
  });

  it("are those of the same proven key: nobody ends another's by taking its name", () => {
    const { accept } = setUp();
    const [honest, thief] = [accept(new Uint8Array([1])), accept(new Uint8Array([2]))];
    honest.hello(1n, 1);
    thief.hello(1n, 2);
    expect([honest.isDestroyed, thief.isDestroyed]).toEqual([false, false]);
  });

  it("have no more mailboxes open than they may: the next is refused, and the channel stays", () => {
    const { accept, timers, contents } = setUp();
    const end = accept();
    end.hello(1n, 1);
    for (let number = 1; number <= 6; number++) end.open(number);
    timers.run();
    const refusals = end.frames.filter(({ type }) => type === FrameType.MAILBOX_REFUSED);
    expect(refusals.map((frame) => "refused" in frame && frame.refused)).toEqual(
      [5, 6].map((box) => ({ box, why: mailbox_refusal.MAILBOX_TOO_MANY })),
    );
    end.leave(1);
    end.leave(5);
    end.open(7);
    end.mail("1", 7);
    expect([contents(), end.isDestroyed]).toEqual([["1"], false]);
  });

  it("outlive a program that fails over their mail: that is no fault of the sender's", () => {
    const { accept, contents, box } = setUp();
    const end = accept();
    end.hello(1n, 1);
    end.open();
    box.onArrival = () => {
      throw new CoterieError("STORE_FULL", "a program's own error");
    };
    expect(() => end.mail("1")).toThrow("a program's own error");
    box.onArrival = () => {};
    end.mail("2");
    expect([contents(), end.isDestroyed]).toEqual([["1", "2"], false]);
  });

  it("are bounded, and what breaks the protocol is dropped with its credit", () => {
    const { accept, arrivals, box, timers } = setUp();
    const ends = [accept(), accept(), accept(), accept()];
    expect(ends.map(({ isDestroyed }) => isDestroyed)).toEqual([false, false, false, true]);
    ends[0]?.hello(1n, 1);
    ends[0]?.open();
    timers.run();
    expect(ends[0]?.sent).toBe(2);
    expect(box.free.messages).toBeLessThan(100);
    ends[0]?.onMessage(new Uint8Array([1, 2, 3]));
    expect([ends[0]?.isDestroyed, arrivals.count, box.free.messages]).toEqual([true, 2, 100]);
    arrivals.close();
    expect(ends.every(({ isDestroyed }) => isDestroyed)).toBe(true);
  });
});
