/**
 * Who this replica is, and who the others are: what is said in hellos, and what follows from what others say. A store that is
 * new learns here which number it has, from the founding or from those who made it a member.
 */
import { type Configuration, memberOf } from "./configuration.ts";
import { Founding } from "./founding.ts";
import { PAXOS_FORMAT } from "./gen/paxos.gen.ts";
import type { Identity } from "./log-store.ts";
import type { Hello } from "./wire.ts";

/** What a replica learned of itself. */
export interface Lesson {
  readonly id: number;
  readonly founding: Configuration;
}

export class Introductions {
  identity: Identity;
  /** The log exists without this store. */
  isStranger = false;
  readonly #founding: Founding;

  constructor(identity: Identity, name: string, founders: readonly string[]) {
    this.identity = identity;
    this.#founding = new Founding({ name, token: identity.token }, founders);
  }

  /** What to say to a peer, whose store is known once it has said so. */
  hello(peer: string, token: string | undefined, configuration: Configuration): Hello {
    const member = token === undefined ? undefined : memberOf(configuration, { name: peer, token });
    return {
      kind: "hello",
      format: PAXOS_FORMAT,
      token: this.identity.token,
      id: this.identity.id,
      yourId: member?.id ?? 0,
      founders: this.#founding.founders,
      founding: this.identity.founding,
    };
  }

  /** At the start: a founder that is alone knows all it needs. */
  begin(): Lesson | undefined {
    return this.#learn(this.#founding.result);
  }

  /** What a peer's hello tells of this replica itself, if that is new. */
  heard(peer: string, hello: Hello): Lesson | undefined {
    const { id, founding } = this.identity;
    const known = founding ?? hello.founding;
    // A store that was removed and made a member again has a new number.
    if (hello.yourId > id && known !== undefined) {
      this.isStranger = false;
      return { id: hello.yourId, founding: known };
    }
    return id === 0 ? this.#learn(this.#founding.heard(peer, hello)) : undefined;
  }

  #learn(founded: Founding["result"]): Lesson | undefined {
    this.isStranger = founded.kind === "stranger";
    return founded.kind === "founded" ? founded : undefined;
  }
}

/** Whether a peer is the store that the configuration knows by its number; it may be newer than the configuration. */
export function isGenuine({ members }: Configuration, peer: string, { id, token }: Hello): boolean {
  const member = members.find((each) => each.id === id);
  return member === undefined || (member.name === peer && member.token === token);
}
