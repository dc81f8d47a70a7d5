/** What must hold of leaders and barriers, whoever looks. */

export const PARTIES = 2;

/** Numbers of leaders: whoever begins to stand after one was known gets a higher one. */
export class Tokens {
  #highest = 0;
  readonly #seen = new Set<number>();

  get highest(): number {
    return this.#highest;
  }

  won(token: number, before: number): string | undefined {
    if (this.#seen.has(token)) return `${token} was given twice`;
    this.#seen.add(token);
    this.#highest = Math.max(this.#highest, token);
    return token > before ? undefined : `${token} was given after ${before} was known`;
  }
}

/** Openings of the barrier. */
export class Meetings {
  #arrivals = 0;
  #passed = new Map<number, number>();

  arrives(): void {
    this.#arrivals++;
  }

  passes(generation: number): string | undefined {
    const passed = (this.#passed.get(generation) ?? 0) + 1;
    this.#passed.set(generation, passed);
    if (passed > PARTIES) return `${passed} passed at opening ${generation}`;
    return this.#arrivals >= generation * PARTIES
      ? undefined
      : `opening ${generation} after ${this.#arrivals} arrivals`;
  }

  /** All state is lost. */
  restart(): void {
    this.#passed = new Map();
  }
}
