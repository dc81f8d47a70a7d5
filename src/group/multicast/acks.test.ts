/** When acknowledgments go out: together, after a short time, and at once when somebody waits or much has come. */
import { describe, expect, it } from "vitest";
import { Acks } from "./acks.ts";
import { Lane } from "./lane.ts";
import { defaultMulticastLimits } from "./limits.ts";

const limits = { ...defaultMulticastLimits, ackItems: 10, ackBytes: 1000, ackDelayMs: 5 };

class Scene {
  readonly lanes = [0, 1, 2].map((rank) => new Lane(rank));
  readonly acks = new Acks(3, limits);
  readonly sent: string[] = [];
  /** By rank: the most that may be acknowledged. */
  readonly most = [1e9, 1e9, 1e9];

  comes(rank: number, items: number, bytes: number, nowMs: number, isUrgent = false): void {
    const lane = this.lanes[rank] as Lane;
    lane.received += items;
    this.acks.owe(lane, bytes, isUrgent, nowMs);
  }

  flush(nowMs: number): string[] {
    const countOf = (rank: number) =>
      Math.min(this.lanes[rank]?.received as number, this.most[rank] as number);
    this.acks.flush(this.lanes, countOf, nowMs, (rank, count) => this.sent.push(`${rank}:${count}`));
    return this.sent.splice(0);
  }
}

describe("acknowledgments", () => {
  it("wait for company, and go together a delay after the first", () => {
    const scene = new Scene();
    scene.comes(1, 1, 10, 100);
    scene.comes(2, 2, 10, 103);
    expect(scene.acks.dueMs).toBe(105);
    expect(scene.flush(104)).toEqual([]);
    expect(scene.flush(105)).toEqual(["1:1", "2:2"]);
    expect([scene.acks.dueMs, scene.flush(200)]).toEqual([Number.POSITIVE_INFINITY, []]);
  });

  it("go at once for whoever waits, and leave the others their time", () => {
    const scene = new Scene();
    scene.comes(1, 1, 10, 100);
    scene.comes(2, 1, 10, 101, true);
    expect(scene.acks.dueMs).toBe(Number.NEGATIVE_INFINITY);
    expect(scene.flush(101)).toEqual(["2:1"]);
    expect([scene.acks.dueMs, scene.flush(105)]).toEqual([105, ["1:1"]]);
  });

  it.each([
    ["items", 10, 1],
    ["bytes", 1, 1000],
  ])("go at once after so many %s", (_, items, bytes) => {
    const scene = new Scene();
    scene.comes(1, items - 1, bytes - 1, 100);
    expect(scene.flush(100)).toEqual([]);
    scene.comes(1, 1, 1, 100);
    expect(scene.flush(100)).toEqual([`1:${items}`]);
    scene.comes(1, 1, 1, 100);
    expect(scene.flush(100)).toEqual([]);
  });

  it("are of what may be acknowledged, and come again for the rest", () => {
    const scene = new Scene();
    scene.most[1] = 2;
    scene.comes(1, 5, 10, 100, true);
    expect(scene.flush(100)).toEqual(["1:2"]);
    expect(scene.flush(105)).toEqual([]);
    scene.most[1] = 5;
    expect(scene.acks.dueMs).toBe(110);
    expect(scene.flush(110)).toEqual(["1:5"]);
  });

  it("do not go out while they are held, nor ask for a time, and are owed still", () => {
    const scene = new Scene();
    scene.acks.isHeld = true;
    scene.comes(1, 1, 10, 100, true);
    expect([scene.acks.dueMs, scene.flush(1000)]).toEqual([Number.POSITIVE_INFINITY, []]);
    scene.acks.isHeld = false;
    expect(scene.flush(1000)).toEqual(["1:1"]);
  });

  it("are not sent for what was told otherwise, and are sent for what must be told again", () => {
    const scene = new Scene();
    scene.comes(1, 3, 10, 100);
    scene.acks.told(1, 3);
    expect(scene.flush(105)).toEqual([]);
    scene.comes(2, 3, 10, 200);
    scene.acks.told(2, 0);
    expect(scene.flush(205)).toEqual(["2:3"]);
  });
});
