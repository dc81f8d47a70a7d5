/** Who is let into a cell: a version that could not read what its nodes write is told so before it is a node. */
import { expect, test } from "vitest";
import { SecuredCell, type SecuredNode } from "../../../test/support/secured-cell.ts";
import { JoinRefusal } from "../authority/index.ts";
import { type Levels, levelOf } from "../state/level.ts";
import { decodeNewcomer, encodeNewcomer } from "./admission.ts";
import { Admitting } from "./admitting.ts";

const known = (oldest: number, current: number): Levels => ({ oldest, current, commands: new Map() });

const NODE = {
  name: "n",
  mesh: { host: "10.0.0.1", port: 1 },
  service: { host: "10.0.0.1", port: 2 },
  domain: "",
};

test("a version that is too old or too new for the cell is refused, uses up no token, and is no node of it", async () => {
  const cell = new SecuredCell(1, 3, known(1, 3));
  await cell.sim.run(async () => {
    await cell.found();
    const [first] = cell.nodes as [SecuredNode];
    const { state } = first.node.member;
    await cell.until("on the level that all know", () => levelOf(state) === 3);
    const refused = async (name: string, levels: Levels, code: string) => {
      const { tokens, nodes } = state;
      const before = { tokens: tokens.length, nodes: nodes.length };
      await expect(cell.join(name, first, levels)).rejects.toMatchObject({ code });
      // The token that `join` made is there as it was, and nobody has entered.
      expect(state.tokens.at(-1)).toMatchObject({ uses_left: 1 });
      expect({ tokens: state.tokens.length, nodes: state.nodes.length }).toEqual({
        tokens: before.tokens + 1,
        nodes: before.nodes,
      });
    };
    await refused("older", known(1, 2), "CELL_TOO_OLD");
    await refused("newer", known(4, 5), "CELL_TOO_NEW");
    await cell.join("node-4", first, known(3, 4));
    expect(state.nodes.map(({ name }) => name)).toEqual(["node-1", "node-2", "node-3", "node-4"]);
  });
});

test("a machine that asks again with an older version, after its answer was lost, is told the same", async () => {
  const cell = new SecuredCell(2, 1, known(1, 2));
  await cell.sim.run(async () => {
    await cell.found();
    const [first] = cell.nodes as [SecuredNode];
    await cell.until("on the second level", () => levelOf(first.node.member.state) === 2);
    const certifiers = { certifier: undefined, hasKey: () => false };
    const { credentials } = first.security;
    const desk = new Admitting(first.machine.world, first.node.member, credentials, certifiers);
    const digest = new Uint8Array(32);
    const about = encodeNewcomer({ ...NODE, name: "node-1" }, known(1, 1));
    const answer = await desk.admit({ name: "node-1", about, key: new Uint8Array(32) }, digest, true);
    expect(answer).toBe(JoinRefusal.JOIN_REFUSED_TOO_OLD);
  });
});

test("what a newcomer tells is read back, and anything else is nobody", () => {
  const bytes = encodeNewcomer(NODE, known(2, 5));
  expect(decodeNewcomer(bytes)).toEqual({ node: NODE, levels: { current: 5, oldest: 2 } });
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeNewcomer(bytes.subarray(0, length))).toBeUndefined();
  }
  expect(decodeNewcomer(encodeNewcomer({ ...NODE, mesh: { host: "", port: 1 } }))).toBeUndefined();
});
