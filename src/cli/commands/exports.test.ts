/** `coterie exports` against a cell whose state is the real one; what nodes make of it is in `src/cell/cell-exports.test.ts`. */
import { expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";

function exports(cell: ToldCell, ...words: string[]): Promise<CliResult> {
  const args = ["exports", ...words, "--host", "127.0.0.1", "--port", String(cell.port)];
  return runCli(args, { world: () => createNodeWorld() });
}

const kept = ({ state }: ToldCell) => state.settings.map(({ name, value }) => [name, value]);

test("rules are set, in either notation, told, and cleared", async () => {
  const cell = new ToldCell(["n1", "n2"]);
  await cell.serving(async () => {
    const none = await exports(cell, "show");
    expect(none).toMatchObject({ status: 0, out: "", err: expect.stringContaining("no rules of its own") });
    const rules = ["10.1.0.0/16(ro,root_squash,stale=5s)", "10.0.0.0/8(rw,no_root_squash)"];
    expect(
      await exports(cell, "set", "10.1.0.0/16=ro,stale=5s", "10.0.0.0/8(rw,no_root_squash)"),
    ).toMatchObject({
      status: 0,
      out: `clients are let in at all nodes by ${rules.join(" ")}\n`,
    });
    expect(kept(cell)).toEqual([["exports", rules.join("\n")]]);
    const shown = (await exports(cell, "show")).out.trimEnd().split("\n");
    expect(shown.slice(1).map((line) => line.trim())).toEqual(rules);
    const rows = (await exports(cell, "show", "--json")).out.trimEnd().split("\n");
    expect(rows.map((row) => JSON.parse(row))).toEqual(rules.map((rule) => ({ rule })));

    const told = JSON.parse((await exports(cell, "set", "*=ro", "--json")).out);
    expect(told).toEqual({
      event: "exports-set",
      rules: ["*(ro,root_squash)"],
      revision: Number(cell.state.revision),
    });
    expect((await exports(cell, "clear")).status).toBe(0);
    expect(kept(cell)).toEqual([]);
  });
});

test("what is no rule, or too much, does not come into the cell", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    const { revision } = cell.state;
    const wrong = await exports(cell, "set", "10.0.0.0/8=rw", "10.0.0.1=sometimes");
    expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining("error NFS_EXPORT_RULE") });
    const many = await exports(cell, "set", ...new Array(257).fill("10.0.0.0/8=rw"));
    expect(many).toMatchObject({ status: 1, err: expect.stringContaining("error CELL_FULL") });
    expect((await exports(cell, "set")).status).toBe(2);
    expect(cell.state.revision).toBe(revision);
  });
});
