/** What active and passive machines have in common: the state, how it goes into bytes and back, and what watches are told. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { type Codec, jsonCodec } from "../api/codec.ts";
import type { Definition, MachineEvent } from "./definition.ts";

export type Told<State, Change> = (event: MachineEvent<State, Change>) => void;

/** The state itself, and how it goes into bytes and back. */
export class Keeper<State> {
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

/** @throws RangeError for a kind that is too long or empty. */
export function kindOf(mode: string, kind = "machine"): string {
  const { length } = new TextEncoder().encode(kind);
  if (length < 1 || length > 24) throw new RangeError(`kind "${kind}": 1 to 24 bytes`);
  return `${mode}/${kind}`;
}
