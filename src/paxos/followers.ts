/**
 * Whom a leader brings the log to, and how far each of them is: the members, and until a switch is sealed those who were members before it.
 * What a majority of the voters has is told from their progress and the leader's own.
 */
import { type Configuration, isVoter, type Member } from "./configuration.ts";
import type { Core } from "./core.ts";
import { Progress } from "./progress.ts";
import { reachedByMajority } from "./quorum.ts";

export class Followers {
  readonly #core: Core;
  readonly #progress = new Map<number, Progress>();
  /** That is followed, and whether it is sealed. */
  #configuration: Configuration;
  #isSealed = true;

  constructor(core: Core) {
    this.#core = core;
    this.#configuration = core.prefix.configuration;
  }

  get all(): ReadonlyMap<number, Progress> {
    return this.#progress;
  }

  get(id: number): Progress | undefined {
    return this.#progress.get(id);
  }

  isMember(id: number): boolean {
    return id === this.#core.id || this.#progress.has(id);
  }

  /** Whether there is another configuration than the one that is followed. */
  get isStale(): boolean {
    const { configuration, isSealed } = this.#core.prefix;
    return configuration !== this.#configuration || isSealed !== this.#isSealed;
  }

  /** Follows those who are members now. Returns those who are none any more, and nobody needs. */
  follow(): number[] {
    const { id, state, prefix } = this.#core;
    this.#configuration = prefix.configuration;
    this.#isSealed = prefix.isSealed;
    const ids = new Set(prefix.configuration.members.map((member) => member.id));
    const gone = prefix.isSealed ? [...this.#progress.keys()].filter((known) => !ids.has(known)) : [];
    for (const known of gone) this.#progress.delete(known);
    for (const member of ids) {
      if (member === id || this.#progress.has(member)) continue;
      this.#progress.set(member, new Progress(member, state.end + 1));
    }
    return gone;
  }

  /** The voter that could lead soonest, if one is reached. */
  get heir(): number | undefined {
    let best: Progress | undefined;
    for (const each of this.#progress.values()) {
      if (!this.#core.linked.has(each.id) || !isVoter(this.#configuration, each.id)) continue;
      if (best === undefined || each.match > best.match) best = each;
    }
    return best?.id;
  }

  /** Whether so many of those who shall be voters, and all who are none yet, have nearly all there is. */
  areNear(wanted: readonly Member[], count: number): boolean {
    const near = wanted.filter(({ id }) => this.#isNear(id));
    const joining = wanted.filter(({ isVoter }) => !isVoter);
    return near.length >= count && joining.every((member) => near.includes(member));
  }

  #isNear(id: number): boolean {
    const { state, limits, linked } = this.#core;
    const progress = this.#progress.get(id);
    if (id === this.#core.id) return true;
    if (progress === undefined || !linked.has(id)) return false;
    return progress.match >= state.committed - limits.nearEntries && progress.match > 0;
  }

  /** What a majority of the voters reaches, of their progress and of what the leader has itself. */
  ofMajority(reached: (progress: Progress) => number, own: number): number {
    const { id, prefix } = this.#core;
    const values: number[] = [];
    for (const member of prefix.configuration.members) {
      if (!member.isVoter) continue;
      const progress = this.#progress.get(member.id);
      values.push(
        member.id === id ? own : progress === undefined ? Number.NEGATIVE_INFINITY : reached(progress),
      );
    }
    return reachedByMajority(values);
  }
}
