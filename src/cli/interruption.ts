/**
 * For commands that make something elsewhere of which a part is of no use to anybody: when they are asked to stop, or nobody reads what they write any
 * more, what they do fails, so that they take back what they made. A second request ends them at once.
 */
import type { SignalName } from "../node/index.ts";
import { CoterieError } from "../world/index.ts";
import type { CliContext } from "./context.ts";
import { STATUS_OF_SIGNAL, stopRequests } from "./stop-requests.ts";

type Reject = (why: CoterieError) => void;

export class Interruption {
  readonly #waiting = new Set<Reject>();
  readonly #release: () => void;
  #why: CoterieError | undefined;

  constructor({ process, terminal: { out } }: Pick<CliContext, "process" | "terminal">) {
    const stop = stopRequests(process);
    const { onGone } = out;
    let gone: string | undefined;
    stop.first.then((signal) => this.#come(ofSignal(signal)));
    out.onGone = (why) => {
      gone = why;
      this.#come(interrupted("nobody reads the output any more"));
    };
    this.#release = () => {
      stop.release();
      out.onGone = onGone;
      if (gone !== undefined) onGone(gone);
    };
  }

  #come(why: CoterieError): void {
    this.#why ??= why;
    for (const reject of this.#waiting) reject(this.#why);
  }

  /** What `work` comes to, or CLI_INTERRUPTED if that is sooner; `work` goes on then, unheard. */
  or<Result>(work: Promise<Result>): Promise<Result> {
    // No race with one promise that lasts: it would keep what all the others came to.
    return new Promise((resolve, reject) => {
      if (this.#why !== undefined) reject(this.#why);
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** The pieces, until CLI_INTERRUPTED. */
  async *pieces<Piece>(source: AsyncIterable<Piece>): AsyncGenerator<Piece> {
    const pieces = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.or(pieces.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      // Not waited for: it may be in the middle of what never comes.
      pieces.return?.().catch(() => {});
    }
  }

  /** Signals and a reader that goes away have their usual effect again; one that has gone, now. */
  release(): void {
    this.#release();
  }
}

function ofSignal(signal: SignalName): CoterieError {
  return interrupted(`${signal} came`, { status: STATUS_OF_SIGNAL[signal] });
}

function interrupted(why: string, details: Readonly<Record<string, unknown>> = {}): CoterieError {
  return new CoterieError("CLI_INTERRUPTED", `${why} before it was done`, { details });
}
