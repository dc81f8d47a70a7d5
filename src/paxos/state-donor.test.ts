import { expect, test } from "vitest";
import type { DurableStateMachine, StateSource } from "./machine.ts";
import type { Part, TransferMessage } from "./message.ts";
import { StateDonor } from "./state-donor.ts";
import type { StateHost } from "./state-keeper.ts";

const HEARTBEAT_MS = 50;

test("parts that were lost on a link that held are sent again, when they are asked for a while later", () => {
  let nowMs = 0;
  const sent: TransferMessage[] = [];
  const chunks = [Uint8Array.of(1), Uint8Array.of(2)];
  const source: StateSource = { next: () => chunks.shift(), close() {} };
  const configuration = { nextId: 3, change: 0, members: [] };
  const host = {
    crc32: (data: Uint8Array, seed = 0) => seed + (data[0] ?? 0),
    heartbeatMs: HEARTBEAT_MS,
    life: 1,
    nowMs: () => nowMs,
    applied: () => ({ prefix: { slot: 9, fence: 0, isSealed: true, configuration }, given: 9 }),
    send: (_: number, message: TransferMessage) => void sent.push(message),
  } as unknown as StateHost;
  const machine = { snapshot: () => source } as unknown as DurableStateMachine<unknown>;
  const donor = new StateDonor(host, machine);
  const parts = () => sent.splice(0).flatMap((each) => (each.kind === "part" ? [(each as Part).number] : []));
  const ask = (next: number) => {
    const { stream } = offered;
    donor.wanted(2, { kind: "more", stream, next, until: next + 8 });
    return parts();
  };
  donor.offer(new Set([2]), 7);
  const offered = sent.shift() as Extract<TransferMessage, { kind: "state" }>;
  expect(ask(0)).toEqual([0, 1, 2]);
  // Asked for again and again, as one does who hears nothing: they may still be on their way.
  for (nowMs = 25; nowMs < 5 * HEARTBEAT_MS; nowMs += 25) expect(ask(0)).toEqual([]);
  expect(ask(0)).toEqual([0, 1, 2]);
  nowMs += 25;
  expect(ask(1)).toEqual([]);
  nowMs += 5 * HEARTBEAT_MS;
  expect(ask(1)).toEqual([1, 2]);
});
