/**
 * The side of a replica in following: sends to each who asks what comes after its position, as fast as it takes it, and gives the log what
 * it submits. Whoever is so far behind that the entries are gone is sent the state first.
 */
import type { MeshPort } from "../../channel/index.ts";
import type { Timer, World } from "../../world/index.ts";
import { answerOf } from "./answer.ts";
import { decodeEntry } from "./entry.ts";
import { SAFE_MAX_ENTRIES } from "./gen/group-safe.gen.ts";
import { KeptEntries } from "./kept-entries.ts";
import type { SafeMachine } from "./machine.ts";
import { decodeMessage, encodeMessage, type SafeMessage, weightOf } from "./message.ts";
import type { FollowLimits, SafeLog } from "./options.ts";

/** What a feeder serves, and what it knows of those who ask. */
export interface FeederOptions {
  readonly machine: SafeMachine;
  readonly log: SafeLog;
  /** Nodes that keep replicas: all others follow. */
  readonly replicas: readonly string[];
  readonly limits: FollowLimits;
}

/** Bytes of entries in a message, and of a piece of the state. */
const MESSAGE_BYTES = 128 * 1024;

interface Stream {
  readonly number: number;
  /** What was sent leads up to here. */
  position: number;
  sentBytes: number;
  tookBytes: number;
  state: { readonly pieces: Iterator<Uint8Array>; number: number; piece: Uint8Array } | undefined;
}

export class Feeder {
  readonly #world: World;
  readonly #port: MeshPort;
  readonly #machine: SafeMachine;
  readonly #log: SafeLog;
  readonly #limits: FollowLimits;
  readonly #kept: KeptEntries;
  /** Somebody follows, or may: before that, nothing is kept for it. */
  #isFollowed = false;
  readonly #up = new Set<string>();
  readonly #streams = new Map<string, Stream>();
  #submitted = 0;
  #isPlanned = false;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(world: World, port: MeshPort, { machine, log, replicas, limits }: FeederOptions) {
    this.#world = world;
    this.#port = port;
    this.#machine = machine;
    this.#log = log;
    this.#limits = limits;
    this.#kept = new KeptEntries(limits.keptBytes, machine.position);
    machine.onApplied = (index, entry) => {
      if (this.#isFollowed) this.#kept.push(index, entry);
      else this.#kept.restart(index);
      if (this.#streams.size > 0) this.#plan();
    };
    machine.onRestored = () => {
      this.#kept.restart(machine.position);
      this.#plan();
    };
    port.onMessage = (from, bytes) => this.#receive(from, bytes);
    port.onUp = (peer) => {
      this.#up.add(peer);
      if (!replicas.includes(peer)) this.#isFollowed = true;
      port.send(peer, encodeMessage({ kind: "at", position: machine.position }));
    };
    port.onDown = (peer) => {
      this.#up.delete(peer);
      this.#streams.delete(peer);
    };
    port.onDrain = (peer) => this.#feed(peer);
    this.#tick();
  }

  close(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#port.close();
  }

  #tick(): void {
    this.#timer = this.#world.timers.after(this.#limits.followMs, () => this.#tick());
    if (this.#up.size > 0)
      this.#port.broadcast([...this.#up], encodeMessage({ kind: "at", position: this.#machine.position }));
  }

  #receive(from: string, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message?.kind === "follow") this.#follow(from, message);
    else if (message?.kind === "took") this.#took(from, message);
    else if (message?.kind === "submit") this.#submit(from, message);
    else if (message?.kind !== "at") this.#world.log.warn("group safe message is none", { from });
  }

  #follow(from: string, { stream, after }: Extract<SafeMessage, { kind: "follow" }>): void {
    this.#isFollowed = true;
    const begun = { number: stream, position: after, sentBytes: 0, tookBytes: 0, state: undefined };
    this.#streams.set(from, begun);
    this.#plan();
  }

  #took(from: string, { stream, bytes }: Extract<SafeMessage, { kind: "took" }>): void {
    const found = this.#streams.get(from);
    if (found?.number !== stream) return;
    found.tookBytes = Math.min(bytes, found.sentBytes);
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    this.#world.timers.soon(() => {
      this.#isPlanned = false;
      if (this.#isOver) return;
      for (const peer of this.#streams.keys()) this.#feed(peer);
    });
  }

  /** Sends what there is, and what is taken. */
  #feed(peer: string): void {
    const stream = this.#streams.get(peer);
    if (stream === undefined) return;
    try {
      while (stream.sentBytes - stream.tookBytes < this.#limits.followBytes) {
        const message = this.#next(stream);
        if (message === undefined || !this.#port.send(peer, encodeMessage(message))) return;
        this.#sent(stream, message);
      }
    } catch (error) {
      // The program's: its state cannot be had here, perhaps elsewhere.
      this.#streams.delete(peer);
      this.#world.log.error("group safe state unreadable", { peer, error: String(error) });
    }
  }

  #next(stream: Stream): Extract<SafeMessage, { kind: "entries" | "snapshot" }> | undefined {
    if (stream.state === undefined) {
      if (stream.position >= this.#kept.position) return undefined;
      const entries = this.#kept.after(stream.position, MESSAGE_BYTES, SAFE_MAX_ENTRIES);
      const { number, position } = stream;
      if (entries !== undefined) return { kind: "entries", stream: number, after: position, entries };
      this.#beginState(stream);
    }
    const { number, piece } = stream.state as NonNullable<Stream["state"]>;
    const { position } = stream;
    return {
      kind: "snapshot",
      stream: stream.number,
      position,
      number,
      isLast: piece.length === 0,
      piece: piece.subarray(0, MESSAGE_BYTES),
    };
  }

  /** The state as it is now; an empty piece is its end. */
  #beginState(stream: Stream): void {
    const pieces = this.#machine.snapshot()[Symbol.iterator]();
    stream.position = this.#machine.position;
    stream.state = { pieces, number: 0, piece: nextPiece(pieces) };
  }

  #sent(stream: Stream, message: Extract<SafeMessage, { kind: "entries" | "snapshot" }>): void {
    if (message.kind === "entries") {
      for (const { index, entry } of message.entries) {
        stream.position = index;
        stream.sentBytes += weightOf(entry);
      }
      return;
    }
    stream.sentBytes += weightOf(message.piece);
    const { state } = stream;
    if (state === undefined) return;
    if (message.isLast) stream.state = undefined;
    else {
      state.number++;
      state.piece = state.piece.subarray(message.piece.length);
      if (state.piece.length === 0) state.piece = nextPiece(state.pieces);
    }
  }

  /** A node speaks for itself alone. */
  #submit(from: string, { ticket, entry }: Extract<SafeMessage, { kind: "submit" }>): void {
    const answer = (what: Extract<SafeMessage, { kind: "outcome" }>["answer"]) =>
      void (this.#isOver || this.#port.send(from, encodeMessage({ kind: "outcome", ticket, answer: what })));
    if (decodeEntry(entry)?.sender.node !== from) answer("refused");
    else if (this.#submitted >= this.#limits.maxSubmitted) answer("busy");
    else {
      this.#submitted++;
      this.#log
        .append(entry)
        .then(
          ({ reply }) => answer(reply),
          (error: unknown) => answer(answerOf(error)),
        )
        .finally(() => this.#submitted--);
    }
  }
}

/** The next that is not empty; an empty one for the end. */
function nextPiece(pieces: Iterator<Uint8Array>): Uint8Array {
  for (let next = pieces.next(); next.done !== true; next = pieces.next())
    if (next.value.length > 0) return next.value;
  return new Uint8Array(0);
}
