import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const volumes = (environment: Readonly<Record<string, string>>, ...words: string[]) =>
  runCli(["completion", "volumes", ...words], { world: () => createNodeWorld(), environment });

test("volumes are named one a line, by whoever answers", async () => {
  const cell = new ToldCell(["n1", "n2"]);
  await cell.serving(async () => {
    const environment = { COTERIE_HOST: "127.0.0.1", COTERIE_PORT: String(cell.port) };
    for (const name of ["mail", "logs"]) {
      const args = ["volume", "create", name, "--host", "127.0.0.1", "--port", String(cell.port)];
      expect(await runCli(args, { world: () => createNodeWorld() })).toMatchObject({ status: 0 });
    }
    // A machine that has too much to do to answer at once is asked again.
    const patience = { timeout: 60_000 };
    const named = { status: 0, err: "", out: expect.stringMatching(/^([a-z]+\n)*mail\nlogs\n$/) };
    await expect.poll(() => volumes(environment), patience).toMatchObject(named);
    const asJson = { status: 0, err: "", out: expect.stringContaining('{"name":"mail"}\n') };
    await expect.poll(() => volumes(environment, "--json"), patience).toMatchObject(asJson);
  });
});

test("where nobody answers, or nothing is, there are no names and no complaint", async () => {
  const nothing = { status: 0, out: "", err: "" };
  expect(await volumes({ COTERIE_HOST: "127.0.0.1", COTERIE_PORT: "1" })).toMatchObject(nothing);
  expect(await volumes({}, "--dir", join(folder, "missing"))).toMatchObject(nothing);
  expect(await volumes({ HOME: folder })).toMatchObject(nothing);
  expect(await volumes({ COTERIE_OPERATOR: join(folder, "no.pem"), COTERIE_PORT: "1" })).toMatchObject(
    nothing,
  );
  // One that takes the call and never answers.
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as { port: number };
  expect(await volumes({ COTERIE_HOST: "127.0.0.1", COTERIE_PORT: String(port) })).toMatchObject(nothing);
  silent.close();
});
