/** Credit: the box is never over its bounds, nobody stops it from being used, and everybody's turn comes. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { randomBelow } from "../../world/index.ts";
import { Box, type Claimant, type Delivery } from "./box.ts";

/** A claimant whose answers travel: grants and recalls are noted, and acted on when the test says. */
class Sender implements Claimant {
  messages = 0;
  bytes = 0;
  recalls = 0;
  takenCount = 0;
  isClosed = false;
  isWanting = false;

  /** Sends within its credit, as senders do. */
  send(box: Box, bytes: number): boolean {
    this.messages--;
    this.bytes -= bytes;
    return box.put(this, mail(bytes));
  }

  granted(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
    this.isWanting = false;
  }
  recall(): void {
    this.recalls++;
  }
  taken(): void {
    this.takenCount++;
  }
  closed(): void {
    this.isClosed = true;
  }
}

const mail = (bytes: number): Delivery => ({ message: new Uint8Array(bytes), reply: undefined });

/** Answers recalls at once. */
function prompt(box: Box, sender: Sender): Sender {
  sender.recall = () => {
    const [messages, bytes] = [sender.messages, sender.bytes];
    sender.messages = sender.bytes = 0;
    expect(box.giveBack(sender, messages, bytes)).toBe(true);
  };
  return sender;
}

describe("a box", () => {
  it("gives a newcomer some credit, and takes mail within it only", () => {
    const box = new Box({ maxMessages: 16, maxBytes: 800 });
    const sender = new Sender();
    box.attach(sender);
    expect([sender.messages, sender.bytes]).toEqual([2, 100]);
    expect(box.put(sender, mail(101))).toBe(false);
    expect(box.put(sender, mail(60))).toBe(true);
    expect(box.put(sender, mail(60))).toBe(false);
    expect(box.put(new Sender(), mail(1))).toBe(false);
    expect(box.length).toBe(1);
  });

  it("raises the credit again as mail is taken out", () => {
    const box = new Box({ maxMessages: 16, maxBytes: 800 });
    const sender = new Sender();
    box.attach(sender);
    for (let n = 0; n < 100; n++) {
      expect(sender.send(box, 50)).toBe(true);
      expect(box.take()?.message.length).toBe(50);
    }
    expect(sender.takenCount).toBe(100);
  });

  it("lets the first in line have a mail of the whole box, by calling back what others do not use", () => {
    const box = new Box({ maxMessages: 4, maxBytes: 1000 });
    const idle = prompt(box, new Sender());
    const waiting = new Sender();
    box.attach(idle);
    box.attach(waiting);
    expect(idle.bytes).toBeGreaterThan(0);
    expect(box.want(waiting, 1000)).toBe(true);
    expect(idle.bytes).toBe(0);
    expect(waiting.bytes).toBe(1000);
    expect(waiting.send(box, 1000)).toBe(true);
    expect(box.want(idle, 1001)).toBe(false);
  });

  it("serves the line in order: a small mail does not pass a large one", () => {
    const box = new Box({ maxMessages: 8, maxBytes: 100 });
    const [filler, large, small] = [new Sender(), new Sender(), new Sender()];
    box.attach(filler);
    box.want(filler, 90);
    filler.send(box, 90);
    box.attach(large);
    box.attach(small);
    const before = [large.bytes, small.bytes];
    box.want(large, 80);
    box.want(small, 20);
    expect([large.bytes, small.bytes]).toEqual(before);
    prompt(box, filler).recall();
    box.take();
    expect(large.bytes).toBeGreaterThanOrEqual(80);
  });

  it("frees the credit of who leaves, and tells those who stay when it closes", () => {
    const box = new Box({ maxMessages: 2, maxBytes: 10 });
    const [gone, stays] = [new Sender(), new Sender()];
    box.attach(gone);
    box.want(gone, 10);
    box.attach(stays);
    box.want(stays, 10);
    expect(stays.bytes).toBe(0);
    box.detach(gone);
    expect(stays.bytes).toBe(10);
    stays.send(box, 4);
    box.close();
    expect([box.length, stays.isClosed, gone.isClosed, box.isClosed]).toEqual([0, true, false, true]);
    expect(box.put(stays, mail(1))).toBe(false);
  });

  it("refuses bounds that are none", () => {
    for (const maxMessages of [0, 1.5, -1, 2 ** 32]) {
      expect(() => new Box({ maxMessages, maxBytes: 10 })).toThrow(RangeError);
    }
  });

  it("keeps its bounds and serves everybody, whatever senders and readers do", () => {
    for (let seed = 1; seed <= 200; seed++) churn(seed);
  });
});

/** Senders with mail of random sizes, credit and recalls that travel, a reader; then everything is read and all mail arrives. */
function churn(seed: number): void {
  const random = seededRandom(seed);
  const limits = { maxMessages: 1 + randomBelow(random, 12), maxBytes: 20 + randomBelow(random, 400) };
  const box = new Box(limits);
  const senders = Array.from({ length: 1 + randomBelow(random, 6) }, () => ({
    credit: new Sender(),
    left: Array.from({ length: 20 }, () => randomBelow(random, limits.maxBytes + 1)),
  }));
  for (const { credit } of senders) box.attach(credit);
  let quiet = 0;
  for (let step = 0; senders.some(({ left }) => left.length > 0) || box.length > 0; step++) {
    if (step === 20_000) throw new Error(`seed ${seed} comes to rest with mail left`);
    const sender = senders[randomBelow(random, senders.length)] as (typeof senders)[number];
    const { credit, left } = sender;
    if (randomBelow(random, 3) === 0 && quiet++ > 50) box.take();
    else if (credit.recalls > 0 && randomBelow(random, 2) === 0) {
      credit.recalls = 0;
      const [messages, bytes] = [credit.messages, credit.bytes];
      credit.messages = credit.bytes = 0;
      must(box.giveBack(credit, messages, bytes), `seed ${seed}: credit that it has is taken back`);
    } else if (left[0] !== undefined && credit.messages > 0 && credit.bytes >= left[0]) {
      must(credit.send(box, left.shift() as number), `seed ${seed}: mail within its credit is taken`);
    } else if (left[0] !== undefined && !credit.isWanting) {
      credit.isWanting = true;
      must(box.want(credit, left[0]), `seed ${seed}: a mail that fits the box may be wanted`);
    }
    const promised = senders.reduce((sum, { credit: { messages } }) => sum + messages, 0);
    const { messages, bytes } = box.free;
    must(messages >= 0 && bytes >= 0, `seed ${seed}: nothing is promised twice`);
    must(box.length + promised + messages === limits.maxMessages, `seed ${seed}: no credit is lost or made`);
  }
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}
