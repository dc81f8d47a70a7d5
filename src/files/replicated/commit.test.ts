import { expect, test } from "vitest";
import { type CommitParts, commit } from "./commit.ts";

const REPLY = Uint8Array.of(1);

/** What COMMIT did, in its order. */
function bench(sessions: readonly { id: string; node: string }[], more: Partial<CommitParts> = {}) {
  const did: string[] = [];
  const parts: CommitParts = {
    inode: 7,
    own: () => "mine",
    waitOwn: async (inode) => void did.push(`own ${inode}`),
    read: async (look) => {
      did.push("read");
      return look();
    },
    sessions: () => sessions,
    reply: () => {
      did.push("reply");
      return REPLY;
    },
    flush: async ({ node }, inode) => {
      did.push(`flush ${node} ${inode}`);
      return node !== "dead";
    },
    end: async (session) => void did.push(`end ${session}`),
    ...more,
  };
  return { parts, did };
}

test("with no other node's session one look is enough, after the own writes", async () => {
  const { parts, did } = bench([{ id: "mine", node: "a" }]);
  expect(await commit(parts)).toBe(REPLY);
  expect(did).toEqual(["own 7", "read", "reply"]);
});

test("other nodes bring theirs into the log, or lose their sessions, before it is answered", async () => {
  const { parts, did } = bench([
    { id: "mine", node: "a" },
    { id: "one", node: "b" },
    { id: "two", node: "dead" },
  ]);
  expect(await commit(parts)).toBe(REPLY);
  expect(did).toEqual(["own 7", "read", "flush b 7", "flush dead 7", "end two", "read", "reply"]);
});

test("nothing is answered when a session could not be ended, or the own writes not be known", async () => {
  const failing = async () => {
    throw new Error("no quorum");
  };
  const first = bench([{ id: "two", node: "dead" }], { end: failing });
  await expect(commit(first.parts)).rejects.toThrow("no quorum");
  expect(first.did).not.toContain("reply");
  const second = bench([], { waitOwn: failing });
  await expect(commit(second.parts)).rejects.toThrow("no quorum");
  expect(second.did).toEqual([]);
});
