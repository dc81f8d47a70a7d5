/** Nodes that the cell dismisses: their links are cut, their certificates are refused everywhere, and they are told why. */
import { describe, expect, it, test } from "vitest";
import { CellRig } from "../../../test/support/cell-rig.ts";
import { SecuredCell, type SecuredNode } from "../../../test/support/secured-cell.ts";
import { CoterieError } from "../../world/index.ts";
import { cell_deed, cell_standing } from "../gen/cell-admin.gen.ts";
import { isEstranged, Refusals, saysRevoked } from "./refusals.ts";

describe("refusals", () => {
  const scene = (isProven: boolean) => {
    const view = { gone: new Set<string>(), voters: ["a", "b", "c"] };
    const cuts: string[][] = [];
    const mesh = { cut: (names: readonly string[]) => void cuts.push([...names]) };
    return { view, cuts, refusals: new Refusals(mesh, isProven, () => view) };
  };

  it("shut a dismissed node out when it is no voter any more, beside those that an operator cut off", () => {
    const { view, cuts, refusals } = scene(true);
    refusals.cut(["a"]);
    view.gone.add("b");
    refusals.look();
    expect([refusals.isShutOut("b"), cuts]).toEqual([false, [["a"]]]);
    view.voters = ["a", "c"];
    refusals.look();
    refusals.look();
    expect([refusals.isShutOut("b"), cuts]).toEqual([true, [["a"], ["a", "b"]]]);
    refusals.cut([]);
    expect(cuts.at(-1)).toEqual(["b"]);
    expect(refusals.cutOff).toEqual([]);
  });

  it("cut nobody by a name that links do not prove", () => {
    const { view, cuts, refusals } = scene(false);
    view.gone.add("b");
    view.voters = ["a", "c"];
    refusals.look();
    expect(cuts).toEqual([]);
  });

  it("know by what trouble a node is told that it was dismissed", () => {
    const told = (code: string, reason?: string) =>
      saysRevoked(new CoterieError(code, "", { details: { reason } }));
    expect(told("TLS_REFUSED", "TLS_REVOKED")).toBe(true);
    expect(told("TLS_REFUSED", "TLS_EXPIRED")).toBe(false);
    // What this side says of the other is nothing about this side.
    expect(told("TLS_REVOKED")).toBe(false);
    expect(["TLS_UNTRUSTED", "TLS_REFUSED"].map((code) => isEstranged(new CoterieError(code, "")))).toEqual([
      true,
      false,
    ]);
  });
});

/** How a connection with the certificate of one to another ends. */
async function attempt(from: SecuredNode, to: SecuredNode): Promise<string> {
  const { credentials } = from.security;
  const secure = {
    credentials: {
      ...credentials,
      identity: credentials.identity,
      authorities: credentials.authorities,
      cell: credentials.cell,
      isRevoked: () => false,
    },
  };
  try {
    const stream = await from.machine.world.net.connect({ to: to.identity.self.mesh, secure });
    stream.destroy();
    return "let in";
  } catch (error) {
    const { code, details } = error as CoterieError;
    return `${code} ${String(details.reason)}`;
  }
}

test("a dismissed node's certificate is refused by all others at once, and it is told to end", async () => {
  const cell = new SecuredCell(1, 4);
  await cell.sim.run(async () => {
    await cell.found();
    const [first, second, third, fourth] = cell.nodes as [SecuredNode, SecuredNode, SecuredNode, SecuredNode];
    expect(await attempt(fourth, second)).toBe("let in");
    await cell.remove("node-4", first);
    expect(await fourth.node.leaving).toMatchObject({ code: "CELL_DISMISSED" });
    const others = [first, second, third];
    await cell.until("shut out", () => others.every(({ node }) => node.member.isShutOut("node-4")), 1000);
    for (const each of others) {
      expect(await attempt(fourth, each)).toBe("TLS_REFUSED TLS_REVOKED");
      expect(each.node.member.isUp("node-4")).toBe(false);
    }
  });
});

test("one that was away when it was dismissed is told when it is back, and let in by nobody", async () => {
  const cell = new SecuredCell(2, 4);
  await cell.sim.run(async () => {
    await cell.found();
    const [first, , , fourth] = cell.nodes as [SecuredNode, SecuredNode, SecuredNode, SecuredNode];
    fourth.machine.crash({ power: true });
    await cell.remove("node-4", first);
    await cell.until("no voter", () => first.node.member.isShutOut("node-4"));
    await fourth.machine.restart();
    expect(await fourth.node.leaving).toMatchObject({
      code: "CELL_DISMISSED",
      message: "node-4 was taken out of the cell home",
    });
    expect(fourth.node.member.isUp("node-1")).toBe(false);
    // The directory with the key goes to another machine: the address makes no difference.
    expect(await attempt(fourth, first)).toBe("TLS_REFUSED TLS_REVOKED");
  });
});

test.each(["n1", "n2"])("of two nodes each can be dismissed, whoever leads: %s", async (leaving) => {
  const rig = new CellRig(7, 2);
  await rig.sim.run(async () => {
    await Promise.all(rig.founders.map((node) => rig.start(node)));
    await rig.until("founded", () => rig.isPlaced("root", ["n1", "n2"], rig.founders));
    const stays = rig.node(leaving === "n1" ? "n2" : "n1");
    const goes = rig.node(leaving);
    const { log } = stays.member;
    const standing = { node: leaving, standing: cell_standing.CELL_DRAINING };
    await log.propose({ deed: cell_deed.CELL_STAND, standing });
    await rig.until("drained", () => rig.isPlaced("root", [stays.name], [stays]));
    await log.propose({ deed: cell_deed.CELL_DISMISS, dismissed: leaving });
    // As a node does that is told to go.
    void goes.member.dismissed.then(() => goes.member.close());
    await rig.until("alone", () => log.status().voters.length === 1);
    await log.propose({ deed: cell_deed.CELL_SET, setting: { name: "reads", value: "leased" } });
    await goes.member.dismissed;
  });
});
