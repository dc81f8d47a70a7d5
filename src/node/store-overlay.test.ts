import { describe, expect, it } from "vitest";
import { bytes, pattern } from "../world/contract/contract.ts";
import type { Change, Span } from "../world/index.ts";
import { NO_DEMAND, plus } from "./store-demand.ts";
import { encodeRecord } from "./store-log-format.ts";
import { keyString, Overlay } from "./store-overlay.ts";

/** Where a record has the length of its changes. */
const LENGTH_AT = 8;
const VALUE = pattern(16_404);
const patch = (name: string, ...spans: Span[]): Change => ({ key: bytes(name), value: VALUE, spans });
const whole = (name: string): Change => ({ key: bytes(name), value: VALUE });

function overlayOf(...changes: Change[]): Overlay {
  const overlay = new Overlay();
  for (const change of changes) overlay.add([change]);
  return overlay;
}

/** What the overlay's changes take in a record that is really written. */
function written(overlay: Overlay): number {
  const target = Buffer.alloc(100_000);
  encodeRecord(target, 0, 1, overlay.changes.values(), () => 0, 1);
  return target.readUInt32BE(LENGTH_AT);
}

describe("an overlay", () => {
  it("joins the spans of a key's changes, and has none over a whole value or a removal", () => {
    const first = patch("k", { from: 4, to: 8 }, { from: 100, to: 200 });
    const second = patch("k", { from: 150, to: 300 });
    const spansOf = (...changes: Change[]) => overlayOf(...changes).find(keyString(bytes("k")))?.spans;
    expect(spansOf(first, second)).toEqual([
      { from: 4, to: 8 },
      { from: 100, to: 300 },
    ]);
    expect(spansOf(whole("k"), second)).toBeUndefined();
    expect(spansOf(first, whole("k"))).toBeUndefined();
    expect(spansOf({ key: bytes("k"), value: undefined }, second)).toBeUndefined();
    expect(overlayOf(first, second).find(keyString(bytes("k")))?.value).toBe(VALUE);
  });

  it("knows what its changes take in the log, those alone that count in the end", () => {
    const overlays = [
      overlayOf(whole("a"), patch("b", { from: 0, to: 4096 })),
      overlayOf(
        patch("k", { from: 0, to: 10 }),
        patch("k", { from: 5, to: 30 }),
        patch("k", { from: 40, to: 50 }),
      ),
      overlayOf(patch("k", { from: 0, to: 10 }), whole("k"), patch("k", { from: 1, to: 2 })),
      overlayOf(whole("k"), { key: bytes("k"), value: undefined }),
      overlayOf(patch("k")),
    ];
    for (const overlay of overlays) expect(overlay.loggedBytes).toBe(written(overlay));
  });

  it("needs for a change of a value that is counted already its spans, unless the value may have grown by them", () => {
    const overlay = overlayOf(
      patch("counted", { from: 0, to: 4096 }),
      patch("longer", { from: 16_400, to: 16_404 }),
      patch("new", { from: 0, to: 4096 }),
    );
    const demand = overlay.demandBeyond((name) => name !== keyString(bytes("new")));
    const alone = (change: Change) => overlayOf(change).demandBeyond(() => false);
    const two = plus(alone(whole("longer")), alone(whole("new")));
    expect(demand.added).toBe(2);
    expect(demand.contentBytes).toBe(two.contentBytes);
    expect(demand.bytes - two.bytes).toBeGreaterThanOrEqual(4096);
    expect(demand.bytes - two.bytes).toBeLessThan(5000);
    expect(demand.grownBytes).toBeLessThan(10_000);
    expect(overlayOf().demandBeyond(() => true)).toMatchObject(NO_DEMAND);
  });
});
