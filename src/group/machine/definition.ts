/**
 * State machines of people's own. An active one is carried out by every member. A passive one is carried out by the primary, which may look
 * at the time or ask somebody; all members, the primary too, then take the change that it made.
 */
import type { Codec } from "../api/codec.ts";
import type { StandardSchema } from "../api/schema.ts";
import type { Context, ViewChange } from "./object.ts";

export interface Definition<State, Command, Reply> {
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

/**
 * A state machine that every member runs: the same commands in the same order everywhere. Schneider (1990).
 */
export interface ActiveDefinition<State, Command, Reply> extends Definition<State, Command, Reply> {
  /** Members left and joined: may change the state, as deterministically as `apply`. It must not throw. */
  viewChanged?(state: State, change: ViewChange): void;
  /**
   * Changes the state as the command says, and returns the reply. It must depend on nothing but its arguments: no time, no chance, no
   * input. To refuse a command it throws, with the state as it was.
   */
  apply(state: State, command: Command, context: Context): Reply;
}

/**
 * A state machine of which one member finds out each change and all make it: for commands that are not
 * deterministic. Budhiraja and others (1993).
 */
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

/** What became of a machine's state. */
export type MachineEvent<State, Change> =
  /** A command was carried out, or a change made. */
  | { readonly kind: "changed"; readonly what: Change; readonly position: number }
  /** This process was out, and has the group's state again; `before` is what it had. How much it missed nobody knows. */
  | { readonly kind: "missed"; readonly before: State; readonly count: "unknown" };
