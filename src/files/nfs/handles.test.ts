import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { HANDLE_BYTES, Handles } from "./handles.ts";

const id = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i);
const handles = new Handles(id);

const anyHandle = fc.record({
  inode: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  generation: fc.nat(0xffff_ffff),
});

test("a handle's 32 bytes are volume id, inode, generation and zeros", () => {
  const bytes = handles.toBytes({ inode: 0x1_0000_0002, generation: 3 });
  expect([...bytes]).toEqual([...id, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0]);
});

test("what was written is read again, in both forms", () => {
  fc.assert(
    fc.property(anyHandle, (handle) => {
      expect(handles.fromBytes(handles.toBytes(handle))).toEqual(handle);
      const w = new XdrWriter();
      handles.writeVariable(w, handle);
      const r = new XdrReader(w.encoded());
      expect(handles.readVariable(r)).toEqual(handle);
      r.finish();
    }),
    { seed: 3 },
  );
});

describe("a handle that is not ours", () => {
  const good = handles.toBytes({ inode: 7, generation: 1 });
  const changed = (at: number, value: number) => {
    const bytes = good.slice();
    bytes[at] = value;
    return bytes;
  };

  test("of another volume, whichever byte differs, is one that is stale here", () => {
    for (let at = 0; at < 16; at++) {
      expect(handles.fromBytes(changed(at, 1))).toEqual({ inode: 0, generation: 0 });
    }
  });

  test("that no server of this kind made is bad", () => {
    expect(handles.fromBytes(changed(31, 1))).toBeNull();
    expect(handles.fromBytes(changed(16, 1))).toBeNull();
    expect(handles.fromBytes(good.subarray(0, 31))).toBeNull();
    expect(handles.fromBytes(new Uint8Array(0))).toBeNull();
  });

  test("of another length is passed over whole", () => {
    for (const length of [0, 1, 31, 33, 64]) {
      const w = new XdrWriter();
      w.opaque(new Uint8Array(length).fill(9));
      w.uint(42);
      const r = new XdrReader(w.encoded());
      expect(handles.readVariable(r)).toBeNull();
      expect(r.uint()).toBe(42);
    }
  });

  test("over 64 bytes is no message", () => {
    const w = new XdrWriter();
    w.opaque(new Uint8Array(65));
    expect(() => handles.readVariable(new XdrReader(w.encoded()))).toThrow(
      expect.objectContaining({ code: "XDR_RANGE" }),
    );
  });
});

test("a volume's id has 16 bytes", () => {
  expect(() => new Handles(new Uint8Array(15))).toThrow(RangeError);
  expect(HANDLE_BYTES).toBe(32);
});
