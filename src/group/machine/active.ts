/** An active machine as the replica has it: commands and replies as bytes. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Typed } from "../api/codec.ts";
import { CARRIED_OUT } from "../api/frames.ts";
import { groupError } from "../errors.ts";
import type { ActiveDefinition, Definition } from "./definition.ts";
import { Keeper, kindOf, type Told } from "./keeper.ts";
import type { ActiveObject, Context, ViewChange } from "./object.ts";

export class ActiveMachine<State, Command, Reply> implements ActiveObject {
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

/** @throws CoterieError GROUP_REPLY_LOST: the command was carried out all the same. */
function encodedReply<Reply>(replies: Typed<Reply>, reply: Reply): Uint8Array {
  try {
    return replies.encode(reply);
  } catch (error) {
    throw groupError(CARRIED_OUT, `the reply cannot be told: ${(error as Error).message}`, "done", error);
  }
}
