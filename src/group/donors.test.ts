import { describe, expect, it } from "vitest";
import { Donors } from "./donors.ts";
import type { Seat, Value } from "./membership/seat.ts";

const seats = (names: string): Seat[] =>
  names.split(" ").map((node) => ({ node, incarnation: 1, host: "h", port: 1 }));
const value = (names: string, donors: readonly number[]): Value => ({
  members: seats(names),
  survivors: donors.length,
  donors,
  cut: [],
});

describe("who has the state", () => {
  it("gives it once to those whose donor it is, and anew when they were away", () => {
    const donors = new Donors();
    expect(donors.install(value("a b", [0, 1]), 0)).toEqual({
      capture: [],
      pull: undefined,
      isNobodys: true,
    });
    expect(donors.install(value("a b c", [0, 1, 0]), 0).capture.map(({ node }) => node)).toEqual(["c"]);
    expect(donors.install(value("a c d", [0, 0, 0]), 0).capture.map(({ node }) => node)).toEqual(["d"]);
    expect(donors.install(value("a b", [0, 1]), 0).capture).toEqual([]);
    expect(donors.install(value("a b c", [0, 1, 0]), 0).capture.map(({ node }) => node)).toEqual(["c"]);
  });
});

describe("who is getting the state", () => {
  /** A member that began to get it of `a`, and has it; when it came, it had said already that it did not have it. */
  const late = (): Donors => {
    const donors = new Donors();
    expect(donors.install(value("a b c", [0, 1, 0]), 2).pull?.node).toBe("a");
    donors.received(true);
    expect([donors.hasState, donors.donor?.node]).toEqual([false, "a"]);
    return donors;
  };

  it("has it when it came", () => {
    const donors = new Donors();
    donors.install(value("a c", [0, 0]), 1);
    donors.received(false);
    expect([donors.hasState, donors.donor]).toEqual([true, undefined]);
    expect(donors.install(value("c", [0]), 0).isNobodys).toBe(false);
  });

  it("has it from the next view on when it came late, and its donor goes on", () => {
    const donors = late();
    expect(donors.install(value("a c", [0, 0]), 1)).toEqual({
      capture: [],
      pull: undefined,
      isNobodys: false,
    });
    expect([donors.hasState, donors.donor]).toEqual([true, undefined]);
  });

  it("begins anew with all others when it came late, and the view was decided without anybody who has it", () => {
    expect(late().install(value("c d", [0, 1]), 0).isNobodys).toBe(true);
  });

  it("gets it again when it came late, and the view names another donor", () => {
    const donors = late();
    expect(donors.install(value("b c", [0, 0]), 1).pull?.node).toBe("b");
    expect(donors.hasState).toBe(false);
    donors.received(false);
    expect(donors.hasState).toBe(true);
  });
});
