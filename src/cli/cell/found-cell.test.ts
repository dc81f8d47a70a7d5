import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Authority, MemberCredentials, readIdentity } from "../../cell/index.ts";
import { createLocalFiles, createNodeWorld } from "../../node/index.ts";
import { directoryFiles } from "../node-directory.ts";
import { nodePath, readCell } from "./cell-directory.ts";
import { foundCell, requireVacant } from "./found-cell.ts";
import { OPERATOR_FILE } from "./operator-key.ts";

const local = createLocalFiles();
const world = createNodeWorld();
let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "coterie-found-"));
});
afterEach(() => rmSync(path, { recursive: true }));

const places = [
  { service: 2049, mesh: 12_000 },
  { service: 2050, mesh: 12_001 },
];
const found = () =>
  foundCell(world, local, { path, name: "home", host: "127.0.0.1", places, version: "1.0.0" });

test("each node knows all of them, proves itself, and keeps its key to itself", async () => {
  const cell = await found();
  expect(await readCell(local, path)).toEqual(cell);
  for (const [at, name] of ["node-1", "node-2"].entries()) {
    const files = directoryFiles(local, nodePath(path, name));
    const identity = await readIdentity(files);
    expect(identity).toMatchObject({ cellName: "home", isFounder: true, self: { name } });
    expect(identity?.self.service.port).toBe(places[at]?.service);
    expect(identity?.nodes.map((node) => node.mesh.port)).toEqual([12_000, 12_001]);
    const credentials = await MemberCredentials.open(world, files);
    expect(credentials).toMatchObject({ cell: cell.cell });
    expect(credentials?.certificate).toMatchObject({ name, role: "node" });
    expect(statSync(`${files.path}/node.pem`).mode & 0o777).toBe(0o600);
  }
  const operator = await MemberCredentials.open(world, directoryFiles(local, path), OPERATOR_FILE);
  expect(operator?.certificate.role).toBe("operator");
  for (const name of ["node-1", "node-2"]) {
    const files = directoryFiles(local, nodePath(path, name));
    expect((await Authority.open(world, files))?.cell).toBe(cell.cell);
    expect(statSync(`${files.path}/authority.pem`).mode & 0o777).toBe(0o600);
  }
});

test("a founding that was cut short is begun again", async () => {
  await found();
  rmSync(join(path, "cell.json"));
  await requireVacant(local, path);
  const again = await found();
  const credentials = await MemberCredentials.open(world, directoryFiles(local, nodePath(path, "node-2")));
  expect(credentials?.cell).toBe(again.cell);
});

test("what somebody put there, and nodes that ran, are left as they are", async () => {
  writeFileSync(join(path, "coterie.json"), "{}");
  await requireVacant(local, path);
  writeFileSync(join(path, "thesis.tex"), "");
  await expect(requireVacant(local, path)).rejects.toMatchObject({ code: "CELL_DIRECTORY_FOREIGN" });
  rmSync(join(path, "thesis.tex"));
  mkdirSync(join(path, "nodes/node-1/log-cell"), { recursive: true });
  await expect(requireVacant(local, path)).rejects.toMatchObject({ code: "CELL_DIRECTORY_DAMAGED" });
  expect(readdirSync(path).sort()).toEqual(["coterie.json", "nodes"]);
});
