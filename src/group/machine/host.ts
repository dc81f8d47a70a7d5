/**
 * All that a process shares with its group: its copy (`replica.ts`), its requests and reads, and, at the oldest member, the primary's
 * work. It is told what happens in the group, and sends through the outbox.
 */
import type { CoterieError } from "../../world/index.ts";
import type { Frame } from "../api/frames.ts";
import type { Outbox } from "../api/outbox.ts";
import type { StateOrigin } from "../core-types.ts";
import { type Member, memberName, type View } from "../types.ts";
import { blockedError, Client, type RequestOptions, type WhenBlocked } from "./client.ts";
import type { SharedObject } from "./object.ts";
import { Primary } from "./primary.ts";
import { Reads } from "./reads.ts";
import { Replica } from "./replica.ts";

export interface HostOptions {
  readonly objects: ReadonlyMap<string, SharedObject>;
  readonly outbox: Outbox;
  readonly maxMessageBytes: number;
  readonly whenBlocked: WhenBlocked;
  /** This member cannot follow the others any more. */
  readonly broken: (error: unknown) => void;
}

/** What of a frame is the host's. */
export type HostFrame = Extract<Frame, { kind: "request" | "change" | "mark" }>;

export class Host {
  readonly #options: HostOptions;
  readonly #replica: Replica;
  readonly #client: Client;
  readonly #reads: Reads;
  readonly #primaries: readonly Primary[];
  #self: Member | undefined;
  #isMember = false;
  #isBlocked = false;
  #ended: (() => CoterieError) | undefined;

  constructor(options: HostOptions) {
    const { objects, outbox, maxMessageBytes, broken } = options;
    this.#options = options;
    this.#client = new Client(outbox, (session) => this.#replica.knows(session));
    this.#reads = new Reads(outbox);
    this.#primaries = [...objects].flatMap(([name, object]) =>
      object.mode === "passive" ? [new Primary({ name, object, outbox, maxMessageBytes, broken })] : [],
    );
    this.#replica = new Replica(objects, {
      answered: (session, number, outcome) => this.#client.answered(session, number, outcome),
      waiting: (pending) => {
        for (const primary of this.#primaries) primary.add(pending);
      },
    });
  }

  /** The member that this process is now. */
  get self(): Member | undefined {
    return this.#self;
  }

  get isMember(): boolean {
    return this.#isMember;
  }

  /** The command is copied. @throws RangeError for one that is too large. */
  ask(
    object: string,
    command: Uint8Array,
    { whenBlocked, signal }: RequestOptions = {},
  ): Promise<Uint8Array> {
    const most = this.#options.maxMessageBytes - OVERHEAD_BYTES;
    if (command.length > most)
      throw new RangeError(`${object}: a command of ${command.length} bytes; the most is ${most}`);
    const when = whenBlocked ?? this.#options.whenBlocked;
    const why = this.#refusal(when);
    return why === undefined ? this.#client.ask(object, command, when, signal) : Promise.reject(why);
  }

  /** What `look` sees when this copy has all that anybody was told before. */
  read<Seen>(look: () => Seen, { whenBlocked, signal }: RequestOptions = {}): Promise<Seen> {
    const when = whenBlocked ?? this.#options.whenBlocked;
    const why = this.#refusal(when);
    return why === undefined ? this.#reads.read(look, when, signal) : Promise.reject(why);
  }

  /** Why nothing is accepted now. */
  #refusal(when: WhenBlocked): CoterieError | undefined {
    if (this.#ended !== undefined) return this.#ended();
    return when === "fail" && (this.#isBlocked || !this.#isMember) ? blockedError() : undefined;
  }

  install(self: Member, view: View, state: StateOrigin): void {
    const isFirst = !this.#isMember;
    this.#self = self;
    this.#isMember = true;
    if (state === "nobody") this.#replica.begin(view);
    else this.#replica.install(view);
    const [oldest] = view.members;
    const isPrimary = oldest !== undefined && memberName(oldest) === memberName(self);
    for (const primary of this.#primaries) {
      if (isPrimary) primary.lead(view, this.#replica.pending());
      else primary.yield();
    }
    if (!isFirst) return;
    this.#client.installed(self);
    this.#reads.installed();
  }

  deliver(sender: Member, frame: HostFrame): void {
    if (frame.kind === "request") this.#replica.request(sender, frame.request);
    else if (frame.kind === "change") this.#replica.change(sender, frame.change);
    else if (this.#self !== undefined && memberName(sender) === memberName(this.#self))
      this.#reads.marked(frame.mark);
  }

  room(): void {
    for (const primary of this.#primaries) primary.run();
    this.#client.pump();
  }

  blocked(): void {
    this.#isBlocked = true;
    this.#client.blocked();
    this.#reads.blocked();
  }

  unblocked(): void {
    this.#isBlocked = false;
  }

  /** A life is over; `ended` says that it was the last, and what is asked from now on gets. */
  out(ended: (() => CoterieError) | undefined): void {
    this.#isMember = false;
    this.#isBlocked = false;
    for (const primary of this.#primaries) primary.yield();
    this.#reads.out();
    if (ended === undefined) {
      // Who does not wait for better times does not wait for another life either.
      this.#client.blocked();
      this.#reads.blocked();
      return;
    }
    if (this.#ended !== undefined) return;
    this.#ended = ended;
    this.#client.end(ended);
    this.#reads.end(ended);
  }

  /** The state as it is now. */
  capture(): Iterable<Uint8Array> {
    return pieces(this.#replica.save(), PIECE_BYTES);
  }

  /** @throws what says why the state cannot be used. */
  restore(pieces: Iterable<Uint8Array>): void {
    this.#replica.restore(joined([...pieces]));
  }
}

/** Of the state, when it is handed over. */
const PIECE_BYTES = 64 * 1024;

/** Of a frame around a command: the session, the object's name, numbers. */
export const OVERHEAD_BYTES = 1024;

function* pieces(bytes: Uint8Array, pieceBytes: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
