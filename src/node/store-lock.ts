/**
 * One process per store, also for reading, by a lock that the system releases when its holder dies, however it dies.
 *
 * Node offers no flock. What it offers and the kernel cleans up is a listening socket. On Linux it listens on an
 * abstract Unix socket (a name without a file) made of the directory's device and inode: binding is atomic,
 * leaves nothing behind, and does not depend on how the path is spelt. The directory is kept open: if somebody removes it under its
 * holder, its inode is not another directory's as long as the holder lives. Elsewhere it is a socket file in the
 * directory; one left by a killed process refuses connections, which is how it is told from a live one.
 */
import { once } from "node:events";
import { closeSync, fstatSync, openSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { CoterieError } from "../world/index.ts";

export interface StoreLock {
  release(): void;
}

const SOCKET_FILE = "owner.sock";

/** @throws CoterieError STORE_LOCKED when another store object, of this process or another, holds it. */
export async function lockStore(directory: string): Promise<StoreLock> {
  const isAbstract = process.platform === "linux";
  const kept = isAbstract ? openSync(directory, "r") : undefined;
  let isOpen = kept !== undefined;
  const close = () => {
    if (isOpen && kept !== undefined) closeSync(kept);
    isOpen = false;
  };
  const name = kept === undefined ? join(directory, SOCKET_FILE) : nameOfInode(kept);
  const server = await (isAbstract ? tryListen(name) : listenAtFile(name)).catch((error: unknown) => {
    close();
    throw error;
  });
  if (server === undefined) {
    close();
    throw new CoterieError("STORE_LOCKED", `the store ${directory} is open in another process`, {
      details: { path: directory },
    });
  }
  return {
    release() {
      server.close();
      close();
    },
  };
}

/** The same for who changes nothing; where no lock can be made because nothing can be written, nobody else writes either. */
export async function lockStoreToRead(directory: string): Promise<StoreLock> {
  try {
    return await lockStore(directory);
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(String((error as NodeJS.ErrnoException).code))) throw error;
    return { release: () => {} };
  }
}

/** `directory`: open. */
function nameOfInode(directory: number): string {
  const { dev, ino } = fstatSync(directory, { bigint: true });
  return `\0coterie-store-${dev.toString(16)}-${ino.toString(16)}`;
}

async function listenAtFile(file: string): Promise<Server | undefined> {
  return (await tryListen(file)) ?? replaceStale(file);
}

/** The listening server, or undefined when the name is taken. */
async function tryListen(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    const listening = once(server, "listening");
    server.listen({ path: name, exclusive: true });
    await listening;
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

async function replaceStale(file: string): Promise<Server | undefined> {
  const probe = connect(file);
  try {
    await once(probe, "connect");
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
    unlinkSync(file);
    return tryListen(file);
  } finally {
    probe.destroy();
  }
}
