/** A replicated log whose entries and reads are timed, and whose changes of leader are counted. */
import type { Appended, LogStatus, ReplicatedLog } from "../../paxos/index.ts";
import type { Counter, Family, Histogram, Registry } from "../../telemetry/index.ts";
import { type Clock, type CoterieError, isCoterieError, type Log } from "../../world/index.ts";
import { step_kind } from "../gen/cell-admin.gen.ts";
import { FollowedRequest } from "./followed-request.ts";
import type { Spans } from "./spans.ts";
import type { Steps } from "./steps.ts";

interface LogSeries {
  readonly appendSeconds: Histogram;
  readonly readSeconds: Histogram;
  /** Another node leads. */
  readonly leads: (leader: string) => void;
  /** By the code of the failure. */
  readonly failures: (code: string) => Counter;
}

export class LogMeter {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #steps: Steps;
  readonly #spans: Spans;
  readonly #appendSeconds: Family<Histogram>;
  readonly #readSeconds: Family<Histogram>;
  readonly #leaderChanges: Family<Counter>;
  readonly #failures: Family<Counter>;

  constructor(clock: Clock, registry: Registry, steps: Steps, spans: Spans, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#steps = steps;
    this.#spans = spans;
    const histogram = (name: string, help: string) => registry.histogram({ name, help, labels: ["log"] });
    this.#appendSeconds = histogram(
      "coterie_log_append_seconds",
      "From giving an entry to the log until a majority has it on disk and this node has applied it.",
    );
    this.#readSeconds = histogram(
      "coterie_log_read_seconds",
      "From asking the log until it is certain that this node's state is fresh enough to answer a read.",
    );
    this.#leaderChanges = registry.counter({
      name: "coterie_log_leader_changes_total",
      help: "Times that this node heard of another leader of the log.",
      labels: ["log"],
    });
    this.#failures = registry.counter({
      name: "coterie_log_failures_total",
      help: "Entries and reads that the log did not take, or whose outcome is not known, by the code of the failure.",
      labels: ["log", "code"],
    });
  }

  /** `name`: as metrics call the log. */
  measured<Reply>(name: string, log: ReplicatedLog<Reply>): ReplicatedLog<Reply> {
    return new MeasuredLog(log, this.#clock, this.#steps, this.#spans, {
      appendSeconds: this.#appendSeconds.of(name),
      readSeconds: this.#readSeconds.of(name),
      leads: this.#leads(name),
      failures: (code) => this.#failures.of(name, code),
    });
  }

  /** A call of what a volume is given now goes into its log, together with others perhaps. */
  follow(appended: Promise<unknown>): void {
    const followed = FollowedRequest.appended(this.#steps, this.#spans);
    appended.then(
      () => followed.succeeded(step_kind.STEP_DONE),
      (error: unknown) => followed.failed(codeOf(error)),
    );
  }

  #leads(name: string): (leader: string) => void {
    const changes = this.#leaderChanges.of(name);
    return (leader) => {
      changes.add();
      this.#log.info("leader changed", { log: name, leader });
    };
  }
}

class MeasuredLog<Reply> implements ReplicatedLog<Reply> {
  onStatus: (status: LogStatus) => void = () => {};
  readonly #log: ReplicatedLog<Reply>;
  readonly #clock: Clock;
  readonly #steps: Steps;
  readonly #spans: Spans;
  readonly #series: LogSeries;
  #leader: string | undefined;

  constructor(log: ReplicatedLog<Reply>, clock: Clock, steps: Steps, spans: Spans, series: LogSeries) {
    this.#log = log;
    this.#clock = clock;
    this.#steps = steps;
    this.#spans = spans;
    this.#series = series;
    this.#leader = log.status().leader;
    log.onStatus = (status) => {
      if (status.leader !== undefined && status.leader !== this.#leader) {
        this.#leader = status.leader;
        series.leads(status.leader);
      }
      this.onStatus(status);
    };
  }

  append(entry: Uint8Array): Promise<Appended<Reply>> {
    const followed = FollowedRequest.appended(this.#steps, this.#spans);
    return this.#timed(this.#log.append(entry), this.#series.appendSeconds, followed, step_kind.STEP_DONE);
  }

  read<Seen>(look: () => Seen): Promise<Seen> {
    const followed = new FollowedRequest(this.#steps, this.#spans, "log read");
    return this.#timed(this.#log.read(look), this.#series.readSeconds, followed, step_kind.STEP_FRESH);
  }

  reconfigure(voters: readonly string[]): Promise<void> {
    return this.#log.reconfigure(voters);
  }

  status(): LogStatus {
    return this.#log.status();
  }

  get closed(): Promise<CoterieError | undefined> {
    return this.#log.closed;
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** The promise itself goes on to who asked. */
  #timed<Result>(
    result: Promise<Result>,
    seconds: Histogram,
    followed: FollowedRequest,
    success: step_kind,
  ): Promise<Result> {
    const beganMs = this.#clock.monotonicMs();
    result.then(
      () => {
        seconds.observe((this.#clock.monotonicMs() - beganMs) / 1000);
        followed.succeeded(success);
      },
      (error: unknown) => {
        this.#series.failures(codeOf(error)).add();
        followed.failed(codeOf(error));
      },
    );
    return result;
  }
}

function codeOf(error: unknown): string {
  return isCoterieError(error) ? error.code : "none";
}
