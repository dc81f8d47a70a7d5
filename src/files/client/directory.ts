/**
 * Reading directories: page after page by cookie, with the attributes of every entry (READDIRPLUS), so that listing
 * a directory costs a few calls and not one for each file. While a page is used, the next one is on its way; no
 * more than two are held, however large the directory is.
 */
import { type entry3, type entryplus3, nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { errorOfStatus, hasErrno } from "./errors.ts";
import { copyBytes, decodeName, type FilePath, isDot, isDotDot, pathText } from "./names.ts";
import type { Session } from "./session.ts";
import { Stats } from "./stats.ts";

/** One name of a directory. */
export interface Dirent {
  /** See `names.ts` for names that are not UTF-8. */
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly ino: bigint;
  /** Of the entry itself: a symbolic link is not followed. Undefined when they were not asked for. */
  readonly stats: Stats | undefined;
}

interface Page {
  readonly entries: Dirent[];
  readonly cookie: bigint;
  readonly verifier: Uint8Array;
  readonly eof: boolean;
}

const noVerifier = new Uint8Array(8);
/** Readings of a whole directory that may fail because it changed. */
const MAX_LISTINGS = 3;

export interface ListOptions {
  /** Ask for the attributes of every entry. */
  readonly stats: boolean;
}

/** All that `list` gives, which begins anew when the directory has changed under it. */
export async function readWhole(list: () => AsyncIterable<Dirent>): Promise<Dirent[]> {
  for (let listing = 1; ; listing++) {
    const entries: Dirent[] = [];
    try {
      for await (const entry of list()) entries.push(entry);
      return entries;
    } catch (error) {
      if (!hasErrno(error, "EBAD_COOKIE") || listing === MAX_LISTINGS) throw error;
    }
  }
}

/** The entries of a directory, in the server's order, without `.` and `..`. */
export async function* listDirectory(
  session: Session,
  directory: Uint8Array,
  path: FilePath,
  options: ListOptions,
): AsyncGenerator<Dirent, void, undefined> {
  const reader = new PageReader(session, directory, path, options.stats);
  let next = reader.read(0n, noVerifier);
  for (;;) {
    const page = await next;
    if (!page.eof) {
      next = reader.read(page.cookie, page.verifier);
      // The reader may stop before it is wanted; whoever waits for it sees the failure.
      next.catch(() => {});
    }
    yield* page.entries;
    if (page.eof) return;
  }
}

class PageReader {
  readonly #session: Session;
  readonly #directory: Uint8Array;
  readonly #path: FilePath;
  readonly #wantsStats: boolean;
  #plus: boolean;

  constructor(session: Session, directory: Uint8Array, path: FilePath, stats: boolean) {
    this.#session = session;
    this.#directory = directory;
    this.#path = path;
    this.#wantsStats = stats;
    this.#plus = stats;
  }

  async read(cookie: bigint, verifier: Uint8Array): Promise<Page> {
    if (this.#plus) {
      try {
        return await this.#readPlus(cookie, verifier);
      } catch (error) {
        if (!hasErrno(error, "ENOTSUPP")) throw error;
        this.#plus = false;
      }
    }
    return this.#readPlain(cookie, verifier);
  }

  async #readPlus(cookie: bigint, cookieverf: Uint8Array): Promise<Page> {
    const bytes = this.#session.limits.pageBytes;
    const args = { dir: this.#directory, cookie, cookieverf, dircount: bytes, maxcount: bytes };
    const { resok } = await this.#session.ask(
      () => this.#session.nfs.NFSPROC3_READDIRPLUS(args),
      "readdir",
      this.#path,
    );
    const entries: Dirent[] = [];
    let last = cookie;
    for (let entry = resok.reply.entries; entry !== null; entry = entry.nextentry) {
      last = entry.cookie;
      if (isDot(entry.name) || isDotDot(entry.name)) continue;
      const given = entry.name_attributes;
      // A server may leave attributes out where it likes.
      if (given.attributes_follow) entries.push(plainEntry(entry, new Stats(given.attributes)));
      else entries.push(await this.#withStats(entry));
    }
    return this.#page(entries, cookie, last, resok.cookieverf, resok.reply.eof);
  }

  async #readPlain(cookie: bigint, cookieverf: Uint8Array): Promise<Page> {
    const args = { dir: this.#directory, cookie, cookieverf, count: this.#session.limits.pageBytes };
    const { resok } = await this.#session.ask(
      () => this.#session.nfs.NFSPROC3_READDIR(args),
      "readdir",
      this.#path,
    );
    const entries: Dirent[] = [];
    let last = cookie;
    for (let entry = resok.reply.entries; entry !== null; entry = entry.nextentry) {
      last = entry.cookie;
      if (isDot(entry.name) || isDotDot(entry.name)) continue;
      entries.push(this.#wantsStats ? await this.#withStats(entry) : plainEntry(entry, undefined));
    }
    return this.#page(entries, cookie, last, resok.cookieverf, resok.reply.eof);
  }

  #page(entries: Dirent[], from: bigint, cookie: bigint, verifier: Uint8Array, eof: boolean): Page {
    // Without an end and without progress, it would be asked for again for ever.
    if (!eof && cookie === from) {
      throw errorOfStatus(nfsstat3.NFS3ERR_SERVERFAULT, "readdir", pathText(this.#path));
    }
    return { entries, cookie, verifier: copyBytes(verifier), eof };
  }

  async #withStats(entry: entry3 | entryplus3): Promise<Dirent> {
    const plain = plainEntry(entry, undefined);
    return { ...plain, stats: await this.#lookup(plain.rawName) };
  }

  /** Undefined when the entry is gone meanwhile. */
  async #lookup(name: Uint8Array): Promise<Stats | undefined> {
    const session = this.#session;
    const args = { what: { dir: this.#directory, name } };
    const answer = await session.answer(() => session.nfs.NFSPROC3_LOOKUP(args));
    if (answer.status !== nfsstat3.NFS3_OK) return undefined;
    const { object, obj_attributes } = answer.resok;
    return new Stats(await session.attributesOf(obj_attributes, object, "readdir", this.#path));
  }
}

function plainEntry(entry: entry3 | entryplus3, stats: Stats | undefined): Dirent {
  const rawName = copyBytes(entry.name);
  return { name: decodeName(rawName), rawName, ino: entry.fileid, stats };
}
