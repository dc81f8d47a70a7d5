/** What one host, or a network of IPv6, can have of a responder: its share, and nothing of others'. */
import { describe, expect, it } from "vitest";
import { identity } from "../../test/support/channel-scene.ts";
import { Simulation } from "../sim/index.ts";
import { Accepting, type AcceptingLimits } from "./accepting.ts";
import { Credentials } from "./exchange.ts";
import type { initiation, party } from "./gen/channel.gen.ts";
import { Opening } from "./opening.ts";
import { decodePacket, PACKET_INITIATION, PACKET_RETRY } from "./wire.ts";

const { crypto, random } = new Simulation({ seed: 1 }).node("a").world;
const responder = new Credentials(crypto, random, identity(1));
const initiator = new Credentials(crypto, random, identity(2));

/** Hosts of one share, and one that has its own. */
const NETWORKS = [
  [(at: number) => (at < 0 ? "" : "10.0.0.1"), "10.0.0.2"],
  [(at: number) => `2001:db8::${at + 1}`, "2001:db8:0:1::1"],
] as const;

function partyOf(fill: number): party {
  return { incarnation: 1n, id: new Uint8Array(8).fill(fill), reset_token: new Uint8Array(16).fill(fill) };
}

function acceptingOf(limits: Partial<AcceptingLimits>): Accepting {
  const host = { party: () => partyOf(200), refusal: () => undefined };
  const all = { maxHalfOpen: 100, maxHalfOpenPerHost: 3, cookiesFrom: 100, initiationsPerSecond: 1000 };
  return new Accepting(crypto, random, responder, host, { ...all, ...limits });
}

function initiationOf(fill: number): initiation {
  const opening = Opening.begin(initiator.initiator(responder.publicKey), partyOf(fill), 0, 10_000);
  const packet = opening && decodePacket(opening.send(0, 0));
  if (packet?.kind !== PACKET_INITIATION) throw new Error("not an initiation");
  return packet.initiation;
}

describe("a responder", () => {
  it.each(NETWORKS)(
    "remembers so many half-open channels of one host, and others beside them",
    (near, far) => {
      const accepting = acceptingOf({});
      const ask = (host: string, fill: number) => accepting.receive(initiationOf(fill), { host, port: 9 }, 0);
      const verdicts = [0, 1, 2, 3].map((at) => ask(near(at), at));
      expect(verdicts.map(({ kind }) => kind)).toEqual(["open", "open", "open", "drop"]);
      expect(ask(far, 5).kind).toBe("open");
      if (verdicts[0]?.kind === "open") accepting.forget(verdicts[0].halfOpen);
      expect(ask(near(4), 6).kind).toBe("open");
      expect(ask(near(5), 7).kind).toBe("drop");
    },
  );

  it.each(NETWORKS)("works for no host without end, though it has proved its address", (near, far) => {
    const accepting = acceptingOf({ cookiesFrom: 0 });
    /** An initiation with a cookie, damaged: it costs the cryptography, and leaves nothing to count. */
    const forged = (host: string, fill: number, nowMs: number) => {
      const asked = initiationOf(fill);
      const remote = { host, port: 9 };
      const retry = accepting.receive(asked, remote, nowMs);
      const packet = retry.kind === "answer" ? decodePacket(retry.packet) : undefined;
      if (packet?.kind !== PACKET_RETRY) throw new Error("not asked for a cookie");
      const noise = asked.noise.slice();
      noise[70] = (noise[70] as number) ^ 1;
      const verdict = accepting.receive({ ...asked, cookie: packet.retry.cookie, noise }, remote, nowMs);
      return verdict.kind === "drop" ? verdict.why : verdict.kind;
    };
    const whys = [0, 1, 2, 3, 4].map((at) => forged(near(at), at, 0));
    expect(whys).toEqual(["forged", "forged", "forged", "limit", "limit"]);
    expect(forged(far, 9, 0)).toBe("forged");
    expect(forged(near(5), 10, 1000)).toBe("forged");
  });
});
