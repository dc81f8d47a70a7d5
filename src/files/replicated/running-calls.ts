/** What the calls of one entry have done so far: it is noted when all are done, and the later ones of them know it before. */
import type { WallTime } from "../../world/index.ts";
import type { Done, Identity } from "./done-calls.ts";
import { VOLUME_MAX_PIECES, type volume_call, type volume_touched } from "./gen/volume-log.gen.ts";
import { isAtOdds } from "./touched.ts";

export class RunningCalls implements Omit<Done, "index"> {
  readonly identities: Identity[] = [];
  readonly replies: Uint8Array[] = [];
  readonly touched: volume_touched[] = [];
  time: WallTime;

  /** `time`: the volume's, before them. */
  constructor(time: WallTime) {
    this.time = time;
  }

  /** Gives the reply back. */
  add({ identity }: volume_call, reply: Uint8Array): Uint8Array {
    this.identities.push(identity);
    this.replies.push(reply);
    return reply;
  }

  replyOf({ high, low }: Identity): Uint8Array | undefined {
    const at = this.identities.findIndex((done) => done.high === high && done.low === low);
    return this.replies[at];
  }

  /** A call has touched these bytes of a file. They stand together with others of the same file. */
  touch({ layer, inode, session, extents }: volume_touched): void {
    const last = this.touched.at(-1);
    if (last?.inode !== inode || last.layer !== layer || last.extents.length >= VOLUME_MAX_PIECES)
      this.touched.push({ layer, inode, session, extents });
    else for (const extent of extents) last.extents.push(extent);
  }

  /** Whether one of them touched some of the same bytes. */
  hasTouched(touched: volume_touched): boolean {
    return this.touched.some((other) => isAtOdds(touched, other));
  }
}
