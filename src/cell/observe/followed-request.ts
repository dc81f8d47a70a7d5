/** A request on its way through a log, for whoever looks on: by steps, and by a span if there is one above it. */
import type { Span } from "@opentelemetry/api";
import { step_kind, type step_request } from "../gen/cell-admin.gen.ts";
import { endFailed, type Spans } from "./spans.ts";
import type { Steps } from "./steps.ts";

export class FollowedRequest {
  readonly #steps: Steps;
  readonly #spans: Spans;
  readonly #request: step_request | undefined;
  readonly #span: Span | undefined;

  /** That of this turn, if it is known. */
  constructor(steps: Steps, spans: Spans, name: string) {
    this.#steps = steps;
    this.#spans = spans;
    this.#request = steps.request;
    this.#span = spans.part(name);
  }

  /** It goes into the log. */
  static appended(steps: Steps, spans: Spans): FollowedRequest {
    const followed = new FollowedRequest(steps, spans, "log append");
    const request = followed.#request;
    if (request === undefined) return followed;
    steps.record(step_kind.STEP_APPEND, request);
    if (followed.#span !== undefined) spans.follow(request, followed.#span);
    return followed;
  }

  succeeded(success: step_kind): void {
    this.#span?.end();
    if (this.#request === undefined) return;
    this.#steps.record(success, this.#request);
    this.#spans.leave(this.#request);
  }

  failed(code: string): void {
    endFailed(this.#span, code);
    if (this.#request === undefined) return;
    this.#steps.record(step_kind.STEP_FAIL, this.#request, 0, code);
    this.#spans.leave(this.#request);
  }
}
