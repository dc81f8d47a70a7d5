import { describe, expect, it } from "vitest";
import {
  FIRST_REORDERING_PACKETS,
  MAX_REORDERING_PACKETS,
  MAX_REORDERING_SHARE,
  Reordering,
} from "./reordering.ts";

describe("reordering", () => {
  it("is tolerated as far as it was seen, never less, and within bounds", () => {
    const reordering = new Reordering();
    expect([reordering.packets, reordering.share]).toEqual([FIRST_REORDERING_PACKETS, 1 / 8]);
    reordering.seen(20);
    expect([reordering.packets, reordering.share]).toEqual([20, 2 / 8]);
    reordering.seen(5);
    expect([reordering.packets, reordering.share]).toEqual([20, 3 / 8]);
    for (let times = 0; times < 20; times++) reordering.seen(100_000);
    expect([reordering.packets, reordering.share]).toEqual([MAX_REORDERING_PACKETS, MAX_REORDERING_SHARE]);
  });
});
