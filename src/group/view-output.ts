/** What the multicast of a view wants, said in names of members instead of their ranks, and told to the application by its rules. */
import type { CoreOutput } from "./core-types.ts";
import type { GroupView, Seat } from "./membership/seat.ts";
import type { MulticastOutput } from "./multicast/output.ts";
import type { Telling } from "./telling.ts";

export interface ViewOutputHost {
  readonly out: CoreOutput;
  readonly telling: Telling;
  /** There may be room for more of our own messages. */
  pump(): void;
  /** The member of this rank is too slow. */
  slow(rank: number): void;
}

export function viewOutput({ id, members }: GroupView, host: ViewOutputHost): MulticastOutput {
  const { out, telling } = host;
  const nodes: string[] = [];
  const nodeOf = (rank: number) => (members[rank] as Seat).node;
  return {
    send: (to, bytes) => out.send(nodeOf(to), bytes),
    broadcast: (ranks, bytes) => {
      nodes.length = 0;
      for (const each of ranks) nodes.push(nodeOf(each));
      if (nodes.length > 0) out.broadcast(nodes, bytes);
    },
    deliver: (from, sequence, mode, payload) =>
      telling.deliver(id, members[from] as Seat, sequence, mode, payload),
    held: (from, sequence) => out.held?.(members[from] as Seat, sequence),
    discarded: (from, sequence) => out.discarded?.(members[from] as Seat, sequence),
    sent: (sequence, mode) => telling.sent(id, sequence, mode),
    stable: (sequence, mode) => telling.stable(sequence, mode),
    room: () => host.pump(),
    slow: (rank) => {
      out.slow(nodeOf(rank));
      host.slow(rank);
    },
    ready: () => out.ready(),
  };
}
