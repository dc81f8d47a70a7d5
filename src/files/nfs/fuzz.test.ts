/**
 * Mutated calls of every procedure: whatever comes, the server answers or drops it, stays up, stays bounded, and its
 * volume stays whole. A run of a million: COTERIE_FUZZ=1000000.
 */
import { expect, test } from "vitest";
import { type CorpusCall, corpus } from "../../../test/support/nfs-corpus.ts";
import { at, made, type Site, sattr, withSite } from "../../../test/support/nfs-site.ts";
import { Prng } from "../../sim/index.ts";
import type { DatagramSocket } from "../../world/index.ts";
import { fsck } from "../volume/index.ts";

const MESSAGES = Number(process.env.COTERIE_FUZZ ?? 6000);
/** Messages under way at once: the simulated socket has room for them. */
const BATCH = 50;
const SEED = process.env.COTERIE_FUZZ_SEED ?? "1";
const interesting = [
  0, 1, 2, 3, 4, 7, 8, 31, 32, 33, 64, 255, 256, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

function below(prng: Prng, bound: number): number {
  return Math.floor(prng.unit() * bound);
}

function pick<T>(prng: Prng, values: readonly T[]): T {
  return values[below(prng, values.length)] as T;
}

/** One change to the bytes, mostly behind the header, so that it is NFS's decoders that meet it. */
function mutateOnce(prng: Prng, message: Uint8Array, calls: readonly CorpusCall[], from: number): Uint8Array {
  const position = () => Math.min(message.length - 1, from + below(prng, Math.max(1, message.length - from)));
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  switch (below(prng, 6)) {
    case 0: {
      const i = position();
      message[i] = (message[i] as number) ^ (1 << below(prng, 8));
      return message;
    }
    case 1: {
      const word = position() & ~3;
      if (word + 4 <= message.length) view.setUint32(word, pick(prng, interesting));
      return message;
    }
    case 2:
      return message.slice(0, position());
    case 3: {
      const i = position() & ~3;
      const extra = prng.bytes(4 * (1 + below(prng, 8)));
      return Uint8Array.from([...message.subarray(0, i), ...extra, ...message.subarray(i)]);
    }
    case 4: {
      const other = pick(prng, calls).message;
      const i = position() & ~3;
      return Uint8Array.from([...message.subarray(0, i), ...other.subarray(Math.min(i, other.length))]);
    }
    default: {
      const i = position() & ~3;
      return Uint8Array.from([...message.subarray(0, i), ...message.subarray(i + 4)]);
    }
  }
}

function mutate(prng: Prng, calls: readonly CorpusCall[], xid: number): Uint8Array {
  const call = pick(prng, calls);
  let message: Uint8Array = call.message.slice();
  const from = prng.unit() < 0.1 ? 0 : call.headerBytes;
  for (let changes = 1 + below(prng, 3); changes > 0 && message.length > from; changes--) {
    message = mutateOnce(prng, message, calls, from);
  }
  if (message.length >= 4) new DataView(message.buffer, message.byteOffset).setUint32(0, xid);
  return message;
}

interface Counts {
  replies: number;
  /** By accept_stat, for replies that were accepted. */
  accepted: Map<number, number>;
}

function listen(socket: DatagramSocket): Counts {
  const counts: Counts = { replies: 0, accepted: new Map() };
  socket.onMessage = (data) => {
    counts.replies++;
    if (data.length < 24) return;
    const view = new DataView(data.buffer, data.byteOffset);
    if (view.getUint32(8) !== 0) return;
    const status = view.getUint32(20);
    counts.accepted.set(status, (counts.accepted.get(status) ?? 0) + 1);
  };
  return counts;
}

async function prepare(site: Site): Promise<CorpusCall[]> {
  const how = { mode: 0, obj_attributes: sattr({ mode: 0o666, size: 4096 }) } as const;
  const file = made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, "file"), how }));
  return corpus(site.root, file);
}

const SUCCESS = 0;
const GARBAGE_ARGS = 4;
const SYSTEM_ERR = 5;

test("every call of the corpus is answered with success", async () => {
  await withSite({}, async (site) => {
    const calls = await prepare(site);
    expect(calls).toHaveLength(22 + 18 + 7 + 8 + 6);
    const socket = await site.client.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
    const counts = listen(socket);
    for (const call of calls) socket.send(call.message, { host: site.server.ip, port: 2049 });
    await site.simulation.sleep(2000);
    expect(counts.accepted).toEqual(new Map([[SUCCESS, calls.length]]));
  });
});

test(`${MESSAGES} mutated messages, seed ${SEED}`, async () => {
  const errors: string[] = [];
  await withSite(
    { seed: SEED, traceLines: 1000 },
    async (site) => {
      const calls = await prepare(site);
      const prng = new Prng(SEED, "fuzz");
      const socket = await site.client.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
      const counts = listen(socket);
      let heapBytes = 0;
      for (let sent = 0; sent < MESSAGES; sent++) {
        socket.send(mutate(prng, calls, 0x1000_0000 + sent), { host: site.server.ip, port: 2049 });
        if (sent % BATCH === BATCH - 1) await site.simulation.sleep(5);
        if (sent === MESSAGES >> 1) heapBytes = process.memoryUsage().heapUsed;
      }
      await site.simulation.sleep(2000);
      expect(process.memoryUsage().heapUsed - heapBytes).toBeLessThan(256 * 1024 * 1024);
      expect(counts.accepted.get(SYSTEM_ERR) ?? 0, errors.join("\n")).toBe(0);
      expect(counts.accepted.get(SUCCESS) ?? 0).toBeGreaterThan(MESSAGES / 10);
      expect(counts.accepted.get(GARBAGE_ARGS) ?? 0).toBeGreaterThan(MESSAGES / 20);
      expect(counts.replies).toBeGreaterThan(MESSAGES / 2);
      const alive = await site.nfs3().NFSPROC3_GETATTR({ object: site.root });
      expect(alive.status).toBe(0);
      await site.openVolume.close();
      const found = await fsck(site.server.world, "volume");
      expect(found.findings).toEqual([]);
    },
    24 * 3_600_000,
  );
}, 1_800_000);
