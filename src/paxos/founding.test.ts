import { describe, expect, test } from "vitest";
import { afterChange, afterSwitch, type Configuration, foundingConfiguration } from "./configuration.ts";
import { Founding } from "./founding.ts";
import { PAXOS_FORMAT } from "./gen/paxos.gen.ts";
import type { Hello } from "./wire.ts";

const store = (name: string, digit: string) => ({ name, token: digit.repeat(32) });
const [a, b, c] = [store("a", "a"), store("b", "b"), store("c", "c")];
const FOUNDERS = ["c", "a", "b"];

function hello(
  token: string,
  more: { founders?: readonly string[]; founding?: Configuration; yourId?: number },
): Hello {
  const { founders = [], founding, yourId = 0 } = more;
  return { kind: "hello", format: PAXOS_FORMAT, token, id: 0, yourId, founders, founding };
}

describe("a log is founded", () => {
  test("when a founder knows the stores of all, and by all in the same way", () => {
    const founding = new Founding(a, FOUNDERS);
    const said = { founders: founding.founders };
    expect(founding.result.kind).toBe("waiting");
    expect(founding.heard("b", hello(b.token, said)).kind).toBe("waiting");
    expect(founding.heard("c", hello(c.token, said))).toEqual({
      kind: "founded",
      founding: foundingConfiguration([a, b, c]),
      id: 1,
    });
  });

  test("at once by one founder alone", () => {
    expect(new Founding(a, ["a"]).result).toMatchObject({ kind: "founded", id: 1 });
  });

  test("not with one who has other founders in mind", () => {
    const founding = new Founding(a, ["a", "b"]);
    expect(founding.heard("b", hello(b.token, { founders: ["a", "b", "c"] })).kind).toBe("waiting");
    expect(founding.heard("b", hello(b.token, {})).kind).toBe("waiting");
  });

  test("once: who comes late is told, and a store that was lost is a stranger", () => {
    const founded = foundingConfiguration([a, b, c]);
    expect(new Founding(b, FOUNDERS).heard("a", hello(a.token, { founding: founded }))).toMatchObject({
      id: 2,
    });
    const lost = new Founding(store("b", "d"), FOUNDERS);
    expect(lost.heard("a", hello(a.token, { founding: founded })).kind).toBe("stranger");
    expect(lost.heard("a", hello(a.token, { founding: founded, yourId: 4 }))).toMatchObject({
      kind: "founded",
      id: 4,
    });
  });

  test("and joined by who is no founder once a member says so", () => {
    const founded = foundingConfiguration([a, b]);
    const joining = new Founding(c, []);
    expect(joining.result.kind).toBe("waiting");
    expect(joining.heard("a", hello(a.token, { founding: founded })).kind).toBe("waiting");
    const member = afterSwitch(afterChange(founded, 5, [a, b, c]), 5).members[2];
    expect(joining.heard("a", hello(a.token, { founding: founded, yourId: member?.id ?? 0 }))).toEqual({
      kind: "founded",
      founding: founded,
      id: 3,
    });
  });
});
