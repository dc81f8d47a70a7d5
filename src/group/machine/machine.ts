/** State machines of people's own, in their hands: declared, asked and watched. */
import { Typed } from "../api/codec.ts";
import { Listeners, type ListenOptions, type Unsubscribe } from "../api/listeners.ts";
import { ActiveMachine } from "./active.ts";
import type { RequestOptions } from "./client.ts";
import type { Declaration, ObjectHost } from "./declaration.ts";
import type { ActiveDefinition, Definition, MachineEvent, PassiveDefinition } from "./definition.ts";
import type { Keeper, Told } from "./keeper.ts";
import type { SharedObject } from "./object.ts";
import { PassiveMachine } from "./passive.ts";

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
