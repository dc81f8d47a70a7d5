import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import {
  callEntry,
  callOf2,
  callOf3,
  callsEntry,
  commands,
  formatEntry,
  handleOf,
  layerCall,
  noChange,
  onlyReply,
  ROOT_CREDENTIALS,
  ROOT_HANDLE,
  resultOf,
  where,
} from "../../../test/support/volume-entries.ts";
import { Simulation } from "../../sim/index.ts";
import { randomBelow, type Store, type World } from "../../world/index.ts";
import type { CREATE3res, GETATTR3res, READ3res, REMOVE3res, WRITE3res } from "../nfs/gen/nfs3.gen.ts";
import type { EntryReplies } from "./entries.ts";
import { encode_volume_bounds, VOLUME_MACHINE_FORMAT } from "./gen/volume-log.gen.ts";
import { Sealed, seal, sealedKey } from "./sealed.ts";
import { bytesOf } from "./sessions.ts";
import type { VolumeCall } from "./volume-call.ts";
import { VolumeState } from "./volume-state.ts";

const SESSION = "00112233445566778899aabbccddeeff";
const text = (words: string) => new TextEncoder().encode(words);

function inWorld<T>(body: (world: World, open: (name: string) => Promise<Store>) => Promise<T>): Promise<T> {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("n");
  return sim.run(() => body(node.world, (name) => node.world.storage.open(name)));
}

function contentOf(store: Store): string {
  return Array.from(store.range({}), ({ key, value }) => `${hex(key)}=${hex(value)}`).join("\n");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function create(name: string, more: Partial<VolumeCall> = {}, dir = ROOT_HANDLE): VolumeCall {
  return callOf3(8, { where: where(name, dir), how: { mode: 1, obj_attributes: noChange } }, more);
}

function write(file: Uint8Array, offset: number, data: Uint8Array): VolumeCall {
  return callOf3(7, { file, offset: BigInt(offset), count: data.length, stable: 2, data });
}

function made(replies: EntryReplies): Uint8Array {
  const result = resultOf<CREATE3res>(8, onlyReply(replies));
  if (result.status !== 0 || !result.resok.obj.handle_follows) throw new Error(`status ${result.status}`);
  return result.resok.obj.handle;
}

describe("a volume's state", () => {
  test("is the same at all who are given the same entries, whatever their clocks and their restarts", async () => {
    await inWorld(async (world, open) => {
      const random = seededRandom(7);
      const below = (limit: number) => randomBelow(random, limit);
      const entries = [formatEntry(), ...randomEntries(below)];
      const [one, other] = [await open("one"), await open("other")];
      const first = new VolumeState(world, one);
      const replies = entries.map((entry, at) => first.apply(at + 1, entry));
      // The other is opened again after every few entries, and given some of them a second time, as a replay does.
      let second = new VolumeState(world, other);
      for (let at = 0; at < entries.length; at++) {
        if (below(5) === 0) second = new VolumeState(world, other);
        expect(second.index).toBe(at);
        const reply = second.apply(at + 1, entries[at] as Uint8Array);
        expect(reply).toEqual(replies[at]);
      }
      expect(second.index).toBe(entries.length);
      expect(contentOf(other)).toBe(contentOf(one));
    });
  });

  test("does a call once, and answers a copy of it with the first run's reply", async () => {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      const call = create("a");
      const reply = state.apply(2, callEntry(call, 1, 1001));
      expect(made(reply)).toHaveLength(32);
      expect(state.apply(3, callEntry(create("a"), 2, 1002))).not.toEqual(reply);
      expect(resultOf<CREATE3res>(8, onlyReply(state.apply(4, callEntry(create("a"), 2, 1003)))).status).toBe(
        17,
      );
      // By another node, later, and with the file gone.
      state.apply(5, callEntry(callOf3(12, { object: where("a") }), 4, 1004));
      expect(state.apply(6, callEntry(call, 1, 1005))).toEqual(reply);
      expect(
        resultOf<REMOVE3res>(
          12,
          onlyReply(state.apply(7, callEntry(callOf3(12, { object: where("a") }), 6, 1006))),
        ).status,
      ).toBe(2);
    });
  });

  test("remembers failures too: a late copy of what failed does nothing", async () => {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      const remove = callOf3(12, { object: where("a") });
      const refused = state.apply(2, callEntry(remove, 1, 1001));
      expect(resultOf<REMOVE3res>(12, onlyReply(refused)).status).toBe(2);
      const file = made(state.apply(3, callEntry(create("a"), 2, 1002)));
      expect(state.apply(4, callEntry(remove, 1, 1003))).toEqual(refused);
      const seen = resultOf<GETATTR3res>(1, state.look(callOf3(1, { object: file })));
      expect(seen.status).toBe(0);
    });
  });

  test("remembers them in a later life, and forgets what is older than the window", async () => {
    await inWorld(async (world, open) => {
      const store = await open("s");
      let state = new VolumeState(world, store);
      state.apply(1, formatEntry({ window: 8 }));
      const call = create("a");
      const reply = state.apply(2, callEntry(call, 1, 1001));
      state = new VolumeState(world, store);
      expect(state.apply(3, callEntry(call, 1, 1002))).toEqual(reply);
      for (let index = 4; index < 12; index++)
        state.apply(index, callEntry(create(`n${index}`), index - 1, 1000 + index));
      // Too late for anybody to know whether it was done: it is not run, and not answered.
      expect(state.apply(12, callEntry(call, 1, 1020))).toEqual([undefined]);
      // What came to its node just now is run.
      expect(resultOf<CREATE3res>(8, onlyReply(state.apply(13, callEntry(call, 12, 1021)))).status).toBe(17);
    });
  });

  test("never goes back in time, whichever clocks the commands come from", async () => {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      const ctimes: number[] = [];
      for (const [at, seconds] of [2000, 1500, 2000, 999_999].entries()) {
        const file = made(state.apply(at + 2, callEntry(create(`f${at}`), at + 1, seconds)));
        const { ctime } = attributesOf(state, file);
        ctimes.push(ctime.seconds * 1e9 + ctime.nseconds);
      }
      expect(ctimes).toEqual([2000e9, 2000e9 + 1, 2000e9 + 2, 999_999e9]);
    });
  });

  test("answers a call that is refused for want of room, does nothing, and remembers that", async () => {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      const call = create("a");
      const refused = state.apply(2, callEntry(call, 1, 1001, true));
      expect(resultOf<CREATE3res>(8, onlyReply(refused)).status).toBe(28);
      expect(state.apply(3, callEntry(call, 1, 1002))).toEqual(refused);
    });
  });

  test("makes and opens no volume of another format, and leaves its store as it is", async () => {
    await inWorld(async (world, open) => {
      const store = await open("s");
      const refused = expect.objectContaining({ code: "REPLICA_FORMAT" });
      const other = formatEntry({ format: VOLUME_MACHINE_FORMAT - 1 });
      expect(() => new VolumeState(world, store).apply(1, other)).toThrow(refused);
      expect(contentOf(store)).toBe("");
      new VolumeState(world, store).apply(1, formatEntry());
      const bounds = { format: VOLUME_MACHINE_FORMAT + 1, inline_chunks: 4, reaped_chunks: 4, window: 64 };
      store.apply([seal(world.crc32, sealedKey(Sealed.bounds), encode_volume_bounds, bounds)]);
      const before = contentOf(store);
      expect(() => new VolumeState(world, store)).toThrow(refused);
      expect(contentOf(store)).toBe(before);
    });
  });

  test("does nothing for arguments that are none, and goes on", async () => {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      expect(state.apply(2, callEntry({ ...create("a"), args: Uint8Array.of(1, 2, 3) }, 1, 1001))).toEqual([
        undefined,
      ]);
      expect(state.index).toBe(2);
      expect(made(state.apply(3, callEntry(create("a"), 2, 1002)))).toHaveLength(32);
    });
  });

  test("stops at what is no command that it knows", async () => {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      for (const entry of [Uint8Array.of(), Uint8Array.of(0, 0, 0, 99), Uint8Array.of(0, 0, 0, 2, 1)]) {
        expect(() => state.apply(2, entry)).toThrow(expect.objectContaining({ code: "REPLICA_FORMAT" }));
      }
      expect(() => new VolumeState(world, new Map() as never)).toThrow();
    });
  });

  test("is made once", async () => {
    await inWorld(async (world, open) => {
      const store = await open("s");
      const state = new VolumeState(world, store);
      expect(state.isMade).toBe(false);
      expect(() => state.look(create("a"))).toThrow(expect.objectContaining({ code: "REPLICA_STOPPED" }));
      state.apply(1, formatEntry());
      state.apply(2, formatEntry({ root_generation: 8, chunk_bytes: 8192 }));
      expect(state.index).toBe(2);
      const seen = resultOf<GETATTR3res>(1, state.look(callOf3(1, { object: ROOT_HANDLE })));
      expect(seen.status).toBe(0);
    });
  });

  test("stops before a damaged record becomes an answer that others do not give", async () => {
    await inWorld(async (world, open) => {
      const store = await open("s");
      let state = new VolumeState(world, store);
      state.apply(1, formatEntry());
      const file = made(state.apply(2, callEntry(create("a"), 1, 1001)));
      const before = contentOf(store);
      for (const { key, value } of store.range({ from: Uint8Array.of(0x12), to: Uint8Array.of(0x13) })) {
        const wrong = value.slice();
        wrong[0] = (wrong[0] as number) ^ 1;
        store.apply([{ key, value: wrong }]);
      }
      const spoilt = contentOf(store);
      expect(spoilt).not.toBe(before);
      state = new VolumeState(world, store);
      const remove = callEntry(callOf3(12, { object: where("a") }), 2, 1002);
      expect(() => state.apply(3, remove)).toThrow(expect.objectContaining({ code: "REPLICA_DAMAGED" }));
      expect(contentOf(store)).toBe(spoilt);
      const look = () => state.look(callOf3(3, { what: where("a") }));
      expect(look).toThrow(expect.objectContaining({ code: "REPLICA_DAMAGED" }));
      // What is not damaged is there.
      expect(resultOf<GETATTR3res>(1, state.look(callOf3(1, { object: file }))).status).toBe(0);
    });
  });
});

describe("unstable writes in the log", () => {
  const session = bytesOf(SESSION);
  const piece = (low: number, offset: number, words: string) => ({
    identity: { high: 1, low },
    offset,
    data: text(words),
  });

  function writesEntry(file: Uint8Array, pieces: readonly ReturnType<typeof piece>[], seen = 3): Uint8Array {
    const view = new DataView(file.buffer, file.byteOffset);
    const handle = { layer: view.getUint32(28), inode: view.getUint32(20), generation: view.getUint32(24) };
    const now = { seconds: 1005, nanoseconds: 0 };
    const credentials = ROOT_CREDENTIALS;
    return commands.writes({ seen, now, session, credentials, ...handle, pieces: [...pieces] }).slice();
  }

  async function begun(body: (state: VolumeState, file: Uint8Array) => void): Promise<void> {
    await inWorld(async (world, open) => {
      const state = new VolumeState(world, await open("s"));
      state.apply(1, formatEntry());
      const file = made(state.apply(2, callEntry(create("a"), 1, 1001)));
      state.apply(3, commands.beginSession(SESSION, "n1").slice());
      body(state, file);
    });
  }

  function contentOfFile(state: VolumeState, file: Uint8Array): string {
    const read = resultOf<READ3res>(6, state.look(callOf3(6, { file, offset: 0n, count: 100 })));
    return read.status === 0 ? new TextDecoder().decode(read.resok.data) : `status ${read.status}`;
  }

  test("are done in their order, each once, while their session goes on", async () => {
    await begun((state, file) => {
      state.apply(4, writesEntry(file, [piece(1, 0, "aaaa"), piece(2, 2, "bb")]));
      expect(contentOfFile(state, file)).toBe("aabb");
      state.apply(5, writesEntry(file, [piece(1, 0, "aaaa"), piece(3, 4, "c")]));
      expect(contentOfFile(state, file)).toBe("aabbc");
    });
  });

  test("that came to their node twice are done at their first place", async () => {
    await begun((state, file) => {
      state.apply(4, writesEntry(file, [piece(1, 0, "first"), piece(2, 0, "later"), piece(1, 0, "first")]));
      expect(contentOfFile(state, file)).toBe("later");
    });
  });

  test("are void once it is over, and what it answered counts as lost", async () => {
    await begun((state, file) => {
      const before = state.verifier;
      state.apply(4, commands.endSession(SESSION, true).slice());
      expect(state.verifier).not.toEqual(before);
      state.apply(5, writesEntry(file, [piece(1, 0, "late")]));
      expect(contentOfFile(state, file)).toBe("");
      expect(state.openSessions).toEqual([]);
    });
  });

  test("leave the verifier as it is when the session ends with nothing left", async () => {
    await begun((state) => {
      const before = state.verifier;
      state.apply(4, commands.endSession(SESSION, false).slice());
      state.apply(5, commands.endSession(SESSION, true).slice());
      expect(state.verifier).toEqual(before);
    });
  });

  test("change the verifier when one cannot be done, unless the file is gone", async () => {
    await begun((state, file) => {
      const before = state.verifier;
      state.apply(4, writesEntry(file, [piece(1, 2 ** 44, "too far")]));
      const after = state.verifier;
      expect(after).not.toEqual(before);
      state.apply(5, callEntry(callOf3(12, { object: where("a") }), 4, 1006));
      state.apply(6, writesEntry(file, [piece(2, 0, "gone")]));
      expect(state.verifier).toEqual(after);
    });
  });

  test("that the log had refused before, when another node answered them, count as lost", async () => {
    await begun((state, file) => {
      const old = state.verifier;
      state.apply(4, commands.beginSession("ff".repeat(16), "n2").slice());
      state.apply(5, commands.endSession("ff".repeat(16), true).slice());
      const call = write(file, 0, text("lost"));
      // It came to its node before the epoch rose, and is refused: what was committed since must not be written over.
      const refused = state.apply(6, callsEntry([call], 3, 1006, { epoch: 0 }));
      expect(resultOf<WRITE3res>(7, onlyReply(refused)).status).toBe(10_008);
      const answered = state.verifier;
      expect(answered).not.toEqual(old);
      state.apply(7, writesEntry(file, [{ identity: call.identity, offset: 0, data: text("lost") }]));
      expect(contentOfFile(state, file)).toBe("");
      expect(state.verifier).not.toEqual(answered);
    });
  });

  test("that there was no room for before, when another node answered them, count as lost", async () => {
    await begun((state, file) => {
      const call = write(file, 0, text("lost"));
      expect(resultOf<WRITE3res>(7, onlyReply(state.apply(4, callEntry(call, 3, 1006, true)))).status).toBe(
        28,
      );
      const answered = state.verifier;
      const both = [{ identity: call.identity, offset: 0, data: text("lost") }, piece(9, 4, "kept")];
      state.apply(5, writesEntry(file, both));
      expect(contentOfFile(state, file)).toBe("\0\0\0\0kept");
      expect(state.verifier).not.toEqual(answered);
    });
  });

  test("that were lost are not answered as done under the verifier that came of it", async () => {
    await begun((state, file) => {
      const call = write(file, 2 ** 44, text("lost"));
      state.apply(4, writesEntry(file, [{ identity: call.identity, offset: 2 ** 44, data: text("lost") }]));
      const again = resultOf<WRITE3res>(7, onlyReply(state.apply(5, callEntry(call, 4, 1007))));
      expect(again.status).toBe(10_008);
      const answered = state.verifier;
      state.apply(6, writesEntry(file, [{ identity: call.identity, offset: 2 ** 44, data: text("lost") }]));
      expect(state.verifier).not.toEqual(answered);
    });
  });

  test("that were done before stay done, whichever way their copy comes", async () => {
    await begun((state, file) => {
      const before = state.verifier;
      const call = write(file, 0, text("aaaa"));
      state.apply(4, callEntry(call, 3, 1006));
      state.apply(5, writesEntry(file, [{ identity: call.identity, offset: 0, data: text("aaaa") }]));
      expect(contentOfFile(state, file)).toBe("aaaa");
      expect(state.verifier).toEqual(before);
    });
  });

  test("that another node's write of the same bytes has overtaken are lost, and leave it as it is", async () => {
    await begun((state, file) => {
      state.apply(4, callEntry(write(file, 2, text("newer")), 3, 1006));
      const before = state.verifier;
      state.apply(5, writesEntry(file, [piece(1, 0, "old")], 3));
      expect(contentOfFile(state, file)).toBe("\0\0newer");
      const after = state.verifier;
      expect(after).not.toEqual(before);
      // Bytes beside it, those after what the node has seen, and those of its own session are no matter.
      state.apply(6, writesEntry(file, [piece(2, 7, "!")], 3));
      state.apply(7, writesEntry(file, [piece(3, 7, "?")], 3));
      state.apply(8, writesEntry(file, [piece(4, 2, "N")], 5));
      expect(contentOfFile(state, file)).toBe("\0\0Newer?");
      expect(state.verifier).toEqual(after);
    });
  });

  test("that were overtaken by a SETATTR are lost, also after a restart", async () => {
    await inWorld(async (world, open) => {
      const store = await open("s");
      let state = new VolumeState(world, store);
      state.apply(1, formatEntry());
      const file = made(state.apply(2, callEntry(create("a"), 1, 1001)));
      state.apply(3, commands.beginSession(SESSION, "n1").slice());
      const size = { ...noChange, size: { set_it: true, size: 0n } };
      const cut = { object: file, new_attributes: size, guard: { check: false } };
      state.apply(4, callEntry(callOf3(2, cut), 3, 1006));
      state = new VolumeState(world, store);
      const before = state.verifier;
      state.apply(5, writesEntry(file, [piece(1, 0, "late")], 3));
      expect(contentOfFile(state, file)).toBe("");
      expect(state.verifier).not.toEqual(before);
    });
  });

  const sized = (size: bigint | undefined) =>
    size === undefined ? noChange : { ...noChange, size: { set_it: true, size } };
  const opened = (mode: number, size: bigint | undefined) =>
    callOf3(8, { where: where("a"), how: { mode, obj_attributes: sized(size) } });
  const cutting2 = (size: number) => {
    const same = 0xffff_ffff;
    const time = { seconds: same, useconds: same };
    return { mode: same, uid: same, gid: same, size, atime: time, mtime: time };
  };

  test.each([
    ["a CREATE that cuts", () => opened(0, 0n), "", true],
    ["a CREATE that leaves the size", () => opened(0, undefined), "late", false],
    ["a CREATE that fails", () => opened(1, 0n), "late", false],
    [
      "a CREATE of version 2 that cuts",
      () => callOf2(9, { where: where("a"), attributes: cutting2(0) }),
      "",
      true,
    ],
    [
      "a CREATE of version 2 that leaves the size",
      () => callOf2(9, { where: where("a"), attributes: cutting2(0xffff_ffff) }),
      "late",
      false,
    ],
    ["a SETATTR of version 2", (file: Uint8Array) => callOf2(2, { file, attributes: cutting2(0) }), "", true],
    [
      "a WRITE of version 2",
      (file: Uint8Array) =>
        callOf2(8, { file, beginoffset: 0, offset: 3, totalcount: 0, data: text("newer") }),
      "\0\0\0newer",
      true,
    ],
  ] as const)("and %s by another node", async (_, call, content, isLost) => {
    await inWorld(async (world, open) => {
      const store = await open("s");
      let state = new VolumeState(world, store);
      state.apply(1, formatEntry());
      const file = made(state.apply(2, callEntry(create("a"), 1, 1001)));
      state.apply(3, commands.beginSession(SESSION, "n1").slice());
      state.apply(4, callEntry(call(file), 3, 1006));
      state = new VolumeState(world, store);
      const before = state.verifier;
      state.apply(5, writesEntry(file, [piece(1, 0, "late")], 3));
      expect(contentOfFile(state, file)).toBe(content);
      expect(Buffer.compare(state.verifier, before) !== 0).toBe(isLost);
    });
  });

  test("that go into the log before they are answered are refused when they were overtaken", async () => {
    await begun((state, file) => {
      state.apply(4, writesEntry(file, [piece(1, 0, "newer")]));
      const late = callsEntry([write(file, 0, text("older"))], 3, 1006, { epoch: 0 });
      expect(resultOf<WRITE3res>(7, onlyReply(state.apply(5, late))).status).toBe(10_008);
      expect(contentOfFile(state, file)).toBe("newer");
    });
  });

  test("of a node that begins another session are lost", async () => {
    await begun((state) => {
      const before = state.verifier;
      state.apply(4, commands.beginSession("ff".repeat(16), "n1").slice());
      expect(state.verifier).not.toEqual(before);
      expect(state.openSessions.map(({ id }) => id)).toEqual(["ff".repeat(16)]);
    });
  });

  test("and a copy of one as a call of its own is answered as done", async () => {
    await begun((state, file) => {
      const call = write(file, 0, text("aaaa"));
      state.apply(4, writesEntry(file, [{ identity: call.identity, offset: 0, data: text("aaaa") }]));
      state.apply(5, callEntry(write(file, 0, text("bbbb")), 4, 1007));
      const again = resultOf<WRITE3res>(7, onlyReply(state.apply(6, callEntry(call, 3, 1008))));
      expect(again.status === 0 && again.resok.count).toBe(4);
      expect(contentOfFile(state, file)).toBe("bbbb");
    });
  });
});

function attributesOf(state: VolumeState, object: Uint8Array) {
  const seen = resultOf<GETATTR3res>(1, state.look(callOf3(1, { object })));
  if (seen.status !== 0) throw new Error(`status ${seen.status}`);
  return seen.resok.obj_attributes;
}

/** Names that come and go, contents that grow and are cut, and what the cut leaves to be taken away. */
function randomEntries(below: (limit: number) => number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  const name = () => `n${below(4)}`;
  for (let seen = 1; seen <= 300; seen++) {
    // Inode numbers are given one after the other, and their generations follow from the entry: a guess is mostly stale.
    const kind = below(9);
    const seconds = 1000 + below(50);
    if (kind < 2) entries.push(callEntry(create(name()), seen, seconds));
    else if (kind === 2) entries.push(callEntry(callOf3(12, { object: where(name()) }), seen, seconds));
    else if (kind === 3) {
      entries.push(callEntry(callOf3(14, { from: where(name()), to: where(name()) }), seen, seconds));
    } else if (kind === 4) {
      const how = {
        mode: 0,
        obj_attributes: { ...noChange, size: { set_it: true, size: BigInt(below(90_000)) } },
      };
      entries.push(callEntry(callOf3(8, { where: where(name()), how }), seen, seconds));
    } else if (kind === 5) {
      const step = { inode: 2 + below(20), reason: "removed" as const, epoch: 0, from: 0 };
      entries.push(commands.reap(below(3) * below(20), step).slice());
    } else if (kind === 6) {
      entries.push(commands.reclaim().slice());
    } else {
      const wish = layerCall(1 + below(4), `l${below(4)}`, below(3) === 0 ? "" : `l${below(4)}`);
      entries.push(callEntry(wish, seen, seconds));
      // Something in one of the clones that there may be.
      entries.push(callEntry(create(name(), {}, handleOf(1, 7, 1 + below(20))), seen, seconds));
    }
  }
  return entries;
}
