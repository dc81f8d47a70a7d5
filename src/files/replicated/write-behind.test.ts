import { describe, expect, test } from "vitest";
import { silentLog } from "../../world/index.ts";
import type { volume_writes } from "./gen/volume-log.gen.ts";
import { type BehindLimits, defaultBehindLimits, WriteBehind } from "./write-behind.ts";

const REPLY = new Uint8Array(1);

interface Appended {
  readonly what: string;
  readonly writes?: volume_writes;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A log that does what the test says, when it says so. */
class Bench {
  readonly appended: Appended[] = [];
  readonly open = new Set<string>();
  readonly soon: (() => void)[] = [];
  readonly later: (() => void)[] = [];
  /** Who waited, and was answered; and who shall go into the log. */
  readonly answered: string[] = [];
  readonly refused: string[] = [];
  mayWrite = true;
  seen = 17;
  nowMs = 0;
  #drawn = 0;
  readonly behind: WriteBehind;

  constructor(limits: Partial<BehindLimits> = {}) {
    const append = (what: string, writes?: volume_writes) =>
      new Promise<void>((resolve, reject) => {
        this.appended.push({ what, resolve, reject, ...(writes === undefined ? {} : { writes }) });
      });
    const timers = {
      soon: (run: () => void) => void this.soon.push(run),
      after: (_: number, run: () => void) => {
        this.later.push(run);
        return { cancel() {} };
      },
    };
    this.behind = new WriteBehind(
      {
        timers,
        log: silentLog,
        nowMs: () => this.nowMs,
        wall: () => ({ seconds: 1, nanoseconds: 0 }),
        seen: () => this.seen,
        drawSession: () => `${++this.#drawn}`.padStart(32, "0"),
        isOpen: (session) => this.open.has(session),
        appendWrites: (writes) => append("writes", writes),
        appendBegin: (session) => append(`begin ${Number(session)}`),
        appendEnd: (session, isLost) => append(`end ${Number(session)} ${isLost}`),
      },
      { ...defaultBehindLimits, ...limits },
    );
  }

  turn(): void {
    for (const run of this.soon.splice(0)) run();
  }

  /** What was appended first and is not done; it is done now. */
  async done(): Promise<Appended> {
    const first = this.appended.shift() as Appended;
    const [kind, session = "", isLost] = first.what.split(" ");
    if (kind === "begin") this.open.add(session.padStart(32, "0"));
    if (kind === "end") this.open.delete(session.padStart(32, "0"));
    void isLost;
    first.resolve();
    await tick();
    return first;
  }

  /** The session is open, and what was answered for that is in the log. */
  async begin(): Promise<void> {
    expect(this.write(1, 0, "x")).toBe("later");
    expect((await this.done()).what).toMatch(/^begin/);
    expect(this.answered.splice(0)).toEqual(["x"]);
    this.turn();
    expect((await this.done()).what).toBe("writes");
  }

  /** True: it was answered at once. Who waits is in `answered` or `refused` later. */
  write(inode: number, offset: number, words: string, uid = 0): boolean | "later" {
    const answer = () => (this.mayWrite ? REPLY : undefined);
    const reply = this.behind.offer(
      {
        handle: { inode, generation: 1 },
        credentials: { uid, gid: 0, groups: [] },
        identity: { high: 1, low: offset },
        offset,
        data: new TextEncoder().encode(words),
      },
      answer,
    );
    if (!(reply instanceof Promise)) return reply === REPLY;
    void reply.then((given) => (given === REPLY ? this.answered : this.refused).push(words));
    return "later";
  }

  texts(): string[] {
    return this.appended.map(({ what, writes }) =>
      writes === undefined
        ? what
        : `${writes.inode}: ${writes.pieces.map(({ data }) => new TextDecoder().decode(data)).join("|")}`,
    );
  }
}

async function tick(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

describe("write-behind", () => {
  test("takes nothing before the log knows its session, and all after it", async () => {
    const bench = new Bench();
    expect(bench.write(1, 0, "a")).toBe("later");
    expect(bench.write(1, 0, "b")).toBe("later");
    expect([bench.texts(), bench.answered]).toEqual([["begin 1"], []]);
    await bench.done();
    expect(bench.answered).toEqual(["a", "b"]);
    expect(bench.behind.session).toBe("1".padStart(32, "0"));
    expect(bench.write(1, 0, "c")).toBe(true);
    bench.turn();
    expect(bench.texts()).toEqual(["1: a|b|c"]);
  });

  test("begins no session for a write that would be refused", async () => {
    const bench = new Bench();
    bench.mayWrite = false;
    expect(bench.write(1, 0, "a")).toBe(false);
    expect([bench.texts(), bench.behind.current]).toEqual([[], ""]);
  });

  test("has all go into the log when there are too many sessions", async () => {
    const bench = new Bench();
    bench.write(1, 0, "a");
    bench.appended.shift()?.resolve();
    await tick();
    expect([bench.answered, bench.refused, bench.texts()]).toEqual([[], ["a"], []]);
  });

  test("gathers what one caller writes to one file, in its order", async () => {
    const bench = new Bench({ maxGatheredBytes: 6 });
    await bench.begin();
    for (const [inode, words, uid] of [
      [1, "aa", 0],
      [1, "bb", 0],
      [1, "ccc", 0],
      [2, "d", 0],
      [2, "e", 5],
      [1, "f", 0],
    ] as const) {
      expect(bench.write(inode, 0, words, uid)).toBe(true);
    }
    expect(bench.texts()).toEqual([]);
    bench.turn();
    expect(bench.texts()).toEqual(["1: aa|bb", "1: ccc", "2: d", "2: e"]);
    await bench.done();
    expect(bench.texts()).toEqual(["1: ccc", "2: d", "2: e", "1: f"]);
    expect(bench.behind.queuedBytes).toBe(3 + 1 + 1 + 1);
  });

  test("takes no more than its bytes, until some are in the log", async () => {
    const bench = new Bench({ maxQueuedBytes: 4, maxHeldBytes: 4 });
    await bench.begin();
    expect(bench.write(1, 0, "aaa")).toBe(true);
    // The second waits, and what comes after it does not overtake it; of those who wait there may be as much.
    expect([bench.write(1, 3, "bb"), bench.write(1, 5, "c"), bench.write(1, 6, "dd")]).toEqual([
      "later",
      "later",
      false,
    ]);
    expect(bench.write(1, 8, "eeeee")).toBe(false);
    bench.turn();
    expect([bench.texts(), bench.answered]).toEqual([["1: aaa"], []]);
    await bench.done();
    expect([bench.texts(), bench.answered]).toEqual([["1: bb|c"], ["bb", "c"]]);
    await bench.done();
    expect(bench.write(1, 8, "ffff")).toBe(true);
    expect(bench.behind.queuedBytes).toBe(4);
  });

  test("judges who has waited by what the log was like when they came, and answers as it is when they are taken", async () => {
    const bench = new Bench({ maxQueuedBytes: 1, maxHeldBytes: 1 });
    await bench.begin();
    bench.write(1, 0, "a");
    expect(bench.write(2, 0, "b")).toBe("later");
    bench.seen = 18;
    expect(bench.write(3, 0, "c")).toBe(false);
    bench.turn();
    await bench.done();
    expect(bench.appended.map(({ writes }) => writes?.seen)).toEqual([17]);
    expect(bench.write(3, 0, "c")).toBe("later");
    bench.mayWrite = false;
    await bench.done();
    expect([bench.answered, bench.refused]).toEqual([["b"], ["c"]]);
  });

  test("has those who wait go into the log when the session is lost, or closed", async () => {
    for (const end of ["lost", "closed"]) {
      const bench = new Bench({ maxQueuedBytes: 1 });
      await bench.begin();
      bench.write(1, 0, "a");
      bench.turn();
      expect(bench.write(1, 1, "b")).toBe("later");
      if (end === "lost") bench.appended.shift()?.reject(new Error("no quorum"));
      else void bench.behind.close();
      await tick();
      expect([bench.answered, bench.refused]).toEqual([[], ["b"]]);
      expect(bench.texts()).toEqual([end === "lost" ? "end 1 true" : "1: a"]);
    }
  });

  test("keeps its own copy of what it answered", async () => {
    const bench = new Bench();
    await bench.begin();
    const data = new TextEncoder().encode("mine");
    const handle = { inode: 1, generation: 1 };
    const credentials = { uid: 0, gid: 0, groups: [] };
    const write = { handle, credentials, identity: { high: 0, low: 0 }, offset: 0, data };
    expect(bench.behind.offer(write, () => REPLY)).toBe(REPLY);
    data.fill(0);
    bench.turn();
    expect(bench.texts()).toEqual(["1: mine"]);
  });

  test("lets wait for a file's writes, and for no others", async () => {
    const bench = new Bench();
    await bench.begin();
    bench.write(1, 0, "a");
    bench.write(2, 0, "b");
    const heard: string[] = [];
    expect(bench.behind.wait(3)).toBeUndefined();
    void bench.behind.wait(1)?.then(() => heard.push("1"));
    void bench.behind.wait(2)?.then(() => heard.push("2"));
    void bench.behind.wait(undefined)?.then(() => heard.push("all"));
    expect(bench.texts()).toEqual(["1: a", "2: b"]);
    await bench.done();
    expect(heard).toEqual(["1"]);
    await bench.done();
    expect(heard).toEqual(["1", "2", "all"]);
    expect(bench.behind.wait(undefined)).toBeUndefined();
  });

  test("that loses a write tells nobody before the log knows it, and goes on in another session", async () => {
    const bench = new Bench();
    await bench.begin();
    bench.write(1, 0, "a");
    bench.turn();
    bench.write(1, 1, "b");
    const heard: string[] = [];
    void bench.behind.wait(1)?.then(
      () => heard.push("in the log"),
      () => heard.push("not known"),
    );
    bench.appended.shift()?.reject(new Error("no quorum"));
    await tick();
    expect(heard).toEqual([]);
    expect(bench.write(1, 2, "c")).toBe(false);
    expect(await bench.behind.flush("1".padStart(32, "0"), 1)).toBe(false);
    // The other write was on its way already; then the end of the session, which cannot be told at first.
    expect(bench.texts()).toEqual(["1: b", "end 1 true"]);
    bench.appended.shift()?.reject(new Error("no quorum"));
    bench.appended.shift()?.reject(new Error("no quorum"));
    await tick();
    expect(heard).toEqual(["not known"]);
    void bench.behind.wait(1)?.then(() => heard.push("lost, and the log says so"));
    for (const run of bench.later.splice(0)) run();
    expect((await bench.done()).what).toBe("end 1 true");
    expect(heard).toEqual(["not known", "lost, and the log says so"]);
    expect(bench.behind.queuedBytes).toBe(0);
    await bench.begin();
    expect(bench.write(1, 0, "d")).toBe(true);
  });

  test("goes on telling of its loss for as long as the log takes anything, and no longer", async () => {
    const bench = new Bench();
    await bench.begin();
    bench.write(1, 0, "a");
    bench.turn();
    bench.appended.shift()?.reject(new Error("closed"));
    await tick();
    bench.behind.stop();
    bench.appended.shift()?.reject(new Error("closed"));
    await tick();
    expect([bench.later.length, bench.texts()]).toEqual([0, []]);
  });

  test("notices that another node ended its session", async () => {
    const bench = new Bench();
    await bench.begin();
    bench.write(1, 0, "a");
    bench.turn();
    bench.open.clear();
    expect(bench.write(1, 1, "b")).toBe(false);
    expect(bench.behind.session).toBe("");
    expect(bench.texts()).toEqual(["1: a", "end 1 true"]);
    await bench.done();
    await bench.done();
    expect(bench.behind.wait(undefined)).toBeUndefined();
  });

  test("says to other nodes whether its session has brought a file into the log", async () => {
    const bench = new Bench();
    await bench.begin();
    const session = bench.behind.session;
    bench.write(1, 0, "a");
    const heard: boolean[] = [];
    void bench.behind.flush(session, 1).then((isDone) => heard.push(isDone));
    await tick();
    expect([heard, bench.texts()]).toEqual([[], ["1: a"]]);
    await bench.done();
    expect(heard).toEqual([true]);
    expect(await bench.behind.flush("f".repeat(32), 1)).toBe(false);
    expect(await bench.behind.flush(session, 9)).toBe(true);
  });

  test("ends a session that nobody uses, and not one with writes on their way", async () => {
    const bench = new Bench({ sessionIdleMs: 100 });
    await bench.begin();
    bench.write(1, 0, "a");
    bench.turn();
    bench.nowMs = 1000;
    bench.behind.tick();
    expect(bench.texts()).toEqual(["1: a"]);
    await bench.done();
    bench.behind.tick();
    expect(bench.texts()).toEqual(["end 1 false"]);
    expect(bench.write(1, 1, "b")).toBe(false);
    await bench.done();
    expect(bench.open.size).toBe(0);
  });

  test("answers nothing more in a session of which it is not known whether it has ended", async () => {
    const bench = new Bench({ sessionIdleMs: 100 });
    await bench.begin();
    bench.nowMs = 1000;
    bench.behind.tick();
    bench.appended.shift()?.reject(new Error("nobody knows"));
    await tick();
    expect(bench.write(1, 0, "a")).toBe(false);
    expect(bench.texts()).toEqual(["end 1 true"]);
  });

  test("brings all into the log when it is closed", async () => {
    const bench = new Bench();
    await bench.begin();
    bench.write(1, 0, "a");
    let isClosed = false;
    void bench.behind.close().then(() => {
      isClosed = true;
    });
    expect((await bench.done()).writes?.inode).toBe(1);
    expect(isClosed).toBe(false);
    expect((await bench.done()).what).toBe("end 1 false");
    expect(isClosed).toBe(true);
  });

  test("answers nothing more while it is closed: the end of the session would make it void", async () => {
    const bench = new Bench();
    await bench.begin();
    bench.write(1, 0, "a");
    const closed = bench.behind.close();
    expect(bench.write(1, 1, "b")).toBe(false);
    expect((await bench.done()).what).toBe("writes");
    expect((await bench.done()).what).toBe("end 1 false");
    await closed;
    expect(bench.behind.queuedBytes).toBe(0);
    expect(bench.write(1, 1, "b")).toBe(false);
    expect(bench.texts()).toEqual([]);
  });
});
