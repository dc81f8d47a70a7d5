/** Who a cell believes, as people meet it: a founder that is gone, a node that was removed, and operators on other machines. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { requireRoot } from "../peers/require-peer.ts";
import { BridgedSite } from "../support/bridged-site.ts";
import { LocalCell, nodeEvent, type Status } from "../support/local-cell.ts";
import { CoterieProcess, type ProcessOptions, runProcess } from "../support/node-process.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-security-"));
const processes: CoterieProcess[] = [];
const sites: BridgedSite[] = [];
afterEach(async () => {
  for (const each of processes.splice(0)) await each.kill();
  for (const site of sites.splice(0)) site.close();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function fresh(): string {
  return join(mkdtempSync(join(base, "t-")), "cell");
}

async function up(args: readonly string[] = [], options: ProcessOptions = {}): Promise<LocalCell> {
  const cell = await LocalCell.up(fresh(), args, options);
  processes.push(cell.process);
  return cell;
}

async function json<Told>(words: readonly string[], options: ProcessOptions = {}): Promise<Told> {
  const { code, out, err } = await runProcess([...words, "--json"], options);
  if (code !== 0 && code !== 4) throw new Error(`${words.join(" ")}: ${code} ${err}`);
  return JSON.parse(out) as Told;
}

interface Placed extends Omit<Status, "nodes"> {
  readonly nodes: readonly { readonly name: string; readonly meshHost: string; readonly meshPort: number }[];
}

interface Made {
  readonly file: string;
  readonly serial: string;
}

function codeIn(err: string): string | undefined {
  return /^error (\w+):/.exec(err)?.[1];
}

test("without the node that founded it a cell takes others in, and changes its authority when that one is removed", async () => {
  const cell = await up();
  const { token, join: at } = await json<{ token: string; join: string[] }>([
    "token",
    "--dir",
    cell.directory,
  ]);
  await cell.run("kill", "node-1");
  await cell.ended("node-1");
  const tokenFile = join(base, "token");
  writeFileSync(tokenFile, token);
  const directory = fresh();
  const joining = ["--name", "node-4", "--token-file", tokenFile, "--join", at.at(-1) ?? ""];
  const fourth = new CoterieProcess([
    ...["node", "--dir", directory, "--json", "--no-portmap", "--port", "0"],
    ...joining,
  ]);
  processes.push(fourth);
  await nodeEvent(fourth, ({ isServing }) => isServing === true);

  await cell.run("drain", "node-1");
  await cell.run("remove", "node-1");
  // What the removed one has is worth nothing, and it is told so.
  const removed = join(cell.directory, "nodes/node-1");
  const back = await runProcess(["node", "--dir", removed, "--no-portmap"]);
  expect([back.code, codeIn(back.err)]).toEqual([1, "CELL_DISMISSED"]);
  const before = await json<{ fingerprint: string }>(["authority", "show", "--dir", cell.directory]);
  const after = await json<{ fingerprint: string }>(["authority", "rotate", "--dir", cell.directory]);
  expect(after).toMatchObject({ event: "rotate", waitsFor: [] });
  expect(after.fingerprint).not.toBe(before.fingerprint);
  const keys = [join(cell.directory, "nodes/node-2"), directory].map((each) => join(each, "authority.pem"));
  expect(keys.map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(readFileSync(keys[1] as string, "utf8")).toBe(readFileSync(keys[0] as string, "utf8"));

  // So is the operator's key of before, and another takes its place.
  expect(await runProcess(["operator", "new", "--replace", "--dir", cell.directory])).toMatchObject({
    code: 0,
  });
  expect((await fourth.stop()).code).toBe(0);
  expect((await cell.stop()).code).toBe(0);
});

test("an operator's key is its owner's alone, is made anew, and is revoked", async () => {
  const cell = await up();
  const status = await json<Placed>(["status", "--dir", cell.directory]);
  const { meshHost, meshPort } = status.nodes[1] as Placed["nodes"][number];
  const key = join(cell.directory, "operator.pem");
  const at = ["--host", meshHost, "--port", String(meshPort)];
  const asked = (file: string, ...words: string[]) =>
    runProcess([...(words.length > 0 ? words : ["status"]), ...at, "--operator", file]);
  expect((await asked(key)).code).toBe(0);
  expect(await asked(key, "cut", "node-3")).toMatchObject({ code: 0 });
  expect(await asked(key, "heal", "node-3")).toMatchObject({ code: 0 });

  chmodSync(key, 0o640);
  const exposed = await asked(key);
  expect([exposed.code, codeIn(exposed.err)]).toEqual([1, "CELL_OPERATOR_EXPOSED"]);
  chmodSync(key, 0o600);
  const node = await asked(join(cell.directory, "nodes/node-1/node.pem"));
  expect(codeIn(node.err)).toBe("CELL_OPERATOR_KEY");
  expect(codeIn((await asked(join(base, "none.pem"))).err)).toBe("CELL_OPERATOR_KEY");
  expect((await runProcess(["status", "--operator", key])).code).toBe(2);

  const mine = join(base, "anna.pem");
  const anna = await json<Made>(["operator", "new", mine, "--name", "anna", "--dir", cell.directory]);
  expect(statSync(mine).mode & 0o777).toBe(0o600);
  expect((await runProcess(["operator", "new", mine, "--dir", cell.directory])).code).toBe(2);
  expect((await asked(mine)).code).toBe(0);
  const former = join(base, "former.pem");
  writeFileSync(former, readFileSync(mine), { mode: 0o600 });
  const second = await json<Made>(["operator", "new", mine, "--replace", "--dir", cell.directory]);
  expect(second.serial).not.toBe(anna.serial);
  const isRefused = async (file: string) => codeIn((await asked(file)).err) === "CELL_OPERATOR_REFUSED";
  // Each node takes what the cell has decided over within a second.
  while (!(await isRefused(former)));
  const unknown = await asked(mine, "operator", "revoke", "4b".repeat(16), "--json");
  expect([unknown.code, JSON.parse(unknown.err).error.code]).toEqual([1, "AUTHORITY_SERIAL"]);
  expect((await asked(mine, "operator", "revoke", "4b".repeat(16), "--force")).code).toBe(0);
  expect((await asked(mine, "operator", "revoke", second.serial)).code).toBe(0);
  while (!(await isRefused(mine)));
  expect(existsSync(mine)).toBe(true);
});

test.runIf(requireRoot("network namespaces"))(
  "an operator asks from another machine, where nobody is answered without a key",
  async () => {
    const site = new BridgedSite(2);
    sites.push(site);
    const on = (machine: number): ProcessOptions => ({ under: site.command(machine, []) });
    const [there, here] = [on(0), on(1)];
    const open = ["--host", site.host(0), "--export", "10.78.0.0/24=rw"];
    const cell = await up(open, there);
    const identity = readFileSync(join(cell.directory, "nodes/node-1/node.json"), "utf8");
    const { nodes } = JSON.parse(identity) as { nodes: [{ mesh: { host: string; port: number } }] };
    const { host: meshHost, port: meshPort } = nodes[0].mesh;
    const service = ["--host", site.host(0), "--port", String(cell.portOf("node-1"))];
    const stranger = await runProcess(["volume", "list", ...service], here);
    expect([stranger.code, codeIn(stranger.err)]).toEqual([1, "CELL_OPERATOR_NEEDED"]);
    // On its own machine the key of the cell's directory is used unasked.
    expect((await json<Placed>(["status", "--dir", cell.directory], there)).nodes).toHaveLength(3);
    // Files are for whom the rule names.
    const server = `${site.host(0)}:${cell.portOf("node-2")}`;
    const put = ["put", join(cell.directory, "cell.json"), "/", "--server", server, "--alone"];
    expect(await runProcess(put, here)).toMatchObject({ code: 0 });
    const proof = ["--host", meshHost, "--port", String(meshPort)];
    const key = join(cell.directory, "operator.pem");
    const told = await json<Placed>(["status", ...proof, "--operator", key], here);
    expect(told.nodes.map(({ name }) => name)).toEqual(["node-1", "node-2", "node-3"]);
    const volume = ["volume", "create", "mail", ...proof, "--operator", key];
    expect(await runProcess(volume, here)).toMatchObject({ code: 0 });
    // In clear text the same port tells nothing.
    const plain = await runProcess(["status", ...proof], here);
    expect(plain.code).not.toBe(0);
  },
);
