/** Both sides of a handshake as the state machines that they are: no network, and time that is a number. */
import { describe, expect, it } from "vitest";
import { Simulation } from "../sim/index.ts";
import { Accepting, type AcceptingLimits, type Host } from "./accepting.ts";
import { COOKIE_SECRET_MS, Cookies } from "./cookies.ts";
import { Credentials, type Security } from "./exchange.ts";
import type { initiation, party } from "./gen/channel.gen.ts";
import { FIRST_RETRY_MS, MAX_COOKIES, MAX_RETRY_MS, Opening } from "./opening.ts";
import { decodePacket, encodePacket, PACKET_INITIATION, PACKET_RESPONSE, PACKET_RETRY } from "./wire.ts";

const { crypto, random } = new Simulation({ seed: 1 }).node("a").world;
const REMOTE = { host: "10.0.0.1", port: 9 };
const shared: Security = { kind: "shared-key", key: new Uint8Array(32).fill(7) };

function partyOf(fill: number, incarnation = BigInt(fill)): party {
  return { incarnation, id: new Uint8Array(8).fill(fill), reset_token: new Uint8Array(16).fill(fill) };
}

const LIMITS: AcceptingLimits = {
  maxHalfOpen: 100,
  maxHalfOpenPerHost: 100,
  cookiesFrom: 100,
  initiationsPerSecond: 1000,
};

function acceptingOf(limits: Partial<AcceptingLimits> = {}, host: Partial<Host> = {}): Accepting {
  const credentials = new Credentials(crypto, random, shared);
  const whole = { party: () => partyOf(2), refusal: () => undefined, ...host };
  return new Accepting(crypto, random, credentials, whole, { ...LIMITS, ...limits });
}

function openingOf(fill = 1): Opening {
  const exchange = new Credentials(crypto, random, shared).initiator(undefined);
  return Opening.begin(exchange, partyOf(fill), 0, 10_000) as Opening;
}

function initiationOf(packet: Uint8Array): initiation {
  const read = decodePacket(packet);
  if (read?.kind !== PACKET_INITIATION) throw new Error("not an initiation");
  return read.initiation;
}

function noiseOf(packet: Uint8Array): Uint8Array {
  const read = decodePacket(packet);
  if (read?.kind !== PACKET_RESPONSE) throw new Error("not a response");
  return read.response.noise;
}

function cookieOf(packet: Uint8Array): Uint8Array {
  const read = decodePacket(packet);
  if (read?.kind !== PACKET_RETRY) throw new Error("not a retry");
  return read.retry.cookie;
}

/** Sends what `opening` says, and returns the verdict. */
function ask(accepting: Accepting, opening: Opening, nowMs = 0) {
  return accepting.receive(initiationOf(opening.send(nowMs, 0)), REMOTE, nowMs);
}

describe("the initiator's side", () => {
  it("repeats itself with delays that double up to a bound, stretched by a quarter at most", () => {
    const opening = openingOf();
    expect(opening.sendAtMs).toBe(0);
    const delays: number[] = [];
    for (let at = 0, nowMs = 0; at < 7; at++) {
      opening.send(nowMs, 0);
      delays.push(opening.sendAtMs - nowMs);
      nowMs = opening.sendAtMs;
    }
    expect(delays).toEqual([FIRST_RETRY_MS, 500, 1000, 2000, MAX_RETRY_MS, MAX_RETRY_MS, MAX_RETRY_MS]);
    const stretched = openingOf();
    stretched.send(0, 1);
    expect(stretched.sendAtMs).toBe(FIRST_RETRY_MS * 1.25);
    expect(opening.giveUpAtMs).toBe(10_000);
  });

  it("sends the same message each time, with the newest cookie, and follows so many of those", () => {
    const opening = openingOf();
    const first = initiationOf(opening.send(0, 0));
    for (let at = 0; at < MAX_COOKIES; at++) {
      opening.retry(new Uint8Array(16).fill(at), 10);
      expect(opening.sendAtMs).toBe(10);
      const again = initiationOf(opening.send(10, 0));
      expect(again).toEqual({ ...first, cookie: new Uint8Array(16).fill(at) });
    }
    opening.retry(new Uint8Array(16).fill(99), 20);
    expect(opening.sendAtMs).toBeGreaterThan(20);
  });

  it("measures the round trip when it asked once, and not when it asked again", () => {
    for (const [times, expected] of [
      [1, 30],
      [2, undefined],
    ] as const) {
      const [accepting, opening] = [acceptingOf(), openingOf()];
      let verdict = ask(accepting, opening, 0);
      for (let at = 1; at < times; at++) verdict = ask(accepting, opening, 10);
      if (verdict.kind === "drop") throw new Error("dropped");
      const answer = opening.answer(noiseOf(verdict.packet), 30, false);
      expect(answer).toMatchObject({ accepted: true, responder: partyOf(2) });
      expect(answer?.accepted === true && answer.roundTripMs).toBe(expected);
    }
  });

  it("passes over forged answers, and counts them, until the true one comes", () => {
    const [accepting, opening] = [acceptingOf(), openingOf()];
    const verdict = ask(accepting, opening);
    if (verdict.kind !== "open") throw new Error("not opened");
    const noise = noiseOf(verdict.packet);
    for (const at of [0, 40, noise.length - 1]) {
      const forged = noise.slice();
      forged[at] = (forged[at] as number) ^ 1;
      expect(opening.answer(forged, 1, false)).toBeUndefined();
    }
    expect(opening.forged).toBe(3);
    expect(opening.answer(noise, 1, false)?.accepted).toBe(true);
  });

  it("ends at an authentic answer that says nothing, and does not break at the next one", () => {
    const opening = openingOf();
    const responder = new Credentials(crypto, random, shared).responder();
    responder.read(initiationOf(opening.send(0, 0)).noise);
    const noise = responder.write(Uint8Array.of(1, 2, 3)) as Uint8Array;
    expect(opening.answer(noise, 1, false)).toEqual({ accepted: false, reason: "violation" });
    expect(opening.forged).toBe(0);
  });

  it("takes no answer of its own endpoint, unless it may", () => {
    for (const mayBeSelf of [false, true]) {
      const [accepting, opening] = [acceptingOf({}, { party: () => partyOf(2, 1n) }), openingOf()];
      const verdict = ask(accepting, opening);
      if (verdict.kind !== "open") throw new Error("not opened");
      const answer = opening.answer(noiseOf(verdict.packet), 1, mayBeSelf);
      expect(answer).toMatchObject(mayBeSelf ? { accepted: true } : { accepted: false, reason: "self" });
    }
  });
});

describe("the responder's side", () => {
  it("makes one half-open channel of an initiation however often it comes, and gives the same answer", () => {
    let drawn = 0;
    const party = () => {
      drawn++;
      return partyOf(2);
    };
    const [accepting, opening] = [acceptingOf({}, { party }), openingOf()];
    const first = ask(accepting, opening);
    const again = ask(accepting, opening);
    if (first.kind !== "open" || again.kind !== "answer") throw new Error("not one, and one again");
    expect([again.packet, again.what]).toEqual([first.packet, "repeat"]);
    expect([accepting.halfOpen, drawn]).toEqual([1, 1]);
    accepting.forget(first.halfOpen);
    accepting.forget(first.halfOpen);
    expect(accepting.halfOpen).toBe(0);
    expect(ask(accepting, opening).kind).toBe("open");
  });

  it("answers nothing larger than what it was asked, whatever it was", () => {
    for (const cookiesFrom of [1, 100]) {
      const [accepting, opening] = [acceptingOf({ cookiesFrom }), openingOf()];
      const truly = initiationOf(opening.send(0, 0));
      const openings = [truly, initiationOf(openingOf(3).send(0, 0)), { ...truly, from: partyOf(5).id }];
      for (const asked of openings) {
        // First the whole one, which may be remembered; then what an attacker makes of it.
        for (let length = asked.noise.length; length >= 0; length--) {
          const packet = { ...asked, noise: asked.noise.subarray(0, length) };
          const question = encodePacket({ kind: PACKET_INITIATION, initiation: packet });
          const verdict = accepting.receive(packet, REMOTE, 0);
          const answerBytes = verdict.kind === "drop" ? 0 : verdict.packet.length;
          expect(answerBytes, `${cookiesFrom}, noise of ${length} bytes`).toBeLessThanOrEqual(
            question.length,
          );
        }
      }
    }
  });

  it("repeats its answer to the same initiation alone, and not to another one under its id", () => {
    const [accepting, opening] = [acceptingOf(), openingOf()];
    expect(ask(accepting, opening).kind).toBe("open");
    const other = initiationOf(openingOf().send(0, 0));
    expect(accepting.receive(other, REMOTE, 0)).toEqual({ kind: "drop", why: "forged" });
    expect(ask(accepting, opening)).toMatchObject({ what: "repeat" });
  });

  it("agrees with the initiator on keys", () => {
    const [accepting, opening] = [acceptingOf(), openingOf()];
    const verdict = ask(accepting, opening);
    if (verdict.kind !== "open") throw new Error("not opened");
    const answer = opening.answer(noiseOf(verdict.packet), 1, false);
    if (!answer?.accepted) throw new Error("not accepted");
    const packet = new Uint8Array(100);
    const length = answer.protection.seal(packet, 60, 1);
    const frames = verdict.halfOpen.protection.open(packet.subarray(0, length), 1, 0);
    expect(frames?.length).toBe(40);
    expect(verdict.halfOpen.initiator).toEqual(partyOf(1));
  });

  it("believes no initiation whose answer would go to another id than the one it vouches for", () => {
    const accepting = acceptingOf();
    const asked = { ...initiationOf(openingOf().send(0, 0)), from: new Uint8Array(8).fill(9) };
    expect(accepting.receive(asked, REMOTE, 0)).toEqual({ kind: "drop", why: "forged" });
    expect(accepting.halfOpen).toBe(0);
  });

  it("asks for a cookie when it is busy, and takes it from that address and for that id alone", () => {
    const accepting = acceptingOf({ cookiesFrom: 1 });
    expect(ask(accepting, openingOf(1)).kind).toBe("open");
    const opening = openingOf(3);
    const asked = ask(accepting, opening);
    if (asked.kind !== "answer") throw new Error("not asked for a cookie");
    expect(asked.what).toBe("retry");
    opening.retry(cookieOf(asked.packet), 0);
    const proven = initiationOf(opening.send(0, 0));
    expect(accepting.receive(proven, { ...REMOTE, port: 10 }, 0)).toMatchObject({ what: "retry" });
    expect(accepting.receive({ ...proven, from: partyOf(4).id }, REMOTE, 0)).toMatchObject({ what: "retry" });
    expect(accepting.receive(proven, REMOTE, 0).kind).toBe("open");
    expect(accepting.halfOpen).toBe(2);
  });

  it("answers nothing that is larger than the question", () => {
    for (const security of [shared, { kind: "checksum" } as const]) {
      const credentials = new Credentials(crypto, random, security);
      const host: Host = { party: () => partyOf(2), refusal: () => undefined };
      for (const limits of [LIMITS, { ...LIMITS, cookiesFrom: 0 }]) {
        const accepting = new Accepting(crypto, random, credentials, host, limits);
        const opening = Opening.begin(credentials.initiator(undefined), partyOf(1), 0, 1000) as Opening;
        const question = opening.send(0, 0);
        const verdict = accepting.receive(initiationOf(question), REMOTE, 0);
        if (verdict.kind === "drop") throw new Error("dropped");
        expect(verdict.packet.length).toBeLessThanOrEqual(question.length);
      }
    }
  });
});

describe("cookies", () => {
  const id = new Uint8Array(8);

  it("are good for the secret that made them and the next one, and then no more", () => {
    const cookies = new Cookies(crypto, random);
    const cookie = cookies.make("a", id, 0);
    for (const atMs of [0, COOKIE_SECRET_MS - 1, COOKIE_SECRET_MS, 2 * COOKIE_SECRET_MS - 1]) {
      expect(cookies.isGood(cookie, "a", id, atMs)).toBe(true);
    }
    expect(cookies.isGood(cookie, "a", id, 2 * COOKIE_SECRET_MS)).toBe(false);
  });

  it("are not good after a long rest", () => {
    const cookies = new Cookies(crypto, random);
    const cookie = cookies.make("a", id, 0);
    expect(cookies.isGood(cookie, "a", id, 10 * COOKIE_SECRET_MS)).toBe(false);
  });

  it("are of one address and one id", () => {
    const cookies = new Cookies(crypto, random);
    const cookie = cookies.make("a", id, 0);
    expect(cookies.isGood(cookie, "b", id, 0)).toBe(false);
    expect(cookies.isGood(cookie, "a", new Uint8Array(8).fill(1), 0)).toBe(false);
    expect(cookies.isGood(cookie.subarray(1), "a", id, 0)).toBe(false);
    expect(cookies.isGood(new Uint8Array(0), "a", id, 0)).toBe(false);
  });
});
