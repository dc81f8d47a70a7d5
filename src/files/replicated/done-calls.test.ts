import { describe, expect, it } from "vitest";
import { collectGarbage } from "../../../test/support/collect-garbage.ts";
import { Simulation } from "../../sim/index.ts";
import type { Store } from "../../world/index.ts";
import { type Done, DoneCalls } from "./done-calls.ts";

const WINDOW = 64;
const MIB = 1024 * 1024;

function withStore(body: (store: Store, open: () => DoneCalls) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("a");
  return sim.run(async () => {
    const store = await world.storage.open("s");
    await body(store, () => new DoneCalls((bytes) => world.crc32(bytes), store, WINDOW));
  });
}

/** What an entry of unstable writes leaves, whose session is where the entry came: in the middle of a message. */
function doneOf(index: number, message: Uint8Array, session: number): Done {
  const bytes = message.subarray(100, 116).fill(session);
  return {
    index,
    time: { seconds: index, nanoseconds: 0 },
    identities: [{ high: 1, low: index }],
    replies: [],
    touched: [{ layer: 0, inode: 7, session: bytes, extents: [{ from: 0, to: 10 }] }],
  };
}

describe("DoneCalls", () => {
  it("holds nothing of the messages that its entries came in", () =>
    withStore(async (store, open) => {
      const done = open();
      const take = (index: number) => {
        const message = new Uint8Array(MIB);
        store.apply(done.add(doneOf(index, message, index)));
        return new WeakRef(message.buffer);
      };
      const messages = Array.from({ length: WINDOW }, (_, at) => take(at + 1));
      // A WeakRef holds what it refers to until the turn in which it was made or asked is over.
      await store.sync();
      collectGarbage();
      expect(messages.filter((message) => message.deref() !== undefined).length).toBe(0);
      expect(done.find({ high: 1, low: WINDOW }, 1)?.index).toBe(WINDOW);
    }));

  it("tells a session from another, whether it was read or came", () =>
    withStore(async (store, open) => {
      const came = open();
      const message = new Uint8Array(MIB);
      store.apply(came.add(doneOf(1, message.slice(), 5)));
      const [mine] = doneOf(2, message.slice(), 5).touched;
      const [others] = doneOf(2, message.slice(), 6).touched;
      for (const done of [came, open()]) {
        expect(mine && done.isOvertaken(mine, 0)).toBe(false);
        expect(others && done.isOvertaken(others, 0)).toBe(true);
        expect(others && done.isOvertaken(others, 1)).toBe(false);
      }
    }));
});
