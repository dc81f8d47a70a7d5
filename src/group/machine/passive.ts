/** A passive machine as the replica has it; at the primary, with a second copy of the state, which goes ahead. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { Typed } from "../api/codec.ts";
import type { Definition, PassiveDefinition } from "./definition.ts";
import { Keeper, kindOf, type Told } from "./keeper.ts";
import type { Context, Executed, PassiveObject } from "./object.ts";

export class PassiveMachine<State, Command, Reply, Change> implements PassiveObject {
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
