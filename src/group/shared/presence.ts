/** Who is there, and what each says of itself: gone with its member. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { type Codec, Typed } from "../api/codec.ts";
import { guard } from "../api/listeners.ts";
import type { StandardSchema } from "../api/schema.ts";
import type { RequestOptions } from "../machine/client.ts";
import type { Declaration, ObjectHost } from "../machine/declaration.ts";
import type { ActiveObject, Context, ViewChange } from "../machine/object.ts";
import { type Member, memberName } from "../types.ts";
import {
  decode_presence_command,
  decode_presence_state,
  encode_presence_command,
  encode_presence_state,
  SHARED_MAX_META,
} from "./gen/group-shared.gen.ts";
import { type ListenOptions, type Unsubscribe, Watchers } from "./watchers.ts";
import { decoded, encoded } from "./wire.ts";

/** A member that is there, and what it says of itself. */
export interface Present<Meta> {
  readonly member: Member;
  readonly meta: Meta;
}

/** Who came and went. */
export type PresenceEvent<Meta> =
  | { readonly kind: "here"; readonly member: Member; readonly meta: Meta }
  | { readonly kind: "gone"; readonly member: Member }
  /** This process was out: who came and went meanwhile, or says something else now. */
  | { readonly kind: "missed"; readonly here: readonly Present<Meta>[]; readonly gone: readonly Member[] };

interface Stored {
  readonly member: Member;
  readonly meta: Uint8Array;
}

type StoredAll = ReadonlyMap<string, Stored>;

interface PresenceWatch {
  here(stored: Stored): void;
  gone(member: Member): void;
  replaced(before: StoredAll): void;
}

const NOTHING = new Uint8Array(0);

class PresenceObject implements ActiveObject {
  readonly mode = "active";
  readonly kind = "presence";
  readonly #watch: PresenceWatch;
  present = new Map<string, Stored>();

  constructor(watch: PresenceWatch) {
    this.#watch = watch;
  }

  apply(command: Uint8Array, { sender, view }: Context): Uint8Array {
    const { is_here: isHere, meta } = decoded(decode_presence_command, command);
    if (!isHere) this.#remove(sender);
    // What was sent in a view is delivered in it, so the sender is there; a state must not depend on it.
    else if (view.members.some((each) => memberName(each) === memberName(sender))) {
      const stored = { member: sender, meta: meta.slice() };
      this.present.set(memberName(sender), stored);
      this.#watch.here(stored);
    }
    return NOTHING;
  }

  #remove(member: Member): void {
    if (this.present.delete(memberName(member))) this.#watch.gone(member);
  }

  viewChanged({ left }: ViewChange): void {
    for (const member of left) this.#remove(member);
  }

  save(writer: XdrWriter): void {
    encode_presence_state(writer, [...this.present.values()]);
  }

  restore(reader: XdrReader | undefined): void {
    const before = this.present;
    const entries = reader === undefined ? [] : decode_presence_state(reader);
    this.present = new Map(
      entries.map(({ member, meta }) => [memberName(member), { member, meta: meta.slice() }]),
    );
    this.#watch.replaced(before);
  }
}

/** How what members say of themselves is checked and encoded. */
export interface PresenceOptions<Meta> {
  readonly schema?: StandardSchema<unknown, Meta> | undefined;
  readonly codec?: Codec<unknown> | undefined;
}

/** Who is there, and what each says of itself. An entry is gone when its member is. */
export class Presence<Meta> {
  /** @internal */
  readonly object: PresenceObject;
  readonly #host: ObjectHost;
  readonly #metas: Typed<Meta>;
  readonly #watchers: Watchers<PresenceEvent<Meta>>;
  /** What this process says of itself, in each of its lives in the group. */
  #own: Uint8Array | undefined;

  /** @internal Declare it with `presence`. */
  constructor(host: ObjectHost, metas: Typed<Meta>) {
    this.#host = host;
    this.#metas = metas;
    this.#watchers = new Watchers(host.log);
    this.object = new PresenceObject({
      here: (stored) => this.#tell(() => ({ kind: "here", ...this.#decoded(stored) })),
      gone: (member) => this.#watchers.tell({ kind: "gone", member }),
      replaced: (before) => this.#tell(() => this.#missed(before)),
    });
    host.onStanding((standing) => {
      if (standing === "member" && this.#own !== undefined && !this.#isKnown(this.#own))
        this.#again(this.#own);
    });
  }

  /** Whether the state here has this of ourselves. */
  #isKnown(own: Uint8Array): boolean {
    const stored = this.object.present.get(memberName(this.#host.self));
    return stored !== undefined && isSame(stored.meta, own);
  }

  /** A new member says again what the one before it said. */
  #again(own: Uint8Array): void {
    guard(this.#host.log, `presence ${this.#host.name}`, async () => {
      if (this.#own === own)
        await this.#host.ask(encoded(encode_presence_command, { is_here: true, meta: own }));
    });
  }

  /**
   * Says that this process is there, and something of it: until `hide`, and again each time that it is let in again.
   * @throws RangeError for what has over 4096 bytes.
   */
  async show(meta: Meta, options?: RequestOptions): Promise<void> {
    const own = this.#metas.encode(meta);
    if (own.length > SHARED_MAX_META)
      throw new RangeError(`${own.length} bytes of presence: the most is ${SHARED_MAX_META}`);
    this.#own = own;
    await this.#host.ask(encoded(encode_presence_command, { is_here: true, meta: own }), options);
  }

  async hide(options?: RequestOptions): Promise<void> {
    this.#own = undefined;
    await this.#host.ask(encoded(encode_presence_command, { is_here: false, meta: NOTHING }), options);
  }

  /** Who is there now, as everybody sees it. */
  all(options?: RequestOptions): Promise<Present<Meta>[]> {
    return this.#host.read(() => this.peek(), options);
  }

  /** Who is there, as it is seen here. */
  peek(): Present<Meta>[] {
    return [...this.object.present.values()].map((stored) => this.#decoded(stored));
  }

  watch(handler: (event: PresenceEvent<Meta>) => unknown, options?: ListenOptions): Unsubscribe {
    return this.#watchers.add(handler, options);
  }

  #decoded({ member, meta }: Stored): Present<Meta> {
    return { member, meta: this.#metas.decode(meta) };
  }

  #missed(before: StoredAll): PresenceEvent<Meta> {
    const now = this.object.present;
    const here = [...now].filter(([name, { meta }]) => {
      const old = before.get(name);
      return old === undefined || !isSame(old.meta, meta);
    });
    const gone = [...before].filter(([name]) => !now.has(name)).map(([, { member }]) => member);
    return { kind: "missed", here: here.map(([, stored]) => this.#decoded(stored)), gone };
  }

  #tell(event: () => PresenceEvent<Meta>): void {
    if (!this.#watchers.isEmpty)
      guard(this.#host.log, `presence ${this.#host.name}`, () => this.#watchers.tell(event()));
  }
}

/** Declares the presence of members. */
export function presence<Meta = unknown>(options: PresenceOptions<Meta> = {}): Declaration<Presence<Meta>> {
  return {
    open: (host) => {
      const handle = new Presence(host, new Typed(options.schema, options.codec));
      return { handle, object: handle.object };
    },
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
