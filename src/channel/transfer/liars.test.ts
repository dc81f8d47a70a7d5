// A peer that keeps to the protocol, but for one lie.
import { describe, expect, test } from "vitest";
import { offer } from "../../../test/support/transfer-messages.ts";
import { nodeCrypto } from "../../../test/support/world-pieces.ts";
import { Kind, type Message, offerMessage } from "./messages.ts";
import { ReceiverCore, type ReceiverEffect } from "./receiver.ts";
import { SenderCore, type SenderEffect } from "./sender.ts";

describe("a peer that goes along, and lies at one point", () => {
  const DIGEST = new Uint8Array(32).fill(1);
  const LIE = new Uint8Array(32).fill(2);
  /** Two blocks. */
  const two = offer({ size: 32 });

  function stopOf(effects: readonly (SenderEffect | ReceiverEffect)[]): string | undefined {
    const failed = effects.find((effect) => effect.kind === "failed");
    return failed?.kind === "failed" ? failed.error.code : undefined;
  }

  /** A sender whose every block was answered to agree. */
  function agreedSender(): {
    core: SenderCore;
    say: (message: Message) => readonly SenderEffect[];
    commit: () => Uint8Array;
  } {
    const core = new SenderCore(two, nodeCrypto);
    const say = (message: Message) => core.handle({ kind: "message", message });
    core.start();
    say({ kind: 2, accept: { basis: 0, present: 2 } });
    core.handle({ kind: "digested", digests: [DIGEST, DIGEST] });
    say({ kind: 4, needed: { pass: 0, first: 0, count: 2, bits: new Uint8Array(1) } });
    const commit = () => {
      const [effect] = core.handle({ kind: "checked", isSame: true });
      if (effect?.kind !== "send" || effect.message.kind !== Kind.TRANSFER_COMMIT)
        throw new Error("no commit");
      return effect.message.commit;
    };
    return { core, say, commit };
  }

  /** A receiver that has compared two blocks, and found them good. */
  function agreedReceiver(): {
    core: ReceiverCore;
    say: (message: Message) => readonly ReceiverEffect[];
    verified: Uint8Array;
  } {
    const core = new ReceiverCore(nodeCrypto);
    const say = (message: Message) => core.handle({ kind: "message", message });
    say(offerMessage(two));
    core.handle({ kind: "opened", basis: "part", presentBytes: 32 });
    say({ kind: 3, digests: { pass: 0, first: 0, digests: [DIGEST, DIGEST] } });
    const last = core.handle({ kind: "digested", digests: [DIGEST, DIGEST] }).at(-1);
    if (last?.kind !== "send" || last.message.kind !== Kind.TRANSFER_VERIFIED)
      throw new Error("not verified");
    return { core, say, verified: last.message.verified };
  }

  test("honest ones agree", () => {
    const sender = agreedSender();
    const receiver = agreedReceiver();
    expect(sender.say({ kind: 7, verified: receiver.verified })).toEqual([{ kind: "check" }]);
    const commit = sender.commit();
    expect(receiver.say({ kind: 8, commit })).toEqual([{ kind: "commit", offer: two }]);
    const done = receiver.core.handle({ kind: "committed" });
    expect(done.map(({ kind }) => kind)).toEqual(["send", "done"]);
    const end = sender.say({ kind: 9, done: { transcript: commit, was_present: false } });
    expect(end.map(({ kind }) => kind)).toEqual(["done"]);
  });

  test("about what it has verified, or named", () => {
    expect(stopOf(agreedSender().say({ kind: 7, verified: LIE }))).toBe("TRANSFER_DIFFERS");
    const { say, commit } = agreedSender();
    say({ kind: 7, verified: agreedReceiver().verified });
    commit();
    expect(stopOf(say({ kind: 9, done: { transcript: LIE, was_present: false } }))).toBe("TRANSFER_DIFFERS");
  });

  test("before its time", () => {
    const { verified } = agreedReceiver();
    expect(stopOf(agreedSender().say({ kind: 9, done: { transcript: verified, was_present: false } }))).toBe(
      "TRANSFER_PROTOCOL",
    );
    const core = new SenderCore(two, nodeCrypto);
    core.start();
    expect(stopOf(core.handle({ kind: "message", message: { kind: 7, verified } }))).toBe(
      "TRANSFER_PROTOCOL",
    );
  });

  test("about what is to get the name", () => {
    const effects = agreedReceiver().say({ kind: 8, commit: LIE });
    expect(stopOf(effects)).toBe("TRANSFER_DIFFERS");
    expect(effects.map(({ kind }) => kind)).not.toContain("commit");
  });

  test("by sending a block that was not asked for, or twice, or of another length", () => {
    const block = (index: number, length = 16): Message => ({
      kind: 5,
      block: { index, data: new Uint8Array(length) },
    });
    for (const messages of [[block(0)], [block(1), block(1)], [block(2)], [block(1, 15)], [block(1, 0)]]) {
      const core = new ReceiverCore(nodeCrypto);
      core.handle({ kind: "message", message: offerMessage(two) });
      // The first block is there and good.
      core.handle({ kind: "opened", basis: "part", presentBytes: 16 });
      core.handle({
        kind: "message",
        message: { kind: 3, digests: { pass: 0, first: 0, digests: [DIGEST] } },
      });
      core.handle({ kind: "digested", digests: [DIGEST] });
      const effects = messages.map((message) => core.handle({ kind: "message", message }));
      expect(stopOf(effects.at(-1) ?? [])).toBe("TRANSFER_PROTOCOL");
      expect(effects.at(-1)?.map(({ kind }) => kind)).not.toContain("write");
    }
  });

  test("a store that has another file of the name says so before anything is compared", () => {
    const core = new ReceiverCore(nodeCrypto);
    core.handle({ kind: "message", message: offerMessage(two) });
    expect(stopOf(core.handle({ kind: "opened", basis: "present", presentBytes: 33 }))).toBe(
      "TRANSFER_EXISTS",
    );
  });
});
