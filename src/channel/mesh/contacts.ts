/** Asking who listens at an address: attempts that end when they know, each with the promise of who asked. */
import { type Address, CoterieError } from "../../world/index.ts";
import { Attempt, type MeshContext } from "./attempt.ts";
import type { Met } from "./handshake.ts";
import type { MeshPeer } from "./types.ts";
import type { Wire } from "./wire.ts";

export class Contacts {
  readonly #context: MeshContext;
  readonly #waiting = new Set<(reason: unknown) => void>();

  constructor(context: MeshContext) {
    this.#context = context;
  }

  /** Errors: NET_…, MESH_…, and the signal's reason. */
  ask(address: Address, signal?: AbortSignal, key?: Uint8Array): Promise<MeshPeer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const { maxHandshakes } = this.#context.limits;
      if (this.#waiting.size >= maxHandshakes) throw tooMany(maxHandshakes);
      const settle = (): void => {
        this.#waiting.delete(fail);
        signal?.removeEventListener("abort", onAbort);
        attempt.giveUp();
      };
      const fail = (reason: unknown): void => {
        settle();
        reject(reason);
      };
      const onAbort = (): void => fail(signal?.reason);
      const met = (met: Met, wire: Wire): void => {
        settle();
        const isKeyOf = this.#context.carrier.isKeyOf(wire.pipe, met.name);
        wire.leave();
        if (isKeyOf) resolve({ name: met.name, address: whereFrom(met, wire) });
        else reject(notItsKey(met.name));
      };
      const attempt = new Attempt(this.#context, address, undefined, { met, failed: fail }, key);
      this.#waiting.add(fail);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  close(reason: CoterieError): void {
    for (const fail of [...this.#waiting]) fail(reason);
  }
}

const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::", "::ffff:0.0.0.0"]);

/** Where a peer listens: who listens at all addresses of its machine is reached at the one that is seen. */
export function whereFrom({ address }: Met, { pipe }: Wire): Address {
  return WILDCARDS.has(address.host) ? { host: pipe.remote.host, port: address.port } : address;
}

function notItsKey(name: string): CoterieError {
  return new CoterieError("MESH_KEY", `${name} listens there, and the key is not known as its own`, {
    details: { name },
  });
}

function tooMany(most: number): CoterieError {
  return new CoterieError("MESH_LIMIT", `${most} contacts are under way already, of maxHandshakes ${most}`);
}
