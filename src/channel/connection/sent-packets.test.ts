import { describe, expect, it } from "vitest";
import { Prng } from "../../sim/prng.ts";
import { ACKNOWLEDGED, MAX_TRACKED_PACKETS, SentPackets } from "./sent-packets.ts";

describe("the records of packets", () => {
  it("keep what was put in, through growth and around the ring", () => {
    let checked = 0;
    for (let seed = 0; seed < 40; seed++) {
      const random = new Prng(`${seed}`, "records");
      const packets = new SentPackets();
      const plain: number[] = [];
      let number = 0;
      for (let step = 0; step < 600; step++) {
        if (random.chance(0.55)) {
          number += 1 + random.below(3);
          packets.push(number, number + 0.5, number % 1000, number * 4, number * 8, 0);
          plain.push(number);
        } else if (plain.length > 0) {
          packets.shift();
          plain.shift();
        }
        if (plain.length === 0) continue;
        const at = random.below(plain.length);
        const index = packets.head + at;
        const wanted = random.below(number + 3);
        const found = [
          packets.tail - packets.head,
          ...[packets.number(index), packets.sentAtMs(index), packets.bytes(index)],
          ...[packets.start(index), packets.end(index), packets.lastUpTo(wanted) - packets.head],
        ];
        const own = plain[at]!;
        const upTo = plain.filter((other) => other <= wanted).length - 1;
        const expected = [plain.length, own, own + 0.5, own % 1000, own * 4, own * 8, upTo];
        if (String(found) !== String(expected)) throw new Error(`seed ${seed}: ${found} for ${expected}`);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(10_000);
  });

  it("jump over runs of acknowledged ones, also after growing", () => {
    const packets = new SentPackets();
    for (let number = 1; number <= 10; number++)
      packets.push(number, 0, 0, 0, 0, number > 3 ? ACKNOWLEDGED : 0);
    packets.noteRun(3, 9);
    expect([packets.skipAcknowledged(9), packets.skipAcknowledged(2)]).toEqual([2, 2]);
    for (let number = 11; number <= 100; number++) packets.push(number, 0, 0, 0, 0, 0);
    expect([packets.skipAcknowledged(9), packets.skipAcknowledged(40)]).toEqual([2, 40]);
    packets.shift();
    packets.setFlags(1, ACKNOWLEDGED);
    packets.setFlags(2, ACKNOWLEDGED);
    expect(packets.skipAcknowledged(9)).toBeLessThan(packets.head);
  });

  it("are bounded, and give their memory back", () => {
    const packets = new SentPackets();
    for (let number = 1; number <= MAX_TRACKED_PACKETS; number++) packets.push(number, 0, 0, 0, 0, 0);
    expect(packets.isFull).toBe(true);
    while (!packets.isEmpty) packets.shift();
    packets.push(70_000, 1, 2, 3, 4, 5);
    expect([packets.number(packets.head), packets.flags(packets.head)]).toEqual([70_000, 5]);
  });
});
