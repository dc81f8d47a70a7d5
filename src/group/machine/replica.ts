/**
 * One member's copy of all that the group shares: requests in, in the group's order, and replies out. Pure: it sends nothing, and
 * knows no time. The same requests, changes and views make the same copy everywhere, down to the sessions that keep a
 * request from being carried out twice.
 */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { isCoterieError } from "../../world/index.ts";
import { differenceOf } from "../api/difference.ts";
import { type Change, done, type Outcome, type Request, refused, toCount } from "../api/frames.ts";
import {
  decode_kept_state,
  encode_kept_state,
  type frame_request,
  type kept_object,
  type kept_state,
  outcome_kind,
} from "../api/gen/group-frames.gen.ts";
import { groupError } from "../errors.ts";
import { type Member, memberName, type View } from "../types.ts";
import type { Context, SharedObject } from "./object.ts";
import { MAX_PENDING_BYTES, MAX_PENDING_REQUESTS, Pending, type PendingRequest } from "./pending.ts";
import { Sessions } from "./sessions.ts";

export interface ReplicaOutput {
  /** A request has its answer: for the first time, or again because it was asked again. */
  answered(session: string, number: number, outcome: Outcome): void;
  /** A request to a passive object waits for the primary. */
  waiting(pending: PendingRequest): void;
}

/** Positions that a new group leaves to each view: those of a state that was lost are not used again. */
const POSITIONS_OF_VIEW = 2 ** 31;
const MAX_VIEW = 2 ** 22;

const NO_VIEW: View = { id: 0, members: [] };

export class Replica {
  readonly #objects: ReadonlyMap<string, SharedObject>;
  readonly #out: ReplicaOutput;
  #view = NO_VIEW;
  #position = 0;
  #sessions = new Sessions();
  readonly #pending = new Pending();

  constructor(objects: ReadonlyMap<string, SharedObject>, out: ReplicaOutput) {
    this.#objects = objects;
    this.#out = out;
  }

  get view(): View {
    return this.#view;
  }

  get position(): number {
    return this.#position;
  }

  knows(session: string): boolean {
    return this.#sessions.has(session);
  }

  pending(): Iterable<PendingRequest> {
    return this.#pending;
  }

  /** Nobody has a state: it begins with this view. */
  begin(view: View): void {
    this.#view = NO_VIEW;
    this.#position = (view.id % MAX_VIEW) * POSITIONS_OF_VIEW;
    this.#sessions = new Sessions();
    this.#pending.clear();
    for (const object of this.#objects.values()) object.restore(undefined);
    this.install(view);
  }

  /** A view, unless it is in the state already. */
  install(view: View): void {
    if (view.id <= this.#view.id) return;
    const { joined, left } = differenceOf(this.#view, view);
    this.#view = view;
    const position = ++this.#position;
    for (const object of this.#objects.values()) object.viewChanged({ view, left, joined, position });
    for (const member of joined) this.#sessions.open(memberName(member));
    this.#sessions.keep(new Set(view.members.map(memberName)));
  }

  /** @throws CoterieError GROUP_DECLARED_DIFFERENTLY: this member cannot go on. */
  request(sender: Member, request: Request): void {
    const object = this.#object(request.object);
    const position = ++this.#position;
    const { session, number } = request;
    const begun = this.#sessions.begin(request, memberName(sender));
    if (begun === "under way") return;
    if (begun !== "new") this.#out.answered(session, number, begun);
    else if (object.mode === "active")
      this.#answer(session, number, applied(object, request, { view: this.#view, sender, position }));
    else if (this.#pending.hasRoom) this.#out.waiting(this.#pending.add({ request, sender, position }));
    else this.#answer(session, number, refused("GROUP_BUSY", PENDING_FULL));
  }

  /** What the primary made of a request. @throws as `request`. */
  change(sender: Member, { session, number, object: name, change, result }: Change): void {
    const object = this.#object(name);
    const position = ++this.#position;
    if (!this.#pending.remove({ session, number })) return;
    if (object.mode === "passive" && result.kind === outcome_kind.OUTCOME_DONE)
      object.update(change, { view: this.#view, sender, position });
    // What came in a message is lent.
    this.#answer(session, number, "reply" in result ? done(result.reply.slice()) : result);
  }

  #answer(session: string, number: number, outcome: Outcome): void {
    this.#sessions.answer(session, number, outcome);
    this.#out.answered(session, number, outcome);
  }

  #object(name: string): SharedObject {
    const object = this.#objects.get(name);
    if (object !== undefined) return object;
    throw groupError(
      "GROUP_DECLARED_DIFFERENTLY",
      `others use a shared object "${name}", which is not declared here`,
      "unknown",
    );
  }

  /** The state as it is now. */
  save(): Uint8Array {
    const writer = new XdrWriter(4096);
    const objects = [...this.#objects].map(([name, object]) => ({
      name,
      kind: object.kind,
      state: stateOf(object),
    }));
    encode_kept_state(writer, {
      view: this.#view.id,
      members: [...this.#view.members],
      position: BigInt(this.#position),
      sessions: this.#sessions.save(),
      pending: [...this.#pending].map(({ request, sender, position }) => ({
        request: toWire(request),
        sender,
        position: BigInt(position),
      })),
      objects,
    });
    return writer.detach();
  }

  /** @throws CoterieError GROUP_DECLARED_DIFFERENTLY; XdrError for bytes that are no state. */
  restore(bytes: Uint8Array): void {
    const reader = new XdrReader(bytes);
    const kept = decode_kept_state(reader);
    reader.finish();
    this.#checkDeclared(kept.objects);
    this.#restore(kept);
    for (const { name, state } of kept.objects) {
      const objectReader = new XdrReader(state);
      this.#objects.get(name)?.restore(objectReader);
      objectReader.finish();
    }
  }

  #restore({ view, members, position, sessions, pending }: kept_state): void {
    this.#view = { id: view, members };
    this.#position = toCount(position);
    this.#sessions = Sessions.restore(sessions);
    this.#pending.clear();
    for (const { request, sender, position } of pending)
      this.#pending.add({ request: fromWire(request), sender, position: toCount(position) });
  }

  #checkDeclared(theirs: readonly kept_object[]): void {
    const [here, there] = [
      declared([...this.#objects].map(([name, { kind }]) => ({ name, kind }))),
      declared(theirs),
    ];
    if (here === there) return;
    throw groupError(
      "GROUP_DECLARED_DIFFERENTLY",
      `declared here: ${here}; by the others: ${there}`,
      "never",
    );
  }
}

const PENDING_FULL = `over ${MAX_PENDING_REQUESTS} requests, or ${MAX_PENDING_BYTES} bytes of them, wait for the primary`;

function declared(objects: readonly { readonly name: string; readonly kind: string }[]): string {
  return (
    objects
      .map(({ name, kind }) => `${name} (${kind})`)
      .sort()
      .join(", ")
      .slice(0, 500) || "nothing"
  );
}

function applied(object: SharedObject & { mode: "active" }, { command }: Request, context: Context): Outcome {
  try {
    return done(object.apply(command, context));
  } catch (error) {
    return refusalOf(error);
  }
}

/** What an object threw, as it is told. */
export function refusalOf(error: unknown): Outcome {
  const isOurs = isCoterieError(error) && !(error instanceof XdrError);
  return refused(isOurs ? error.code : "GROUP_COMMAND_REFUSED", error);
}

function stateOf(object: SharedObject): Uint8Array {
  const writer = new XdrWriter(1024);
  object.save(writer);
  return writer.detach();
}

function toWire({ number, done, ...rest }: Request): frame_request {
  return { ...rest, number: BigInt(number), done: BigInt(done) };
}

function fromWire({ number, done, ...rest }: frame_request): Request {
  return { ...rest, number: toCount(number), done: toCount(done) };
}
