import { describe, expect, it } from "vitest";
import { Prng } from "./index.ts";
import { type Owner, Scheduler, type SimEvent } from "./scheduler.ts";

/** Everything that is left, by name. */
function drain(scheduler: Scheduler, ran: string[]): string[] {
  for (let event = scheduler.take(); event !== undefined; event = scheduler.take()) event.fire();
  return ran;
}

describe("the queue of events", () => {
  it("gives them by time, and by age among those of one time, whatever is added and cancelled between", () => {
    const random = new Prng("1", "scheduler");
    for (let round = 0; round < 50; round++) {
      const scheduler = new Scheduler();
      const wanted: { at: number; order: number }[] = [];
      const ran: { at: number; order: number }[] = [];
      let order = 0;
      const add = () => {
        const entry = { at: scheduler.nowNs + random.below(20), order: order++ };
        const event = scheduler.at(entry.at, undefined, () => ran.push(entry));
        if (random.chance(0.2)) event.cancel();
        else wanted.push(entry);
      };
      for (let i = 0; i < 300; i++) {
        if (random.chance(0.6)) add();
        else scheduler.take()?.fire();
      }
      for (let event = scheduler.take(); event !== undefined; event = scheduler.take()) event.fire();
      expect(ran).toEqual(wanted.sort((a, b) => a.at - b.at || a.order - b.order));
    }
  });

  it("forgets cancelled timers long before they are due", () => {
    const scheduler = new Scheduler();
    const kept: SimEvent[] = [];
    for (let i = 0; i < 100_000; i++) {
      const event = scheduler.after(1e9 + i, undefined, () => {});
      if (i % 1000 === 0) kept.push(event);
      else event.cancel();
    }
    expect(scheduler.length).toBeLessThanOrEqual(1024);
    let fired = 0;
    for (let event = scheduler.take(); event !== undefined; event = scheduler.take()) fired++;
    expect(fired).toBe(kept.length);
  });

  it("parks what is due while its owner does not run", () => {
    const parked: SimEvent[] = [];
    const owner: Owner & { running: boolean } = { running: false, park: (event) => void parked.push(event) };
    const scheduler = new Scheduler();
    const ran: string[] = [];
    scheduler.after(5, owner, () => ran.push("owned"));
    scheduler.after(10, undefined, () => ran.push("free"));
    expect(drain(scheduler, ran)).toEqual(["free"]);
    expect(parked.length).toBe(1);
    owner.running = true;
    scheduler.after(0, undefined, () => ran.push("due now"));
    scheduler.addFirst(parked);
    expect(drain(scheduler, ran)).toEqual(["free", "owned", "due now"]);
  });

  it("moves events to other times", () => {
    const scheduler = new Scheduler();
    const ran: string[] = [];
    const event = scheduler.after(10, undefined, () => ran.push("first"));
    scheduler.after(20, undefined, () => ran.push("second"));
    scheduler.retime((other) => (other === event ? 30 : undefined));
    expect(drain(scheduler, ran)).toEqual(["second", "first"]);
    expect(scheduler.nowNs).toBe(30);
    scheduler.after(5, undefined, () => ran.push("third"));
    scheduler.retime(() => 0);
    expect(drain(scheduler, ran).at(-1)).toBe("third");
    expect(scheduler.nowNs).toBe(30);
  });
});
