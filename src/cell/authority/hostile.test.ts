/** Those who ask what they must not have: bytes of every kind, what was heard before, other people's signatures; and answers that were not asked for. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CELL, failure, JOIN_PORT, JoinScene, type Site } from "../../../test/support/join-scene.ts";
import type { SimNode } from "../../sim/index.ts";
import { CellFixture } from "../../world/contract/cell-fixture.ts";
import type { Stream } from "../../world/index.ts";
import { Answering, Refusal } from "./answering.ts";
import { Asking, type Question } from "./asking.ts";
import { decoded } from "./encoding.ts";
import { FAILURE_WINDOW_MS, Failures, MAX_FAILED_HOSTS, MAX_FAILURES } from "./failures.ts";
import { decode_join_message, join_kind, type join_message, join_right } from "./gen/join.gen.ts";
import { formatToken, makeToken } from "./index.ts";
import { ASK_MS, MAX_VISITORS, MAX_VISITORS_OF_HOST } from "./join-desk.ts";
import { frame, readFrames } from "./join-wire.ts";

function scene(play: (scene: JoinScene, first: Site) => Promise<void>): Promise<void> {
  const each = new JoinScene({ seed: 7, link: { latencyMs: 1 } });
  return each.sim.run(async () => play(each, await each.found()));
}

/** Everything that a stranger hears, and how it ends. */
class Stranger {
  readonly heard: join_message[] = [];
  readonly over: Promise<void>;
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.over = new Promise((resolve) =>
      readFrames(stream, {
        message: (message) => this.heard.push(message),
        violation: () => resolve(),
        ended: () => resolve(),
      }),
    );
  }

  static async at(node: SimNode, { credentials, at }: Site): Promise<Stranger> {
    const { pin } = credentials;
    return new Stranger(await node.world.net.connect({ to: at, secure: { pin } }));
  }

  say(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  get lastRefusal(): Refusal | undefined {
    const last = this.heard.at(-1);
    return last?.kind === join_kind.JOIN_REFUSED ? last.refusal : undefined;
  }
}

const { world: any } = new JoinScene({ seed: 1 }).sim.node("any");
const { crypto } = any;
const seed = (byte: number) => new Uint8Array(32).fill(byte);
const lasting = { notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) };
const fixture = new CellFixture(any, CELL);
const trust = { cell: CELL, authorities: [fixture.authority.der], isRevoked: () => false };
const nowMs = fixture.nowMs;

function question(change: Partial<Question> = {}): Question {
  const warrant = { kind: "token", privateKey: seed(2) } as const;
  return { name: "node-9", privateKey: seed(1), about: seed(3), warrant, pin: fixture.pin, ...change };
}

/** What a machine with this question says to a challenge. */
function requested(
  change: Partial<Question> = {},
  challenge = seed(9),
): Extract<join_message, { request: unknown }> {
  const step = new Asking(crypto, question(change)).receive({ kind: join_kind.JOIN_CHALLENGE, challenge });
  if (step.kind !== "say") throw new Error(step.kind);
  return decoded(decode_join_message, step.bytes.subarray(4)) as Extract<join_message, { request: unknown }>;
}

function answered(message: join_message, challenge = seed(9)) {
  const step = new Answering(crypto, trust, challenge).receive(message, nowMs);
  return step.kind === "refuse" ? step.why : step.kind;
}

describe("a question", () => {
  it("is heard when all is right, by a token and by a certificate", () => {
    expect(answered(requested())).toBe("asked");
    const warrant = { kind: "certificate", ...fixture.identity("node-9", lasting) } as const;
    expect(answered(requested({ warrant }))).toBe("asked");
  });

  it("is not heard for another challenge, cell, or name than its certificate's", () => {
    const { JOIN_REFUSED_PROOF, JOIN_REFUSED_CERTIFICATE, JOIN_REFUSED_NAME } = Refusal;
    expect(answered(requested(), seed(8))).toBe(JOIN_REFUSED_PROOF);
    expect(answered(requested({ pin: { ...fixture.pin, cell: "another" } }))).toBe(JOIN_REFUSED_PROOF);
    expect(answered(requested({ name: "a\u0000b" }))).toBe(JOIN_REFUSED_NAME);
    const of = (name: string, change = {}) =>
      ({ kind: "certificate", ...fixture.identity(name, { ...lasting, ...change }) }) as const;
    expect(answered(requested({ warrant: of("node-8") }))).toBe(JOIN_REFUSED_CERTIFICATE);
    expect(answered(requested({ warrant: of("node-9", { role: "operator" }) }))).toBe(
      JOIN_REFUSED_CERTIFICATE,
    );
    expect(answered(requested({ warrant: of("node-9", { notAfterMs: 1000 }) }))).toBe(
      JOIN_REFUSED_CERTIFICATE,
    );
    const other = new CellFixture(any, CELL, "another authority").identity("node-9", lasting);
    expect(answered(requested({ warrant: { kind: "certificate", ...other } }))).toBe(
      JOIN_REFUSED_CERTIFICATE,
    );
    // A certificate that somebody has seen, and has not the key of.
    const stolen = { ...of("node-9"), privateKey: seed(5) };
    expect(answered(requested({ warrant: stolen }))).toBe(JOIN_REFUSED_PROOF);
  });

  it("is not heard with signatures that were made for something else", () => {
    const mine = requested().request;
    const others = requested({ name: "node-7", privateKey: seed(6) }).request;
    const { kind } = requested();
    const mixed: (typeof mine)[] = [
      { ...mine, claim: others.claim },
      { ...mine, by_key: others.by_key },
      { ...mine, by_warrant: others.by_warrant },
      // Somebody's own right, put in place of another's: the signatures tell what they are for.
      { ...mine, by_warrant: mine.by_key },
      { ...mine, by_key: mine.by_warrant },
      { ...mine, warrant: { right: join_right.JOIN_BY_TOKEN, token: crypto.ed25519(seed(1)).publicKey } },
    ];
    for (const request of mixed) expect(answered({ kind, request })).toBe(Refusal.JOIN_REFUSED_PROOF);
  });

  it("is heard once, and nothing else is", () => {
    const answering = new Answering(crypto, trust, seed(9));
    expect(answering.receive(requested(), nowMs).kind).toBe("asked");
    expect(answering.receive(requested(), nowMs).kind).toBe("violation");
    expect(answered({ kind: join_kind.JOIN_CHALLENGE, challenge: seed(1) })).toBe("violation");
    expect(answered({ kind: join_kind.JOIN_REFUSED, refusal: Refusal.JOIN_REFUSED_BUSY })).toBe("violation");
  });

  it("is not what it was when any byte of it is altered", () => {
    const whole = frame(requested());
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, by) => {
          const altered = whole.slice();
          altered[at] = (altered[at] as number) ^ by;
          const message = decoded(decode_join_message, altered.subarray(4));
          expect(message === undefined ? "none" : answered(message)).not.toBe("asked");
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("an answer", () => {
  const admission = (change: Partial<Parameters<CellFixture["identity"]>[1]> = {}, by = fixture) => ({
    certificate: by.identity("node-9", {
      ...lasting,
      publicKey: crypto.ed25519(seed(1)).publicKey,
      ...change,
    }).certificate,
    authorities: [by.authority.der],
    welcome: seed(4),
  });
  const taken = (said: ReturnType<typeof admission>) => {
    const asking = new Asking(crypto, question());
    asking.receive({ kind: join_kind.JOIN_CHALLENGE, challenge: seed(9) });
    return asking.receive({ kind: join_kind.JOIN_ADMITTED, admission: said }).kind;
  };

  it("is believed when it certifies what was asked for, and no other", () => {
    expect(taken(admission())).toBe("admitted");
    expect(taken(admission({ name: "node-8" }))).toBe("violation");
    expect(taken(admission({ role: "operator" }))).toBe("violation");
    expect(taken(admission({ publicKey: crypto.ed25519(seed(2)).publicKey }))).toBe("violation");
    expect(taken({ ...admission(), authorities: [] })).toBe("violation");
    expect(taken({ ...admission(), certificate: seed(1) })).toBe("violation");
    // Another authority of the same cell, which the token does not know.
    expect(taken(admission({}, new CellFixture(any, CELL, "another authority")))).toBe("violation");
  });

  it("is not believed before the question", () => {
    const asking = new Asking(crypto, question());
    expect(asking.receive({ kind: join_kind.JOIN_ADMITTED, admission: admission() }).kind).toBe("violation");
  });
});

describe("a desk", () => {
  it("hears nobody who plays back what another said", () =>
    scene(async (cell, first) => {
      const { world } = first.node;
      const token = makeToken(world, first.credentials.pin);
      const node = cell.sim.node("thief");
      const one = await Stranger.at(node, first);
      await cell.sim.sleep(20);
      const [greeting] = one.heard as [Extract<join_message, { challenge: unknown }>];
      const ask = new Asking(crypto, question({ warrant: { kind: "token", ...token }, pin: token.pin }));
      const step = ask.receive(greeting);
      if (step.kind !== "say") throw new Error(step.kind);
      one.say(step.bytes);
      const two = await Stranger.at(node, first);
      two.say(step.bytes);
      await Promise.all([one.over, two.over]);
      // The first is a token that the cell does not know; the second was not said to this challenge.
      expect([one.lastRefusal, two.lastRefusal]).toEqual([
        Refusal.JOIN_REFUSED_TOKEN,
        Refusal.JOIN_REFUSED_PROOF,
      ]);
    }));

  it("stands bytes of every kind, and goes on for others", () =>
    scene(async (cell, first) => {
      let n = 0;
      const whole = frame(requested());
      const bytes = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([at, by]) => {
          const altered = whole.slice();
          altered.set(by.subarray(0, altered.length - at), at);
          return altered;
        }),
        fc.constant(Uint8Array.of(0xff, 0xff, 0xff, 0xff)),
      );
      for (const each of fc.sample(bytes, { numRuns: 120, seed: 3 })) {
        // From another machine each time: one would be heard no more.
        const stranger = await Stranger.at(cell.sim.node(`stranger-${n++}`), first);
        stranger.say(each);
        await cell.sim.sleep(5);
      }
      await cell.sim.sleep(ASK_MS + 1000);
      expect(cell.record.admitted).toEqual([]);
      await cell.admit("node-2", first.at, cell.token(first.node.world));
    }));

  it("does not hear for a while who was wrong too often, and others all the same", () =>
    scene(async (cell, first) => {
      const { world } = first.node;
      const guess = () => ({ pin: first.credentials.pin, privateKey: world.random.bytes(32) });
      const guesser = cell.sim.node("guesser");
      const line = cell.token(world, 2);
      const { parseToken, join } = await import("./index.ts");
      const tries = (token = guess()) =>
        failure(
          join(guesser.world, { at: first.at, token, name: "node-g", privateKey: seed(1), about: seed(1) }),
        );
      for (let n = 0; n < MAX_FAILURES; n++) expect(await tries()).toBe("JOIN_REFUSED token");
      expect(await tries()).toBe("JOIN_REFUSED busy");
      const right = parseToken(world, line);
      expect(await tries(right)).toBe("JOIN_REFUSED busy");
      await cell.admit("node-2", first.at, line);
      await cell.sim.sleep(FAILURE_WINDOW_MS);
      expect(await tries(right)).toBe("resolved");
    }));

  it("is not kept by those who say nothing", () =>
    scene(async (cell, first) => {
      const idle = await Promise.all(
        Array.from({ length: MAX_VISITORS }, (_, n) => Stranger.at(cell.sim.node(`idle-${n}`), first)),
      );
      const line = cell.token(first.node.world);
      expect(await failure(cell.admit("node-2", first.at, line))).toBe("JOIN_REFUSED busy");
      await Promise.all(idle.map(({ over }) => over));
      await cell.admit("node-3", first.at, line);
    }));

  it("writes nothing for who has no token that the cell knows", () =>
    scene(async (cell, first) => {
      const { world } = first.node;
      const before = first.authority?.issued.length;
      const guess = formatToken(world, makeToken(world, first.credentials.pin));
      expect(await failure(cell.admit("node-2", first.at, guess))).toBe("JOIN_REFUSED token");
      expect(first.authority?.issued.length).toBe(before);
    }));

  it("hears eight from one address at once, and does not hear one for a while who only holds places", () =>
    scene(async (cell, first) => {
      const node = cell.sim.node("idler");
      const idle = await Promise.all(
        Array.from({ length: MAX_VISITORS_OF_HOST + 1 }, () => Stranger.at(node, first)),
      );
      await cell.sim.sleep(100);
      expect(idle.map(({ lastRefusal }) => lastRefusal).filter((why) => why !== undefined)).toEqual([
        Refusal.JOIN_REFUSED_BUSY,
      ]);
      await cell.sim.sleep(ASK_MS);
      const more = await Promise.all(
        Array.from({ length: MAX_VISITORS_OF_HOST }, () => Stranger.at(node, first)),
      );
      await Promise.all(more.map(({ over }) => over));
      const line = cell.token(first.node.world, 2);
      expect(await failure(cell.admit("node-2", first.at, line, undefined, node))).toBe("JOIN_REFUSED busy");
      await cell.admit("node-3", first.at, line);
    }));

  it("has a port where only its cell's strangers are heard", () =>
    scene(async (cell, first) => {
      const world = cell.sim.node("plain").world;
      const stream = await world.net.connect({ to: { host: first.node.ip, port: JOIN_PORT } });
      let heard = 0;
      stream.onData = () => heard++;
      const closed = new Promise((resolve) => {
        stream.onEnd = () => stream.destroy();
        stream.onClose = resolve;
      });
      stream.write(frame(requested()));
      await closed;
      expect(heard).toBe(0);
    }));
});

describe("the record of failures", () => {
  it("counts hosts apart, those of one IPv6 network together, and forgets the oldest", () => {
    const failures = new Failures();
    const fail = (host: string, times: number) => {
      for (let n = 0; n < times; n++) failures.count(host, 0);
    };
    fail("10.0.0.1", MAX_FAILURES);
    fail("2001:db8:0:1::1", MAX_FAILURES / 2);
    fail("2001:db8:0:1::2", MAX_FAILURES / 2);
    fail("2001:db9::1", MAX_FAILURES / 2);
    fail("2001:db9::2:1", MAX_FAILURES / 2);
    expect(failures.isHeard("2001:db9::3", 1)).toBe(false);
    expect(
      ["10.0.0.1", "10.0.0.2", "2001:db8:0:1::3", "2001:db8:0:2::3"].map((h) => failures.isHeard(h, 1)),
    ).toEqual([false, true, false, true]);
    expect(failures.isHeard("10.0.0.1", FAILURE_WINDOW_MS)).toBe(true);
    fail("10.0.0.3", MAX_FAILURES);
    for (let n = 0; n < MAX_FAILED_HOSTS; n++) failures.count(`10.1.${n >> 8}.${n & 255}`, 1);
    expect(failures.isHeard("10.0.0.3", 2)).toBe(true);
  });
});
