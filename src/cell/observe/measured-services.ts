/** NFS services whose calls are counted by what they were answered, and timed from the server's handing them over until their result is there. */
import { nfsStatusName } from "../../files/index.ts";
import type { Handler, Service } from "../../marshal/index.ts";
import { NO_REPLY, type RpcCall } from "../../rpc/index.ts";
import type { Counter, Family, Histogram, Registry } from "../../telemetry/index.ts";
import type { Clock } from "../../world/index.ts";
import type { Steps } from "./steps.ts";

const NFS_PROGRAM = 100_003;
/** No status of NFS. */
const UNANSWERED = -1;

export class ServiceMeter {
  readonly #clock: Clock;
  readonly #steps: Steps;
  readonly #calls: Family<Counter>;
  readonly #seconds: Family<Histogram>;
  #running = 0;

  constructor(clock: Clock, registry: Registry, steps: Steps) {
    this.#clock = clock;
    this.#steps = steps;
    this.#calls = registry.counter({
      name: "coterie_nfs_calls_total",
      help: "Calls of NFS by what they were answered; none: they were not, and the client asks again.",
      labels: ["version", "procedure", "status"],
    });
    this.#seconds = registry.histogram({
      name: "coterie_nfs_call_seconds",
      help: "How long calls of NFS took at this node, from their arrival to their result.",
      labels: ["version", "procedure"],
    });
    registry.read(
      "gauge",
      { name: "coterie_nfs_calls_running", help: "Calls of NFS without a result yet.", labels: [] },
      (tell) => tell(this.#running),
    );
  }

  /** The same service, measured; one of another program as it is. */
  measured(service: Service<RpcCall>): Service<RpcCall> {
    const { contract, handlers } = service;
    if (contract.program !== NFS_PROGRAM) return service;
    const version = String(contract.version);
    const names = new Map(
      contract.procedures.map(({ number, name }) => [number, name.replace(/^NFSPROC3?_/, "")]),
    );
    return {
      contract,
      handlers: handlers.map((handler, number) => {
        const name = names.get(number);
        return handler && name !== undefined ? this.#handler(handler, version, name) : handler;
      }),
    };
  }

  #handler(handler: Handler<RpcCall>, version: string, procedure: string): Handler<RpcCall> {
    // Made at the first call: most procedures are never called.
    let seconds: Histogram | undefined;
    // Held by status, so that a call costs no search by three words.
    const byStatus = new Map<number, Counter>();
    const counterOf = (result: unknown): Counter => {
      const status = result === NO_REPLY ? UNANSWERED : statusIn(result);
      let counter = byStatus.get(status);
      if (counter === undefined) {
        const name = status === UNANSWERED ? "none" : nfsStatusName(status);
        counter = this.#calls.of(version, procedure, name);
        byStatus.set(status, counter);
      }
      return counter;
    };
    const done = (result: unknown, beganMs: number): void => {
      this.#running--;
      counterOf(result).add();
      seconds ??= this.#seconds.of(version, procedure);
      seconds.observe((this.#clock.monotonicMs() - beganMs) / 1000);
    };
    const failed = (): void => {
      this.#running--;
      counterOf(NO_REPLY).add();
    };
    return (args, call) => {
      const beganMs = this.#clock.monotonicMs();
      this.#running++;
      let result: unknown;
      try {
        this.#steps.call = call;
        result = handler(args, call);
      } catch (error) {
        failed();
        throw error;
      } finally {
        this.#steps.call = undefined;
      }
      if (result instanceof Promise) result.then((value) => done(value, beganMs), failed);
      else done(result, beganMs);
      return result;
    };
  }
}

/** Every result of NFS begins with its status, but that of NULL, which is nothing. */
function statusIn(result: unknown): number {
  if (!(result instanceof Uint8Array) || result.length < 4) return 0;
  return new DataView(result.buffer, result.byteOffset, 4).getUint32(0);
}
