import { expect, test } from "vitest";
import { Commands, NO_EPOCH } from "./commands.ts";
import { identitiesIn } from "./entry-identities.ts";

const commands = new Commands();
const now = { seconds: 1, nanoseconds: 2 };
const credentials = { uid: 1, gid: 2, groups: [3] };

test("an entry tells whose call it is, and whose unstable writes", () => {
  const identity = { high: 0xdeadbeef, low: 7 };
  const call = {
    version: 3 as const,
    procedure: 9,
    args: new Uint8Array([1, 2, 3]),
    credentials,
    isReadOnly: false,
    transport: "tcp" as const,
    identity,
  };
  const about = { seen: 5, now, isRefused: false, epoch: NO_EPOCH };
  expect(identitiesIn(commands.calls([{ call, ...about }]))).toEqual([identity]);
  const other = { ...call, identity: { high: 1, low: 8 } };
  const both = [call, other].map((each) => ({ call: each, ...about }));
  expect(identitiesIn(commands.calls(both))).toEqual([identity, other.identity]);
  const pieces = [1, 2].map((low) => ({ identity: { high: 0, low }, offset: 0, data: new Uint8Array(5) }));
  const file = { layer: 0, inode: 2, generation: 1 };
  const writes = { seen: 1, now, session: new Uint8Array(16), credentials, ...file, pieces };
  expect(identitiesIn(commands.writes(writes))).toEqual(pieces.map((piece) => piece.identity));
});

test("other entries are nobody's, and rubbish too", () => {
  expect(identitiesIn(commands.endSession("00".repeat(16), true))).toEqual([]);
  for (const bytes of [[], [0, 0, 0, 2], [0, 0, 0, 99], [255, 255, 255, 255, 1]]) {
    expect(identitiesIn(new Uint8Array(bytes))).toEqual([]);
  }
});
