/** One life of a process that shares objects with its group: it carries out what a scenario asks, and tells the ledger what it sees. */
import {
  type CallOutcome,
  type JoinedGroup,
  type Member,
  memberName,
  type View,
  type WhenBlocked,
} from "../../src/group/index.ts";
import type { OpenOperation, Stage } from "../../src/sim/index.ts";
import { isCoterieError, sleep, type World } from "../../src/world/index.ts";
import { type Meetings, PARTIES, type Tokens } from "./shared-checks.ts";
import type { SharedLedger } from "./shared-ledger.ts";

/** What is tried: the real thing, or one with a bug planted. */
export type SharedModule = Pick<
  typeof import("../../src/group/index.ts"),
  | "join"
  | "passiveMachine"
  | "presence"
  | "sharedBarrier"
  | "sharedCounter"
  | "sharedLeader"
  | "sharedMap"
  | "sharedQueue"
>;

export const PORT = 700;

/** The passive machine stamps what it does, so that a command that two primaries carried out shows. */
export const declarations = (module: SharedModule) => ({
  map: module.sharedMap<string>(),
  counter: module.sharedCounter(),
  queue: module.sharedQueue<string>(),
  lead: module.sharedLeader(),
  gate: module.sharedBarrier({ parties: PARTIES }),
  who: module.presence<string>(),
  log: module.passiveMachine({
    initial: () => [] as string[],
    execute: (_, command: string, { view }) => {
      const change = `${command}@${memberName(view.members[0] as Member)}`;
      return { change, reply: change };
    },
    update: (state: string[], change: string) => {
      state.push(change);
    },
  }),
});

export type SharedGroup = JoinedGroup<string, string, string, ReturnType<typeof declarations>>;

export type SharedOperation = {
  readonly atMs: number;
  readonly node: number;
  readonly kind:
    | "put"
    | "cas"
    | "get"
    | "delete"
    | "add"
    | "total"
    | "enqueue"
    | "work"
    | "lead"
    | "meet"
    | "log"
    | "call"
    | "leave";
  readonly key: string;
  readonly whenBlocked: WhenBlocked;
  /** How long something is waited for, and held. */
  readonly patienceMs: number;
  readonly holdMs: number;
};

export interface SharedScene {
  readonly stage: Stage<SharedOperation>;
  readonly ledger: SharedLedger;
  readonly tokens: Tokens;
  readonly meetings: Meetings;
}

/** What an operation of this process came to, when it failed. */
function fail<Output>(operation: OpenOperation<Output>, error: unknown): void {
  if (isCoterieError(error) && error.details.fate === "never") operation.refused();
  else operation.unknown();
}

export class SharedLife {
  readonly world: World;
  readonly name: string;
  readonly #scene: SharedScene;
  group: SharedGroup | undefined;
  isOver = false;
  /** What a watch of the map has told. */
  mirror = new Map<string, string>();
  /** Commands to the passive machine that this life knows to be carried out. */
  readonly logged: string[] = [];
  readonly #prefix: string;
  #count = 0;

  constructor(world: World, name: string, life: number, scene: SharedScene) {
    this.world = world;
    this.name = name;
    this.#prefix = `${name}.${life}`;
    this.#scene = scene;
  }

  begin(group: SharedGroup): void {
    this.group = group;
    const { ledger, stage } = this.#scene;
    const lost = (view: View | undefined) => {
      if (view !== undefined && ledger.lost(view.id)) this.#scene.meetings.restart();
    };
    if (group.origin === "nobody") lost(group.view);
    ledger.queue("views", { op: "gone", member: memberName(group.self) });
    group.on("out", ({ reason }) => this.world.log.info("out", { self: group.self, reason }));
    this.world.log.info("in", { self: memberName(group.self), view: group.view?.id, state: group.origin });
    group.on("view", ({ view, state }) => {
      const members = view.members.map(memberName).join();
      this.world.log.info("view", { self: memberName(group.self), view: view.id, members, state });
      if (state === "nobody") lost(view);
    });
    group.on("rejoined", ({ self }) => ledger.queue("views", { op: "gone", member: memberName(self) }));
    group.answer((request) => `${this.name}: ${request}`);
    this.mirror = group.shared.map.peekAll();
    group.shared.map.watch((event) => {
      if (event.kind === "unreadable") throw event.error;
      const changes = event.kind === "missed" ? event.changes : [event];
      for (const { key, before, after } of changes) {
        if (this.mirror.get(key) !== before)
          stage.fail(
            "a watch tells everything",
            `${this.name}: ${key} was ${before}, not ${this.mirror.get(key)}`,
          );
        if (after === undefined) this.mirror.delete(key);
        else this.mirror.set(key, after);
      }
    });
    void group.shared.who.show(this.name).catch(() => {});
  }

  #unique(): string {
    return `${this.#prefix}.${++this.#count}`;
  }

  async do(operation: SharedOperation): Promise<void> {
    const { group } = this;
    if (group === undefined || this.isOver) return;
    switch (operation.kind) {
      case "put":
      case "cas":
      case "get":
      case "delete":
        return this.#map(group, operation);
      case "add":
      case "total":
        return this.#counter(group, operation);
      case "enqueue":
      case "work":
        return this.#queue(group, operation);
      case "lead":
        return this.#lead(group, operation);
      case "meet":
        return this.#meet(group, operation);
      case "log":
        return this.#log(group, operation);
      case "call":
        return this.#call(group, operation);
      case "leave":
        await group.leave();
    }
  }

  /** Runs what tells an operation's end; where the life has ended meanwhile, nobody hears of it. */
  async #ending<Output, Result>(
    operation: OpenOperation<Output>,
    run: () => Promise<Result>,
    output: (result: Result) => Output,
  ): Promise<Result | undefined> {
    try {
      const result = await run();
      if (this.isOver) return undefined;
      operation.returned(output(result));
      return result;
    } catch (error) {
      if (!this.isOver) fail(operation, error);
      return undefined;
    }
  }

  async #map({ shared: { map } }: SharedGroup, { kind, key, whenBlocked }: SharedOperation): Promise<void> {
    const { ledger } = this.#scene;
    const options = { whenBlocked };
    const value = this.#unique();
    const client = value;
    if (kind === "put")
      await this.#ending(
        ledger.map(client, { op: "put", key, value }),
        () => map.set(key, value, options),
        () => undefined,
      );
    else if (kind === "delete")
      await this.#ending(
        ledger.map(client, { op: "delete", key }),
        () => map.delete(key, options),
        () => undefined,
      );
    else {
      const read = await this.#ending(
        ledger.map(client, { op: "get", key }),
        async () => ({ entry: await map.entry(key, options) }),
        ({ entry }) => entry?.value,
      );
      if (kind !== "cas" || read === undefined) return;
      const from = read.entry?.value;
      await this.#ending(
        ledger.map(client, { op: "cas", key, from, to: value }),
        () => map.compareAndSet(key, read.entry?.version ?? 0, value, options),
        (version) => version !== undefined,
      );
    }
  }

  async #counter(
    { shared: { counter } }: SharedGroup,
    { kind, whenBlocked }: SharedOperation,
  ): Promise<void> {
    const { ledger } = this.#scene;
    const client = this.#unique();
    const options = { whenBlocked };
    if (kind === "total")
      await this.#ending(
        ledger.counter(client, { op: "read" }),
        () => counter.get(options),
        (sum) => sum,
      );
    else
      await this.#ending(
        ledger.counter(client, { op: "add", amount: 1 }),
        () => counter.add(1, options),
        (sum) => sum,
      );
  }

  async #queue(
    { shared: { queue } }: SharedGroup,
    { kind, whenBlocked, patienceMs, holdMs }: SharedOperation,
  ): Promise<void> {
    const { ledger } = this.#scene;
    const client = this.#unique();
    if (kind === "enqueue") {
      await this.#ending(
        ledger.queue(client, { op: "put", value: client }),
        () => queue.put(client, { whenBlocked }),
        () => undefined,
      );
      return;
    }
    const signal = patienceMs === 0 ? undefined : this.#patience(patienceMs);
    let holder = "";
    const taken = await this.#ending(
      ledger.queue(client, { op: "take" }),
      async () => {
        const item = await (signal === undefined
          ? queue.tryTake({ whenBlocked })
          : queue.take({ whenBlocked, signal }));
        holder = this.group === undefined ? "" : memberName(this.group.self);
        return item;
      },
      (item) => (item === undefined ? undefined : { value: item.value, member: holder }),
    );
    if (taken === undefined) return;
    await sleep(this.world.timers, holdMs);
    const op = holdMs % 5 === 0 ? "putBack" : "ack";
    await this.#ending(
      ledger.queue(client, { op, value: taken.value, member: holder }),
      () => taken[op]({ whenBlocked }),
      (isDone) => isDone,
    );
  }

  #patience(patienceMs: number): AbortSignal {
    const controller = new AbortController();
    this.world.timers.after(patienceMs, () => controller.abort());
    return controller.signal;
  }

  async #lead(
    { shared: { lead } }: SharedGroup,
    { whenBlocked, patienceMs, holdMs }: SharedOperation,
  ): Promise<void> {
    const { tokens, stage } = this.#scene;
    const before = tokens.highest;
    try {
      const term = await lead.campaign({ whenBlocked, signal: this.#patience(patienceMs + 1) });
      if (this.isOver) return;
      const why = tokens.won(term.token, before);
      if (why !== undefined) stage.fail("tokens of leaders grow", why);
      await sleep(this.world.timers, holdMs);
      await term.resign({ whenBlocked });
    } catch (error) {
      this.#isExpected(error);
    }
  }

  async #meet(
    { shared: { gate } }: SharedGroup,
    { whenBlocked, patienceMs }: SharedOperation,
  ): Promise<void> {
    const { meetings, stage, ledger } = this.#scene;
    const { losses } = ledger;
    meetings.arrives();
    try {
      const generation = await gate.arrive({ whenBlocked, signal: this.#patience(patienceMs + 1) });
      if (this.isOver || losses !== ledger.losses) return;
      const why = meetings.passes(generation);
      if (why !== undefined) stage.fail("so many pass a barrier", why);
    } catch (error) {
      this.#isExpected(error);
    }
  }

  async #log({ shared: { log } }: SharedGroup, { whenBlocked }: SharedOperation): Promise<void> {
    const { ledger } = this.#scene;
    const { losses } = ledger;
    try {
      const change = await log.submit(this.#unique(), { whenBlocked });
      if (!this.isOver && losses === ledger.losses) this.logged.push(change);
    } catch (error) {
      this.#isExpected(error);
    }
  }

  /** Whatever becomes of a call, its account has every member of its view once. */
  async #call(group: SharedGroup, { patienceMs, key, holdMs }: SharedOperation): Promise<void> {
    const replies = (["first", "majority", "all", 2] as const)[holdMs % 4] ?? "all";
    let outcome: CallOutcome<unknown> | undefined;
    let isMet = false;
    try {
      outcome = await group.call(key, { replies, timeoutMs: patienceMs + 1 });
      isMet = true;
    } catch (error) {
      this.#isExpected(error);
      outcome = (error as { outcome?: CallOutcome<unknown> }).outcome;
    }
    if (outcome?.view === undefined || this.isOver) return;
    const { view, failed, left, silent } = outcome;
    const told = [...outcome.replies, ...failed].map(({ member }) => member).concat(left, silent);
    const [wanted, found] = [view.members, told].map((members) => members.map(memberName).sort().join(" "));
    this.#scene.stage.check(wanted === found, "a call's account is exact", `${found} of ${wanted}`);
    const enough = { first: 1, majority: Math.floor(view.members.length / 2) + 1, all: 0, 2: 2 }[replies];
    this.#scene.stage.check(!isMet || outcome.replies.length >= enough, "as many reply as are wanted");
    for (const { member, value } of outcome.replies)
      this.#scene.stage.check(
        value === `${member.node}: ${key}`,
        "replies are those of their members",
        String(value),
      );
  }

  #isExpected(error: unknown): void {
    const isAbort = error instanceof DOMException && error.name === "AbortError";
    if (isAbort || (isCoterieError(error) && "fate" in error.details)) return;
    throw error;
  }
}
