import { describe, expect, it } from "vitest";
import { judge, type Standing } from "./contest.ts";
import { Refusal } from "./handshake.ts";

const none: Standing = { link: undefined, hasSaidHello: false };
const hello = (name: string, serial: bigint, incarnation = 1n) => ({ name, serial, incarnation });

describe("who says hello", () => {
  it("is taken where there is nothing", () => {
    expect(judge("b", hello("a", 1n), none)).toBeUndefined();
  });

  it("is refused under the name of who is called", () => {
    expect(judge("a", hello("a", 1n), none)).toBe(Refusal.MESH_REFUSED_NAME);
  });

  it("waits when the attempt of the smaller name is under way, and goes first when its own name is", () => {
    const trying = { ...none, hasSaidHello: true };
    expect(judge("a", hello("b", 1n), trying)).toBe(Refusal.MESH_REFUSED_CROSSED);
    expect(judge("b", hello("a", 1n), trying)).toBeUndefined();
  });

  it("is refused when it had not heard of the link that is up, and replaces one that it has lost", () => {
    const standing = { ...none, link: { incarnation: 1n, serial: 7n } };
    expect(judge("a", hello("b", 6n), standing)).toBe(Refusal.MESH_REFUSED_STALE);
    expect(judge("a", hello("b", 8n), standing)).toBeUndefined();
  });

  it("replaces the link of another incarnation, whatever that had counted", () => {
    const standing = { ...none, link: { incarnation: 1n, serial: 7n } };
    expect(judge("a", hello("b", 1n, 2n), standing)).toBeUndefined();
  });
});
