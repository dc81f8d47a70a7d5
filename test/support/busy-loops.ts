/** Programs that do nothing as fast as they can, so that everybody else has to wait for a processor. */
import { type ChildProcess, spawn } from "node:child_process";

export class BusyLoops {
  readonly #children: readonly ChildProcess[];

  constructor(count: number) {
    // A loop ends by itself when it has no parent any more.
    const loop = 'while kill -0 "$0" 2>/dev/null; do i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; done';
    // Each in a session of its own, as another service would be: Linux shares the processors among sessions.
    this.#children = Array.from({ length: count }, () =>
      spawn("sh", ["-c", loop, String(process.pid)], { stdio: "ignore", detached: true }),
    );
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
