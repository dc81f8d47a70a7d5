/**
 * Spans of OpenTelemetry for calls of NFS: the call, its volume's part, the log's. They go to the SDK that the program registered; as long as none
 * is, nothing is made, and a call costs one comparison. Whether there is one is looked at about once a second. Contexts are given on
 * by hand and not kept by the runtime: what one turn of a call does below another is seen in that turn.
 */
import {
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { step_request } from "../gen/cell-admin.gen.ts";
import { keyOf } from "./steps.ts";

const LOOK_MS = 1000;
/** Entries whose way into the log is followed. */
const MAX_FOLLOWED = 4096;
/** What is behind a proxy as long as nobody registered anything. */
const NOTHING = new ProxyTracerProvider().getDelegate();

export class Spans {
  /** Of what runs in this turn. */
  current: Span | undefined;
  readonly #followed = new Map<string, Span>();
  readonly #attributes: Readonly<Record<string, string>>;
  #isOn = false;
  #lookAtMs = Number.NEGATIVE_INFINITY;

  /** `attributes`: of each call's span, for example the node. */
  constructor(attributes: Readonly<Record<string, string>> = {}) {
    this.#attributes = attributes;
  }

  /** A call came. Undefined: nobody looks. */
  call(name: string, nowMs: number): Span | undefined {
    if (nowMs >= this.#lookAtMs) {
      this.#lookAtMs = nowMs + LOOK_MS;
      this.#isOn = isRegistered();
    }
    if (!this.#isOn) return undefined;
    return this.#tracer().startSpan(
      name,
      { kind: SpanKind.SERVER, attributes: this.#attributes },
      ROOT_CONTEXT,
    );
  }

  /** A part of what runs in this turn, if that is looked at. */
  part(name: string): Span | undefined {
    const { current } = this;
    if (current === undefined) return undefined;
    return this.#tracer().startSpan(name, {}, trace.setSpan(ROOT_CONTEXT, current));
  }

  /** The request is on its way through the log, in this span. */
  follow(request: step_request, span: Span): void {
    if (this.#followed.size < MAX_FOLLOWED) this.#followed.set(keyOf(request), span);
  }

  leave(request: step_request): void {
    if (this.#followed.size > 0) this.#followed.delete(keyOf(request));
  }

  /** A majority has the request on disk, and it is carried out here now. */
  applied(request: step_request, index: number): void {
    if (this.#followed.size > 0) this.#followed.get(keyOf(request))?.addEvent("applied", { index });
  }

  #tracer() {
    return trace.getTracer("coterie");
  }
}

function isRegistered(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NOTHING;
}

/** Ends a span as failed; `why` is a code. */
export function endFailed(span: Span | undefined, why: string): void {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: why });
  span?.end();
}
