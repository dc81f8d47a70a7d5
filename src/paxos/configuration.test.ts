import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeChange, decodeSwitch, encodeChange, encodeSwitch } from "./codec.ts";
import {
  afterChange,
  afterSwitch,
  type Configuration,
  complaintOfVoters,
  foundingConfiguration,
  isVoter,
  MAX_MEMBERS,
  memberOf,
  votersOf,
} from "./configuration.ts";

const store = (name: string, of = name) => ({ name, token: of.charCodeAt(0).toString(16).padStart(32, "0") });
const stores = (...names: string[]) => names.map((name) => store(name));
const abc = foundingConfiguration(stores("c", "a", "b"));

const namesOf = ({ members }: Configuration) => members.map(({ name }) => name);

describe("a configuration", () => {
  test("begins with its founders, numbered in the order of their names, wherever they are named", () => {
    expect(abc.members.map(({ id, name }) => `${id} ${name}`)).toEqual(["1 a", "2 b", "3 c"]);
    expect(foundingConfiguration(stores("b", "c", "a"))).toEqual(abc);
  });

  test("has new ones as learners until the switch, and then the wanted ones alone", () => {
    const changing = afterChange(abc, 7, stores("b", "d", "e"));
    expect(votersOf(changing)).toEqual([1, 2, 3]);
    expect(changing.change).toBe(7);
    expect(changing.members.filter((each) => each.isWanted).map(({ id }) => id)).toEqual([2, 4, 5]);
    const after = afterSwitch(changing, 7);
    expect(votersOf(after)).toEqual([2, 4, 5]);
    expect(namesOf(after)).toEqual(["b", "d", "e"]);
    expect(after).toMatchObject({ change: 0, nextId: 6 });
  });

  test("is switched once, and by no other change's switch", () => {
    const changing = afterChange(abc, 7, stores("a"));
    expect(afterSwitch(changing, 6)).toBe(changing);
    const after = afterSwitch(changing, 7);
    expect(afterSwitch(after, 7)).toBe(after);
    expect(afterSwitch(abc, 0)).toBe(abc);
  });

  test("takes a later change in the place of one under way, and back", () => {
    const changing = afterChange(abc, 7, stores("a", "b", "d"));
    const instead = afterChange(changing, 8, stores("a", "b", "e"));
    expect(namesOf(instead)).toEqual(["a", "b", "c", "e"]);
    expect(afterSwitch(instead, 7)).toBe(instead);
    const back = afterChange(instead, 9, stores("a", "b", "c"));
    expect(back).toMatchObject({ change: 0, members: abc.members });
  });

  test("never gives a number twice: a store that was lost is another member", () => {
    const changing = afterChange(abc, 7, [...stores("a", "b"), store("c", "x")]);
    expect(memberOf(changing, store("c"))).toMatchObject({ id: 3, isWanted: false });
    expect(memberOf(changing, store("c", "x"))).toMatchObject({ id: 4, isVoter: false });
    const after = afterSwitch(changing, 7);
    expect([isVoter(after, 3), isVoter(after, 4)]).toEqual([false, true]);
    const again = afterSwitch(afterChange(after, 8, stores("a", "b", "c")), 8);
    expect(memberOf(again, store("c"))?.id).toBe(5);
  });

  test("is left as it is by a change that cannot be", () => {
    const many = Array.from({ length: MAX_MEMBERS }, (_, i) => store(`n${i}`, String.fromCharCode(200 + i)));
    for (const wanted of [[], stores("a", "a"), [store("")], many, [...many, store("z")]]) {
      expect(afterChange(abc, 7, wanted)).toBe(abc);
    }
    expect(complaintOfVoters(["x".repeat(256)])).toContain("255 bytes");
    expect(complaintOfVoters(["ä".repeat(127)])).toBeUndefined();
  });

  test("is the same everywhere after the same entries, whatever they are", () => {
    const entry = fc.oneof(
      fc.record({ wanted: fc.subarray(["a", "b", "c", "d", "e", "f"]) }),
      fc.record({ change: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        let configuration = abc;
        const ids = new Map(abc.members.map(({ id, name }) => [id, name]));
        for (const [at, each] of entries.entries()) {
          configuration =
            "wanted" in each
              ? afterChange(configuration, at + 1, stores(...each.wanted))
              : afterSwitch(configuration, each.change);
          expect(votersOf(configuration).length).toBeGreaterThan(0);
          for (const { id, name } of configuration.members) {
            expect(ids.get(id) ?? name).toBe(name);
            ids.set(id, name);
          }
        }
      }),
    );
  });

  test("goes through the log's payloads, and any other bytes change nothing", () => {
    const wanted = stores("a", "ä", "名");
    expect(decodeChange(encodeChange(wanted))).toEqual(wanted);
    expect(decodeSwitch(encodeSwitch(12))).toBe(12);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeChange(bytes);
        decodeSwitch(bytes);
      }),
    );
    expect(
      decodeChange(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0, 0, 0, ...new Uint8Array(16))),
    ).toBeUndefined();
  });
});
