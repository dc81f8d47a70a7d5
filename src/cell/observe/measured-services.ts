/** NFS services whose calls are counted by what they were answered, and timed from the server's handing them over until their result is there. */

import type { Span } from "@opentelemetry/api";
import { nfsStatusName } from "../../files/index.ts";
import type { Handler, Service } from "../../marshal/index.ts";
import { NO_REPLY, type RpcCall } from "../../rpc/index.ts";
import type { Counter, Family, Histogram, Registry } from "../../telemetry/index.ts";
import type { Clock } from "../../world/index.ts";
import { endFailed, type Spans } from "./spans.ts";
import type { Steps } from "./steps.ts";

const NFS_PROGRAM = 100_003;
/** No status of NFS. */
const UNANSWERED = -1;

export class ServiceMeter {
  readonly #clock: Clock;
  readonly #steps: Steps;
  readonly #spans: Spans;
  readonly #calls: Family<Counter>;
  readonly #seconds: Family<Histogram>;
  #running = 0;

  constructor(clock: Clock, registry: Registry, steps: Steps, spans: Spans) {
    this.#clock = clock;
    this.#steps = steps;
    this.#spans = spans;
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
    const meter = new ProcedureMeter(version, procedure, this.#calls, this.#seconds);
    const spanName = `NFS${version} ${procedure}`;
    const done = (result: unknown, beganMs: number, span: Span | undefined): void => {
      this.#running--;
      const status = result === NO_REPLY ? UNANSWERED : statusIn(result);
      meter.done(status, this.#clock.monotonicMs() - beganMs);
      span?.setAttribute("nfs.status", statusName(status));
      span?.end();
    };
    const failed = (error: unknown, span: Span | undefined): void => {
      this.#running--;
      meter.failed();
      endFailed(span, String(error));
    };
    return (args, call) => {
      const beganMs = this.#clock.monotonicMs();
      const span = this.#spans.call(spanName, beganMs);
      this.#running++;
      let result: unknown;
      try {
        this.#steps.call = call;
        this.#spans.current = span;
        result = handler(args, call);
      } catch (error) {
        failed(error, span);
        throw error;
      } finally {
        this.#steps.call = undefined;
        this.#spans.current = undefined;
      }
      if (result instanceof Promise)
        result.then(
          (value) => done(value, beganMs, span),
          (error: unknown) => failed(error, span),
        );
      else done(result, beganMs, span);
      return result;
    };
  }
}

/** One procedure's series, which are made at its first call: most are never called. */
class ProcedureMeter {
  readonly #version: string;
  readonly #procedure: string;
  readonly #calls: Family<Counter>;
  readonly #seconds: Family<Histogram>;
  /** Held by status, so that a call costs no search by three words. */
  readonly #byStatus = new Map<number, Counter>();
  #histogram: Histogram | undefined;

  constructor(version: string, procedure: string, calls: Family<Counter>, seconds: Family<Histogram>) {
    this.#version = version;
    this.#procedure = procedure;
    this.#calls = calls;
    this.#seconds = seconds;
  }

  done(status: number, tookMs: number): void {
    this.#count(status);
    this.#histogram ??= this.#seconds.of(this.#version, this.#procedure);
    this.#histogram.observe(tookMs / 1000);
  }

  failed(): void {
    this.#count(UNANSWERED);
  }

  #count(status: number): void {
    let counter = this.#byStatus.get(status);
    if (counter === undefined) {
      counter = this.#calls.of(this.#version, this.#procedure, statusName(status));
      this.#byStatus.set(status, counter);
    }
    counter.add();
  }
}

function statusName(status: number): string {
  return status === UNANSWERED ? "none" : nfsStatusName(status);
}

/** Every result of NFS begins with its status, but that of NULL, which is nothing. */
function statusIn(result: unknown): number {
  if (!(result instanceof Uint8Array) || result.length < 4) return 0;
  return new DataView(result.buffer, result.byteOffset, 4).getUint32(0);
}
