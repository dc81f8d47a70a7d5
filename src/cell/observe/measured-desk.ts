/** A volume's desk whose answers are counted: those of the replica here, and those of other nodes, to which calls were forwarded. */
import type { Answer, Desk, VolumeCall } from "../../files/index.ts";
import type { Counter, Family, Histogram, Registry } from "../../telemetry/index.ts";
import type { Clock } from "../../world/index.ts";

type Kind = "answered" | "later" | "elsewhere" | "unknown";

interface WaySeries {
  readonly answers: Readonly<Record<Kind, Counter>>;
  readonly seconds: Histogram;
}

export class DeskMeter {
  readonly #clock: Clock;
  readonly #here: WaySeries;
  readonly #forwarded: WaySeries;

  constructor(clock: Clock, registry: Registry) {
    this.#clock = clock;
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

  #timed(desk: Desk, call: VolumeCall, { answers, seconds }: WaySeries): Promise<Answer> {
    const beganMs = this.#clock.monotonicMs();
    const answer = desk.submit(call);
    answer.then(
      (given) => {
        seconds.observe((this.#clock.monotonicMs() - beganMs) / 1000);
        answers[kindOf(given)].add();
      },
      () => answers.unknown.add(),
    );
    return answer;
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
