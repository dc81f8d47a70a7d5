/**
 * A disk that damages what it took, behind the system's back: a file system in an image, mounted through a loop device, and a
 * bit of the image changed. Every program goes on reading what the cache holds; a transfer reads what the disk holds, and mends it.
 * Only root can mount, and only where there are loop devices.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FileReceiver, FileSender, type TransferTarget } from "../../src/channel/index.ts";
import { LocalSource } from "../../src/cli/transfer/local-source.ts";
import { LocalStore } from "../../src/cli/transfer/local-store.ts";
import { createLocalFiles } from "../../src/node/local-files-node.ts";
import { requirePeer, requireRoot } from "../peers/require-peer.ts";
import { channelPair } from "../support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../support/world-pieces.ts";

const MIB = 1024 * 1024;
const MARK = "here the disk will lie";
const base = mkdtempSync(join(tmpdir(), "coterie-damaged-"));
const image = join(base, "image");
const mount = join(base, "mount");

afterAll(() => {
  try {
    execFileSync("umount", [mount], { stdio: "ignore" });
  } catch {
    // What was not mounted need not be unmounted.
  }
  rmSync(base, { recursive: true, force: true });
});

function mountImage(): boolean {
  writeFileSync(image, "");
  truncateSync(image, 64 * MIB);
  mkdirSync(mount);
  try {
    execFileSync("mkfs.ext4", ["-q", "-F", image]);
    execFileSync("mount", ["-o", "loop", image, mount], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Changes what the disk holds where the mark is. */
function damage(): void {
  const at = readFileSync(image).indexOf(MARK);
  expect(at).toBeGreaterThan(0);
  const file = openSync(image, "r+");
  writeSync(file, "H", at);
  closeSync(file);
}

const isPossible =
  requireRoot("a file system in an image") && requirePeer("mkfs.ext4", "e2fsprogs", "mkfs.ext4");

test.runIf(isPossible)("what the disk damaged is found behind the cache, and mended", async (context) => {
  if (!mountImage()) context.skip("this machine mounts no images: it has no loop devices");
  const local = createLocalFiles();
  const path = join(base, "file");
  const content = Buffer.alloc(3 * MIB, "a");
  content.write(MARK, MIB + 12_345);
  writeFileSync(path, content);
  const store = new LocalStore({
    local,
    directory: mount,
    force: false,
    onCached: () => expect.fail("it was read from memory"),
  });
  let settled = 0;
  const seenByOthers: boolean[] = [];
  const [left, right] = channelPair(8 * MIB);
  const receiver = new FileReceiver(right, {
    store: {
      async open(offer): Promise<TransferTarget> {
        const target = await store.forSession({ giveUp: async () => false }).open(offer);
        const settle = target.settle.bind(target);
        return Object.assign(target, {
          settle: async (size: number) => {
            await settle(size);
            if (settled++ > 0) return;
            damage();
            const part = local.join(
              mount,
              execFileSync("ls", ["-A", mount], { encoding: "utf8" })
                .split("\n")
                .find((name) => name.startsWith(".coterie-part-")) as string,
            );
            seenByOthers.push(readFileSync(Buffer.from(part)).equals(content));
          },
        });
      },
    },
    crypto: nodeCrypto,
    clock: stillClock,
  });
  const sender = new FileSender(left, { crypto: nodeCrypto });
  const result = await sender.send(new LocalSource(local, Buffer.from(path)));
  await sender.end();
  await receiver.ended;
  // Whoever reads as every program does is told that all is well.
  expect(seenByOthers).toEqual([true]);
  expect(result).toMatchObject({ mendedBlocks: 1, sentBytes: 4 * MIB });
  expect(readFileSync(image).includes(MARK)).toBe(true);
  expect(readFileSync(join(mount, "file")).equals(content)).toBe(true);
});
