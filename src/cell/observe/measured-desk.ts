/** A volume's desk whose answers are counted: those of the replica here, and those of other nodes, to which calls were forwarded. */
import type { Span } from "@opentelemetry/api";
import type { Answer, Desk, VolumeCall } from "../../files/index.ts";
import type { Counter, Family, Histogram, Registry } from "../../telemetry/index.ts";
import type { Clock } from "../../world/index.ts";
import { step_kind } from "../gen/cell-admin.gen.ts";
import { endFailed, type Spans } from "./spans.ts";
import { callerOf, type Steps } from "./steps.ts";

type Kind = "answered" | "later" | "elsewhere" | "unknown";

/** In the order of x/cell-steps.x. */
const ANSWERS: readonly Kind[] = ["answered", "later", "elsewhere", "unknown"];

interface WaySeries {
  readonly answers: Readonly<Record<Kind, Counter>>;
  readonly seconds: Histogram;
}

export class DeskMeter {
  readonly #clock: Clock;
  readonly #steps: Steps;
  readonly #spans: Spans;
  readonly #here: WaySeries;
  readonly #forwarded: WaySeries;

  constructor(clock: Clock, registry: Registry, steps: Steps, spans: Spans) {
    this.#clock = clock;
    this.#steps = steps;
    this.#spans = spans;
    const answers = registry.counter({
      name: "coterie_volume_answers_total",
      help: "Calls of volumes, by where they were answered and how: answered; later: they did not happen, for want of a quorum; elsewhere: no replica serves there; unknown.",
      labels: ["way", "answer"],
    });
    const seconds = registry.histogram({
      name: "coterie_volume_answer_seconds",
      help: "How long volumes took to answer, here and when calls were forwarded.",
      labels: ["way"],
    });
    this.#here = seriesOf(answers, seconds, "here");
    this.#forwarded = seriesOf(answers, seconds, "forwarded");
  }

  here(desk: Desk): Desk {
    return { submit: (call) => this.#timed(desk, call, this.#here) };
  }

  forwarded(desk: Desk): Desk {
    return { submit: (call) => this.#timed(desk, call, this.#forwarded) };
  }

  #timed(desk: Desk, call: VolumeCall, way: WaySeries): Promise<Answer> {
    const { answers, seconds } = way;
    const beganMs = this.#clock.monotonicMs();
    const span = this.#spans.part(way === this.#forwarded ? "forward" : "submit");
    const answer = this.#submitted(desk, call, way, span);
    answer.then(
      (given) => {
        seconds.observe((this.#clock.monotonicMs() - beganMs) / 1000);
        const kind = kindOf(given);
        answers[kind].add();
        this.#steps.record(step_kind.STEP_ANSWER, call.identity, ANSWERS.indexOf(kind));
        span?.setAttribute("answer", kind);
        span?.end();
      },
      (error: unknown) => {
        answers.unknown.add();
        endFailed(span, String(error));
      },
    );
    return answer;
  }

  /** What happens for the call in this turn is put down to it. */
  #submitted(desk: Desk, call: VolumeCall, way: WaySeries, span: Span | undefined): Promise<Answer> {
    const steps = this.#steps;
    const spans = this.#spans;
    const above = spans.current;
    const { identity, version, procedure } = call;
    const caller = steps.call && callerOf(steps.call);
    const kind = caller === undefined ? step_kind.STEP_ASKED : step_kind.STEP_CALL;
    steps.record(kind, identity, version * 1000 + procedure, caller);
    if (way === this.#forwarded) steps.record(step_kind.STEP_FORWARD, identity);
    steps.request = identity;
    spans.current = span;
    try {
      return desk.submit(call);
    } finally {
      steps.request = undefined;
      spans.current = above;
    }
  }
}

function seriesOf(answers: Family<Counter>, seconds: Family<Histogram>, way: string): WaySeries {
  const of = (kind: Kind) => answers.of(way, kind);
  return {
    answers: {
      answered: of("answered"),
      later: of("later"),
      elsewhere: of("elsewhere"),
      unknown: of("unknown"),
    },
    seconds: seconds.of(way),
  };
}

function kindOf(answer: Answer): Kind {
  return typeof answer === "string" ? answer : "answered";
}
