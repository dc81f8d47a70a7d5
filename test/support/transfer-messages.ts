/** Messages of transfers, for tests of what receives them. */
import type { TransferOffer } from "../../src/channel/transfer/index.ts";
import { type Message, offerMessage, stopMessage } from "../../src/channel/transfer/messages.ts";
import type { Prng } from "../../src/sim/index.ts";
import { CoterieError } from "../../src/world/index.ts";

const NAME = new TextEncoder().encode("f");

export function offer(change: Partial<TransferOffer> = {}): TransferOffer {
  const modified = { seconds: 5, nanoseconds: 7 };
  return { name: NAME, size: 100, blockBytes: 16, mode: 0o644, modified, ...change };
}

/** Well-formed, and mostly nonsense. */
export function randomMessage(random: Prng): Message {
  const digest = () => random.bytes(32);
  const index = () => (random.chance(0.8) ? random.below(9) : random.uint32());
  switch (1 + random.below(10)) {
    case 1:
      return offerMessage(offer({ size: random.below(200) }));
    case 2:
      return { kind: 2, accept: { basis: random.chance(0.5) ? 0 : 1, present: index() } };
    case 3:
      return {
        kind: 3,
        digests: {
          pass: random.below(3),
          first: index(),
          digests: Array.from({ length: random.below(20) }, digest),
        },
      };
    case 4:
      return {
        kind: 4,
        needed: {
          pass: random.below(3),
          first: index(),
          count: index(),
          bits: random.bytes(random.below(33)),
        },
      };
    case 5:
      return {
        kind: 5,
        block: { index: index(), data: random.bytes(random.chance(0.7) ? 16 : random.below(40)) },
      };
    case 6:
      return { kind: 6, pass: random.below(3) };
    case 7:
      return { kind: 7, verified: digest() };
    case 8:
      return { kind: 8, commit: digest() };
    case 9:
      return { kind: 9, done: { transcript: digest(), was_present: random.chance(0.5) } };
    default:
      return random.chance(0.2)
        ? stopMessage(new CoterieError("TRANSFER_CHANGED", "x"))
        : { kind: 6, pass: 0 };
  }
}
