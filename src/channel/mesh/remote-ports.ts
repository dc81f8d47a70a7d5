/** The ports that a link's peer has open, by their numbers, which only grow, and by their names. */
export class RemotePorts {
  readonly #names = new Map<number, string>();
  readonly #numbers = new Map<string, number>();
  readonly #maxPorts: number;
  #lastNumber = 0;

  constructor(maxPorts: number) {
    this.#maxPorts = maxPorts;
  }

  name(number: number): string | undefined {
    return this.#names.get(number);
  }

  number(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** The peer has opened a port. Says what is wrong with that, if anything is. */
  opened(number: number, name: string): string | undefined {
    if (number <= this.#lastNumber) return "a port's number that does not grow";
    if (name === "" || this.#numbers.has(name)) return "a port that is open, or has no name";
    if (this.#numbers.size >= this.#maxPorts) return `over ${this.#maxPorts} ports`;
    this.#lastNumber = number;
    this.#names.set(number, name);
    this.#numbers.set(name, number);
    return undefined;
  }

  /** The peer has closed a port: its name; undefined for one that is not open. */
  closed(number: number): string | undefined {
    const name = this.#names.get(number);
    if (name === undefined) return undefined;
    this.#names.delete(number);
    this.#numbers.delete(name);
    return name;
  }
}
