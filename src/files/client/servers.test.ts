import { describe, expect, test } from "vitest";
import type { Address } from "../../world/index.ts";
import { MAX_SERVERS, ROUND_LAST_MS, type ServerMove, Servers } from "./servers.ts";
import {
  ASK_AFTER_MS,
  ASK_AGAIN_MS,
  CALM_MS,
  JUDGE_AFTER_MS,
  LEAVE_AFTER_MS,
  MAX_MUTE_PATIENCE,
  MAX_PATIENCE,
  Silence,
  SLOW_AFTER_MS,
} from "./silence.ts";

const address = (host: string): Address => ({ host, port: 2049 });
const [a, b, c] = [address("a"), address("b"), address("c")] as const;
/** Half of every range. */
const random = { bytes: (length: number) => new Uint8Array(length), uint32: () => 2 ** 31 };

function known(...servers: Address[]) {
  const made = new Servers(servers, random);
  const moves: ServerMove[] = [];
  made.onMove = (move) => void moves.push(move);
  return { servers: made, moves };
}

describe("choosing a server", () => {
  test("the one that answers is stayed with", () => {
    const { servers, moves } = known(a, b);
    for (let i = 0; i < 5; i++) servers.answered();
    expect(servers.current).toBe(a);
    expect(moves).toEqual([]);
  });

  test("after a loss the next is tried at once, and a move is told when it has answered", () => {
    const { servers, moves } = known(a, b, c);
    expect(servers.lost()).toBe(0);
    expect(servers.current).toBe(b);
    expect(moves).toEqual([]);
    servers.answered();
    servers.answered();
    expect(moves).toEqual([{ from: a, to: b, reason: "lost" }]);
  });

  test("what was in trouble last is come back to last", () => {
    const { servers } = known(a, b, c);
    servers.leave("silent", c);
    servers.answered();
    servers.lost();
    expect(servers.current).toBe(b);
    servers.answered();
    servers.lost();
    expect(servers.current).toBe(a);
  });

  test("all are tried before any is tried twice; then delays grow, up to a bound, until one answers", () => {
    const { servers, moves } = known(a, b, c);
    const tried: string[] = [];
    const delays: number[] = [];
    for (let i = 0; i < 30; i++) {
      tried.push(servers.current.host);
      delays.push(servers.lost());
    }
    expect(tried.join("")).toBe("abc".repeat(10));
    const pauses = delays.filter((_, index) => index % 3 === 2);
    expect(delays.filter((_, index) => index % 3 !== 2)).toEqual(new Array(20).fill(0));
    expect(pauses.slice(0, 3)).toEqual([37.5, 75, 150]);
    expect(pauses.at(-1)).toBe(ROUND_LAST_MS * 0.75);
    servers.answered();
    expect(moves).toEqual([]);
    expect([servers.lost(), servers.lost(), servers.lost()]).toEqual([0, 0, 37.5]);
  });

  test("one alone is tried again and again, and is no move", () => {
    const { servers, moves } = known(a);
    expect(servers.lost()).toBeGreaterThan(0);
    servers.leave("later");
    expect(servers.current).toBe(a);
    servers.answered();
    expect(moves).toEqual([]);
  });

  test("several moves until one answers are told as one, with the first reason", () => {
    const { servers, moves } = known(a, b, c);
    servers.leave("silent", b);
    servers.lost();
    servers.answered();
    expect(moves).toEqual([{ from: a, to: c, reason: "silent" }]);
  });

  test("the same address twice is one; none, too many, or what is no address is refused", () => {
    expect(known(a, address("a"), b).servers.all).toEqual([address("a"), b]);
    expect(() => new Servers([], random)).toThrow(RangeError);
    const many = Array.from({ length: MAX_SERVERS + 1 }, (_, i) => address(`s${i}`));
    expect(() => new Servers(many, random)).toThrow(RangeError);
    expect(() => new Servers([{ host: "a", port: 70_000 }], random)).toThrow("a:70000");
    expect(() => new Servers([{ host: "", port: 1 }], random)).toThrow(RangeError);
  });
});

describe("leaving a silent server", () => {
  /** What is advised, and when, if `there` answer each probe. */
  function advised(silence: Silence, fromMs: number, toMs: number, there: readonly Address[]): string[] {
    const said: string[] = [];
    for (let nowMs = fromMs; nowMs <= toMs; nowMs += 50) {
      const advice = silence.look(nowMs, a);
      if (advice.kind === "ask") for (const server of there) silence.isThere(server);
      if (advice.kind !== "wait") said.push(`${advice.kind} ${nowMs}`);
      if (advice.kind === "leave") return [...said, advice.to.host];
    }
    return said;
  }

  test("one that answers no probe is left soon for one that does", () => {
    expect(advised(new Silence(0), 0, 5000, [b])).toEqual([
      `ask ${ASK_AFTER_MS}`,
      `leave ${LEAVE_AFTER_MS}`,
      "b",
    ]);
  });

  test("one that answers probes gets more time", () => {
    const said = advised(new Silence(0), 0, 5000, [c, a, b]);
    expect(said.slice(-2)).toEqual([`leave ${SLOW_AFTER_MS}`, "c"]);
    expect(said.length).toBe(5);
  });

  test("where nobody answers, nobody is left, and all are asked again and again", () => {
    const said = advised(new Silence(0), 0, 10_000, []);
    expect(said.slice(0, 2)).toEqual([`ask ${ASK_AFTER_MS}`, `ask ${ASK_AFTER_MS + ASK_AGAIN_MS}`]);
    expect(said.length).toBe(10);
    expect(advised(new Silence(0), 0, 10_000, [a])).toEqual(said);
  });

  test("an answer ends the silence", () => {
    const silence = new Silence(0);
    expect(advised(silence, 0, 650, [b])).toEqual(["ask 400"]);
    silence.heard(650);
    expect(advised(silence, 650, 1000, [b])).toEqual([]);
    expect(advised(silence, 1000, 5000, [b])).toEqual(["ask 1050", "leave 1350", "b"]);
  });

  test.each([
    ["without an answer", false],
    ["with a quick one", true],
  ])("moves %s between them become rarer, up to a bound", (_, isAnswered) => {
    expect(gaps(isAnswered, [b])).toEqual([1, 1, 2, 4, 4, 4, 4].map((times) => times * LEAVE_AFTER_MS));
    expect(gaps(isAnswered, [a, b])).toEqual([1, 2, 4, 8, 16, 16, 16].map((times) => times * SLOW_AFTER_MS));
    expect([MAX_MUTE_PATIENCE, MAX_PATIENCE]).toEqual([4, 16]);
  });

  function gaps(isAnswered: boolean, there: readonly Address[]): number[] {
    const silence = new Silence(0);
    let nowMs = 0;
    const gaps: number[] = [];
    for (let i = 0; i < 7; i++) {
      const said = advised(silence, nowMs, nowMs + 100_000, there);
      const at = Number(said.at(-2)?.split(" ")[1]);
      gaps.push(at - nowMs);
      nowMs = at;
      silence.left(nowMs, a);
      if (isAnswered) silence.heard(nowMs);
    }
    return gaps;
  }

  /** After so many moves from a server that answers probes alone, the last of them at 0. */
  function moved(times: number): Silence {
    const silence = new Silence(-200_000);
    for (let i = 0; i < times; i++) {
      advised(silence, -200_000, -100_000, [a, b]);
      silence.left(0, a);
    }
    return silence;
  }

  test("one that stood still is left as soon the next time, and one that was only slow later", () => {
    for (const [isThere, times] of [
      [false, 1],
      [true, 2],
    ] as const) {
      const silence = new Silence(0);
      advised(silence, 0, 5000, [b]);
      silence.left(LEAVE_AFTER_MS, a);
      const said: string[] = [];
      for (let nowMs = LEAVE_AFTER_MS; nowMs < 3000; nowMs += 50) {
        silence.heard(nowMs);
        const advice = silence.look(nowMs, b);
        if (advice.kind !== "wait") said.push(`${advice.kind} ${nowMs}`);
        if (isThere && advice.kind === "ask") silence.isThere(a);
      }
      expect(said).toEqual([`ask ${LEAVE_AFTER_MS + JUDGE_AFTER_MS}`]);
      silence.restart(3000);
      const again = advised(silence, 3000, 10_000, [b]);
      expect(again.at(-2)).toBe(`leave ${3000 + times * LEAVE_AFTER_MS}`);
    }
  });

  /** How long a server that answers probes alone is waited for, from a moment at which a call was made. */
  function patienceFrom(silence: Silence, nowMs: number): number {
    silence.restart(nowMs);
    const [moment] = advised(silence, nowMs, nowMs + 100_000, [a, b]).slice(-2);
    return Number(moment?.split(" ")[1]) - nowMs;
  }

  test("after a move the next is later, until answers have come soon for a while", () => {
    const silence = moved(2);
    silence.heard(100);
    expect(patienceFrom(silence, 100)).toBe(4 * SLOW_AFTER_MS);
    for (let nowMs = 0; nowMs <= CALM_MS; nowMs += 100) silence.heard(nowMs);
    expect(patienceFrom(silence, CALM_MS)).toBe(2 * SLOW_AFTER_MS);
    for (let nowMs = CALM_MS; nowMs < 2 * CALM_MS; nowMs += 100) silence.heard(nowMs);
    expect(patienceFrom(silence, 2 * CALM_MS)).toBe(2 * SLOW_AFTER_MS);
    silence.heard(2 * CALM_MS);
    expect(patienceFrom(silence, 2 * CALM_MS)).toBe(SLOW_AFTER_MS);
  });

  test("an answer that came late is no calm", () => {
    const silence = moved(1);
    for (let nowMs = 0; nowMs <= 20_000; nowMs += LEAVE_AFTER_MS) silence.heard(nowMs);
    expect(patienceFrom(silence, 20_000)).toBe(2 * SLOW_AFTER_MS);
  });

  test("a probe's answer counts only for the silence in which it was asked for", () => {
    const silence = new Silence(0);
    silence.look(ASK_AFTER_MS, a);
    silence.restart(500);
    silence.isThere(b);
    expect(silence.look(500 + LEAVE_AFTER_MS, a)).toEqual({ kind: "ask" });
  });
});
