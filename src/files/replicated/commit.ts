/**
 * COMMIT at any node: all unstable writes of a file that were answered before, whichever node answered them, are in the log when it is
 * answered with the verifier that they were answered with.
 *
 * First the own ones; then, as of a fresh look at the log, each node that has a session puts its own into the log or loses its
 * session, which raises the epoch. So a verifier that has stayed the same means that nothing was lost.
 */
import type { Session } from "./sessions.ts";

export interface CommitParts {
  /** The file; 0 for none. */
  readonly inode: number;
  /** The session of this node that goes on. */
  own(): string;
  waitOwn(inode: number): Promise<void> | undefined;
  read<Seen>(look: () => Seen): Promise<Seen>;
  sessions(): readonly Session[];
  /** The answer, as of the moment. */
  reply(): Uint8Array;
  flush(session: Session, inode: number): Promise<boolean>;
  /** Ends a session in the log: what it answered may be lost. */
  end(session: string): Promise<unknown>;
}

export async function commit(parts: CommitParts): Promise<Uint8Array> {
  const { inode } = parts;
  await parts.waitOwn(inode);
  const { others, reply } = await parts.read(() => {
    const own = parts.own();
    const others = parts.sessions().filter(({ id }) => id !== own);
    return { others, reply: others.length === 0 ? parts.reply() : undefined };
  });
  if (reply !== undefined) return reply;
  await Promise.all(others.map((session) => settle(parts, session)));
  return parts.read(() => parts.reply());
}

async function settle({ flush, end, inode }: CommitParts, session: Session): Promise<void> {
  if (!(await flush(session, inode))) await end(session.id);
}
