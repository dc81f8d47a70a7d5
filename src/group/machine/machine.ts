/**
 * State machines of people's own, shared by a group. An active one is carried out by every member. A passive one is carried out by the
 * primary, which may look at the time or ask somebody; all members, the primary too, then take the change that it made.
 */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { type Codec, jsonCodec, Typed } from "../api/codec.ts";
import { CARRIED_OUT } from "../api/frames.ts";
import { Listeners, type ListenOptions, type Unsubscribe } from "../api/listeners.ts";
import type { StandardSchema } from "../api/schema.ts";
import { groupError } from "../errors.ts";
import type { RequestOptions } from "./client.ts";
import type { Declaration, ObjectHost } from "./declaration.ts";
import type { ActiveObject, Context, Executed, PassiveObject, SharedObject, ViewChange } from "./object.ts";

interface Definition<State, Command, Reply> {
  /** What the machine is, and of which release: members with another do not share it. 1 to 24 bytes. Default `machine`. */
  readonly kind?: string | undefined;
  /** The state at first. */
  initial(): State;
  /** What a newcomer is given, for the codec. Default: the state itself. */
  save?(state: State): unknown;
  /** The state of what `save` returned. */
  load?(saved: unknown): State;
  readonly command?: StandardSchema<unknown, Command> | undefined;
  readonly reply?: StandardSchema<unknown, Reply> | undefined;
  /** Of commands, replies, changes and states. Default: `jsonCodec`. */
  readonly codec?: Codec<unknown> | undefined;
}

export interface ActiveDefinition<State, Command, Reply> extends Definition<State, Command, Reply> {
  /** Members left and joined: may change the state, as deterministically as `apply`. It must not throw. */
  viewChanged?(state: State, change: ViewChange): void;
  /**
   * Changes the state as the command says, and returns the reply. It must depend on nothing but its arguments: no time, no chance, no
   * input. To refuse a command it throws, with the state as it was.
   */
  apply(state: State, command: Command, context: Context): Reply;
}

export interface PassiveDefinition<State, Command, Reply, Change> extends Definition<State, Command, Reply> {
  /**
   * Finds out what the command changes, and does not change it. Only the primary calls it, for one command after another. Throwing refuses
   * the command. When the primary is lost before its change is known to anybody, the next one calls it again.
   */
  execute(
    state: State,
    command: Command,
    context: Context,
  ):
    | { readonly change: Change; readonly reply: Reply }
    | Promise<{ readonly change: Change; readonly reply: Reply }>;
  /** Makes the change, deterministically. It must not throw. */
  update(state: State, change: Change): void;
}

export type MachineEvent<State, Change> =
  /** A command was carried out, or a change made. */
  | { readonly kind: "changed"; readonly what: Change; readonly position: number }
  /** This process was out, and has the group's state again; `before` is what it had. How much it missed nobody knows. */
  | { readonly kind: "missed"; readonly before: State; readonly count: "unknown" };

/** A shared state machine in people's hands. */
export class SharedMachine<State, Command, Reply, Change = Command> {
  readonly #host: ObjectHost;
  readonly #commands: Typed<Command>;
  readonly #replies: Typed<Reply>;
  readonly #state: () => State;
  readonly #listeners: Listeners<{ change: MachineEvent<State, Change> }>;

  /** @internal Declare it with `activeMachine` or `passiveMachine`. */
  constructor(
    host: ObjectHost,
    commands: Typed<Command>,
    replies: Typed<Reply>,
    state: () => State,
    listeners: Listeners<{ change: MachineEvent<State, Change> }>,
  ) {
    this.#host = host;
    this.#commands = commands;
    this.#replies = replies;
    this.#state = state;
    this.#listeners = listeners;
  }

  /** Has a command carried out once. Rejects with GROUP_COMMAND_REFUSED, and as every request. @throws RangeError for one that is too large. */
  async submit(command: Command, options?: RequestOptions): Promise<Reply> {
    return this.#replies.decode(await this.#host.ask(this.#commands.encode(command), options));
  }

  /** What `look` sees in the state when that has all that anybody was told before. `look` must not change it. */
  read<Seen>(look: (state: State) => Seen, options?: RequestOptions): Promise<Seen> {
    return this.#host.read(() => look(this.#state()), options);
  }

  /** What `look` sees in the state as it is here: others may have a later one. */
  peek<Seen>(look: (state: State) => Seen): Seen {
    return look(this.#state());
  }

  watch(handler: (event: MachineEvent<State, Change>) => unknown, options?: ListenOptions): Unsubscribe {
    return this.#listeners.on("change", handler, options);
  }
}

type Told<State, Change> = (event: MachineEvent<State, Change>) => void;

/** The state itself, and how it goes into bytes and back. */
class Keeper<State> {
  readonly #definition: Definition<State, never, never>;
  readonly #codec: Codec<unknown>;
  state: State;

  constructor(definition: Definition<State, never, never>) {
    this.#definition = definition;
    this.#codec = definition.codec ?? jsonCodec;
    this.state = definition.initial();
  }

  bytes(): Uint8Array {
    const { save = (state: State): unknown => state } = this.#definition;
    return this.#codec.encode(save(this.state));
  }

  loaded(bytes: Uint8Array): State {
    const { load = (saved: unknown) => saved as State } = this.#definition;
    return load(this.#codec.decode(bytes));
  }

  save(writer: XdrWriter): void {
    writer.opaque(this.bytes());
  }

  /** @returns the state before. */
  restore(reader: XdrReader | undefined): State {
    const before = this.state;
    this.state = reader === undefined ? this.#definition.initial() : this.loaded(reader.opaque());
    return before;
  }
}

class ActiveMachine<State, Command, Reply> implements ActiveObject {
  readonly mode = "active";
  readonly kind: string;
  readonly keeper: Keeper<State>;
  readonly #definition: ActiveDefinition<State, Command, Reply>;
  readonly #commands: Typed<Command>;
  readonly #replies: Typed<Reply>;
  readonly #told: Told<State, Command>;

  constructor(
    definition: ActiveDefinition<State, Command, Reply>,
    commands: Typed<Command>,
    replies: Typed<Reply>,
    told: Told<State, Command>,
  ) {
    this.kind = kindOf("active", definition.kind);
    this.keeper = new Keeper(definition as Definition<State, never, never>);
    this.#definition = definition;
    this.#commands = commands;
    this.#replies = replies;
    this.#told = told;
  }

  apply(bytes: Uint8Array, context: Context): Uint8Array {
    const command = this.#commands.decode(bytes);
    const reply = this.#definition.apply(this.keeper.state, command, context);
    this.#told({ kind: "changed", what: command, position: context.position });
    return encodedReply(this.#replies, reply);
  }

  viewChanged(change: ViewChange): void {
    this.#definition.viewChanged?.(this.keeper.state, change);
  }

  save(writer: XdrWriter): void {
    this.keeper.save(writer);
  }

  restore(reader: XdrReader | undefined): void {
    this.#told({ kind: "missed", before: this.keeper.restore(reader), count: "unknown" });
  }
}

class PassiveMachine<State, Command, Reply, Change> implements PassiveObject {
  readonly mode = "passive";
  readonly kind: string;
  readonly keeper: Keeper<State>;
  readonly #definition: PassiveDefinition<State, Command, Reply, Change>;
  readonly #commands: Typed<Command>;
  readonly #replies: Typed<Reply>;
  readonly #changes: Typed<Change>;
  readonly #told: Told<State, Change>;
  /** At the primary: the state with the changes that are told and not yet agreed on. */
  #ahead: State | undefined;

  constructor(
    definition: PassiveDefinition<State, Command, Reply, Change>,
    commands: Typed<Command>,
    replies: Typed<Reply>,
    told: Told<State, Change>,
  ) {
    this.kind = kindOf("passive", definition.kind);
    this.keeper = new Keeper(definition as unknown as Definition<State, never, never>);
    this.#definition = definition;
    this.#commands = commands;
    this.#replies = replies;
    this.#changes = new Typed<Change>(undefined, definition.codec);
    this.#told = told;
  }

  promote(): void {
    this.#ahead = this.keeper.loaded(this.keeper.bytes());
  }

  demote(): void {
    this.#ahead = undefined;
  }

  execute(bytes: Uint8Array, context: Context): Executed | Promise<Executed> {
    const result = this.#definition.execute(this.#ahead as State, this.#commands.decode(bytes), context);
    return result instanceof Promise ? result.then((done) => this.#encoded(done)) : this.#encoded(result);
  }

  #encoded({ change, reply }: { readonly change: Change; readonly reply: Reply }): Executed {
    return { change: this.#changes.encode(change), reply: this.#replies.encode(reply) };
  }

  advance(change: Uint8Array): void {
    this.#definition.update(this.#ahead as State, this.#changes.decode(change));
  }

  update(bytes: Uint8Array, { position }: Context): void {
    const change = this.#changes.decode(bytes);
    this.#definition.update(this.keeper.state, change);
    this.#told({ kind: "changed", what: change, position });
  }

  /** The copy that is ahead would see it in another order. */
  viewChanged(): void {}

  save(writer: XdrWriter): void {
    this.keeper.save(writer);
  }

  restore(reader: XdrReader | undefined): void {
    this.#told({ kind: "missed", before: this.keeper.restore(reader), count: "unknown" });
  }
}

/** @throws CoterieError GROUP_REPLY_LOST: the command was carried out all the same. */
function encodedReply<Reply>(replies: Typed<Reply>, reply: Reply): Uint8Array {
  try {
    return replies.encode(reply);
  } catch (error) {
    throw groupError(CARRIED_OUT, `the reply cannot be told: ${(error as Error).message}`, "done", error);
  }
}

function kindOf(mode: string, kind = "machine"): string {
  const { length } = new TextEncoder().encode(kind);
  if (length < 1 || length > 24) throw new RangeError(`kind "${kind}": 1 to 24 bytes`);
  return `${mode}/${kind}`;
}

/** Declares a state machine that all members carry out (active-active): the replies of any one are those of all. */
export function activeMachine<State, Command, Reply>(
  definition: ActiveDefinition<State, Command, Reply>,
): Declaration<SharedMachine<State, Command, Reply>> {
  return {
    open: (host) =>
      opened<State, Command, Reply, Command>(
        host,
        definition,
        (commands, replies, told) => new ActiveMachine(definition, commands, replies, told),
      ),
  };
}

/** Declares a state machine that the oldest member carries out, and the others copy (active-passive). */
export function passiveMachine<State, Command, Reply, Change>(
  definition: PassiveDefinition<State, Command, Reply, Change>,
): Declaration<SharedMachine<State, Command, Reply, Change>> {
  return {
    open: (host) =>
      opened<State, Command, Reply, Change>(
        host,
        definition,
        (commands, replies, told) => new PassiveMachine(definition, commands, replies, told),
      ),
  };
}

function opened<State, Command, Reply, Change>(
  host: ObjectHost,
  definition: Definition<State, Command, Reply>,
  make: (
    commands: Typed<Command>,
    replies: Typed<Reply>,
    told: Told<State, Change>,
  ) => SharedObject & { readonly keeper: Keeper<State> },
) {
  const commands = new Typed(definition.command, definition.codec);
  const replies = new Typed(definition.reply, definition.codec);
  const listeners = new Listeners<{ change: MachineEvent<State, Change> }>(host.log);
  const object = make(commands, replies, (event) => listeners.emit("change", event));
  const handle = new SharedMachine<State, Command, Reply, Change>(
    host,
    commands,
    replies,
    () => object.keeper.state,
    listeners,
  );
  return { object, handle };
}
