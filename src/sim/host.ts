/**
 * The simulator's only hold on the machine: driving the event loop, a few pure functions that the platform does
 * faster, unhandled rejections, and the traps. Everything is captured at import, before traps replace anything.
 */
import childProcess from "node:child_process";
import nodeCrypto, { createHash, type Hash, type KeyObject } from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import nodeTimers from "node:timers";
import timersPromises from "node:timers/promises";
import { crc32 as platformCrc32 } from "node:zlib";
import { type Crypto, createCrypto } from "../world/index.ts";

const immediate = setImmediate;
const tick = process.nextTick;
const now = performance.now.bind(performance);

/** Runs `step` in a later turn of the real event loop: input, output and other people's timers come between. */
export function nextTurn(step: () => void): void {
  immediate(step);
}

/**
 * Runs `step` when every microtask that is queued, and every one that those queue, has run. Node empties the
 * queue of ticks, then drains all microtasks, then looks for ticks again; a tick asked for from a microtask
 * therefore comes after the last of them.
 */
export function afterMicrotasks(step: () => void): void {
  // A reaction of one promise that is settled for good: `queueMicrotask` costs half as much again.
  next = step;
  void settled.then(asTick);
}

const settled = Promise.resolve();
let next: () => void = () => {};
const asTick = (): void => tick(next);

/** Real milliseconds, to report how fast a simulation ran and never to decide anything. */
export function realMs(): number {
  return now();
}

/** Undefined where it is not set, or set to nothing: how a test runner is told of seeds. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name] || undefined;
}

export function crc32(data: Uint8Array, seed?: number): number {
  return platformCrc32(data, seed);
}

/** The functions of every world's `crypto`; none of them draws a random number. */
export const worldCrypto: Crypto = createCrypto<KeyObject>(nodeCrypto);

/** A running SHA-256. */
export class Digest {
  readonly #hash: Hash;

  constructor(hash: Hash = createHash("sha256")) {
    this.#hash = hash;
  }

  update(data: string | NodeJS.ArrayBufferView): void {
    this.#hash.update(data);
  }

  copy(): Digest {
    return new Digest(this.#hash.copy());
  }

  /** Ends it. */
  hex(): string {
    return this.#hash.digest("hex");
  }
}

const latin1Slice = (Buffer.prototype as unknown as { latin1Slice(this: Uint8Array): string }).latin1Slice;

/** A byte string as a string of one character a byte. */
export function latin1(bytes: Uint8Array): string {
  return latin1Slice.call(bytes);
}

/**
 * Sends unhandled rejections to `report`, and to nobody else, until the returned function is called: in a
 * simulation they are failures of the run, and a test runner must not take them for its own.
 */
export function captureRejections(report: (reason: unknown) => void): () => void {
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", report);
  return () => {
    process.removeListener("unhandledRejection", report);
    for (const listener of others) process.on("unhandledRejection", listener);
  };
}

/** What is called when simulated code touches the machine: it gets the name and the remedy, and throws. */
export type Leak = (what: string, instead: string) => never;

interface Trap {
  readonly target: object;
  readonly key: string;
  /** What stood there when the trap was set. */
  real: unknown;
  readonly trapped: unknown;
}

const CLOCK = "world.clock";
const TIMERS = "world.timers";
const RANDOM = "world.random";
const NETWORK = "world.net";

const SUBTLE = Object.getOwnPropertyNames(Object.getPrototypeOf(crypto.subtle)).filter(
  (name) => name !== "constructor",
);

/** Names of globals' own functions, and what to use instead. */
const GLOBALS: readonly (readonly [object, string, readonly string[], string])[] = [
  [globalThis, "", ["setTimeout", "setInterval", "setImmediate"], TIMERS],
  [globalThis, "", ["fetch", "WebSocket", "BroadcastChannel", "MessageChannel"], NETWORK],
  [Date, "Date.", ["now"], CLOCK],
  [Math, "Math.", ["random"], RANDOM],
  [performance, "performance.", ["now", "mark", "measure"], CLOCK],
  [process, "process.", ["hrtime", "uptime"], CLOCK],
  [AbortSignal, "AbortSignal.", ["timeout"], TIMERS],
  [crypto, "crypto.", ["getRandomValues", "randomUUID"], RANDOM],
  // Its answers come from other threads, whenever those are done.
  [crypto.subtle, "crypto.subtle.", SUBTLE, "world.crypto"],
  [net.Socket.prototype, "net.Socket.", ["connect"], NETWORK],
  [net.Server.prototype, "net.Server.", ["listen"], NETWORK],
  [dgram.Socket.prototype, "dgram.Socket.", ["bind", "send", "connect"], NETWORK],
];

/** Functions that modules import by name: replaced once and for all by ones that look whether a trap is set. */
const MODULES: readonly (readonly [object, string, readonly string[], string])[] = [
  [nodeTimers, "timers.", ["setTimeout", "setInterval", "setImmediate"], TIMERS],
  [timersPromises, "timers/promises.", ["setTimeout", "setInterval", "setImmediate"], TIMERS],
  [timersPromises.scheduler, "timers/promises.scheduler.", ["wait", "yield"], TIMERS],
  [nodeCrypto, "crypto.", ["randomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID"], RANDOM],
  [dns, "dns.", ["lookup", "resolve", "resolve4", "resolve6"], `${NETWORK}.resolve`],
  [dns.promises, "dns.promises.", ["lookup", "resolve", "resolve4", "resolve6"], `${NETWORK}.resolve`],
  [
    childProcess,
    "child_process.",
    ["spawn", "exec", "execFile", "fork"],
    "nothing: a simulated node has no processes",
  ],
];

let leakOf: Leak | undefined;
let traps: Trap[] | undefined;

/** Puts the traps in place: until `disarm`, touching the machine calls `leak`. */
export function arm(leak: Leak): void {
  traps ??= makeTraps();
  leakOf = leak;
  for (const trap of traps) {
    const target = trap.target as Record<string, unknown>;
    trap.real = target[trap.key];
    target[trap.key] = trap.trapped;
  }
}

/** Gives the machine back to everybody else. */
export function disarm(): void {
  if (leakOf === undefined) return;
  leakOf = undefined;
  for (const { target, key, real } of traps ?? []) (target as Record<string, unknown>)[key] = real;
}

/** Runs something of the machine's own in the middle of simulated code, for example a test runner's console. */
function untrapped<T>(run: () => T): T {
  const leak = leakOf;
  if (leak === undefined) return run();
  disarm();
  try {
    return run();
  } finally {
    arm(leak);
  }
}

function makeTraps(): Trap[] {
  for (const [target, prefix, keys, instead] of MODULES) {
    for (const key of keys) wrapForGood(target as Record<string, unknown>, key, prefix + key, instead);
  }
  syncBuiltinESMExports();
  const made: Trap[] = [];
  for (const [target, prefix, keys, instead] of GLOBALS) {
    for (const key of keys) {
      const real = (target as Record<string, unknown>)[key];
      if (real !== undefined) made.push({ target, key, real, trapped: leaking(prefix + key, instead) });
    }
  }
  made.push({ target: globalThis, key: "Date", real: Date, trapped: trappedDate() });
  for (const level of ["debug", "log", "info", "warn", "error"] as const) made.push(consoleTrap(level));
  return made;
}

/** Callable and constructible, and with the `bigint` that `process.hrtime` has. */
function leaking(what: string, instead: string): unknown {
  function trapped(): void {
    leakOf?.(what, instead);
  }
  return Object.assign(trapped, { bigint: () => leakOf?.(`${what}.bigint`, instead) });
}

function wrapForGood(target: Record<string, unknown>, key: string, name: string, instead: string): void {
  const real = target[key];
  if (typeof real !== "function") return;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    if (leakOf !== undefined) leakOf(name, instead);
    return Reflect.apply(real, this, args);
  };
  // Properties of the function itself, for example util.promisify's.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(real));
  target[key] = wrapper;
}

/** Dates made of given numbers are arithmetic; only "now" is a leak. */
function trappedDate(): DateConstructor {
  return new Proxy(Date, {
    construct(target, args, self) {
      if (args.length === 0) leakOf?.("new Date()", CLOCK);
      return Reflect.construct(target, args, self);
    },
    apply: () => leakOf?.("Date()", CLOCK),
  });
}

/** Consoles of test runners look at the clock; that is theirs to do. */
function consoleTrap(level: "debug" | "log" | "info" | "warn" | "error"): Trap {
  const target = globalThis.console;
  const trapped = (...args: unknown[]): void => untrapped(() => Reflect.apply(target[level], target, args));
  return { target, key: level, real: target[level], trapped };
}
