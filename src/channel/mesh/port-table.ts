/** This process's open ports. Their numbers are given once, and grow. */
import { CoterieError } from "../../world/index.ts";
import { Port, type PortOwner } from "./port.ts";

export class PortTable {
  readonly #byName = new Map<string, Port>();
  readonly #byNumber = new Map<number, Port>();
  readonly #maxPorts: number;
  #lastNumber = 0;

  constructor(maxPorts: number) {
    this.#maxPorts = maxPorts;
  }

  /** In the order of their numbers. */
  all(): Iterable<Port> {
    return this.#byNumber.values();
  }

  named(name: string): Port | undefined {
    return this.#byName.get(name);
  }

  /** Whether a port had this number, open or not. */
  wasGiven(number: number): boolean {
    return number > 0 && number <= this.#lastNumber;
  }

  isOpen(number: number): boolean {
    return this.#byNumber.has(number);
  }

  /** @throws RangeError when the name is taken. @throws CoterieError MESH_LIMIT. */
  open(owner: PortOwner, name: string): Port {
    if (this.#byName.has(name)) throw new RangeError(`port ${name} is open already`);
    if (this.#byName.size >= this.#maxPorts || this.#lastNumber === 0xffff_ffff) {
      const message = `cannot open port ${name}: ${this.#byName.size} are open, of maxPorts ${this.#maxPorts}`;
      throw new CoterieError("MESH_LIMIT", message, { details: { port: name } });
    }
    const port = new Port(owner, name, ++this.#lastNumber);
    this.#byName.set(name, port);
    this.#byNumber.set(port.number, port);
    return port;
  }

  close(port: Port): void {
    this.#byName.delete(port.name);
    this.#byNumber.delete(port.number);
  }
}
