/** How a stream's system waits for a way to open: it tries again and again, and gives up when its patience ends. */
import type { Fabric } from "./fabric.ts";
import type { Link } from "./links.ts";

export interface Wait {
  readonly isOpen: () => boolean;
  /** Called once the way is open: at once, if it is. */
  readonly go: () => void;
  readonly giveUp: () => void;
}

/** Waits since `sinceNs`, with a look at every retransmission over `link`. */
export function waitForWay(fabric: Fabric, link: Link, sinceNs: number, wait: Wait): void {
  const { scheduler, streamTimeoutMs } = fabric;
  if (wait.isOpen()) wait.go();
  else if (scheduler.nowNs - sinceNs >= streamTimeoutMs * 1e6) wait.giveUp();
  else {
    const againNs = link.options.retransmitMs * 1e6;
    scheduler.after(againNs, undefined, () => waitForWay(fabric, link, sinceNs, wait));
  }
}
