/** What needs a moment inside `coterie up` that no process can be stopped at from outside. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FakeHost } from "../../../test/support/cli-host.ts";
import { createNodeWorld } from "../../node/index.ts";
import { silentLog } from "../../world/index.ts";
import { run } from "../run.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-up-unit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const args = (name: string) => [
  "up",
  "--nodes",
  "1",
  "--dir",
  join(folder, name),
  "--port",
  "0",
  "--no-portmap",
];

describe("up", () => {
  test("asked to stop while it starts, it stops in order as soon as it has", async () => {
    const host: FakeHost = new FakeHost({
      world: (options) => createNodeWorld(options),
      // Between the directory's check and the node's start.
      fileLog: () => {
        expect(host.signal("SIGTERM")).toBe(true);
        return { ...silentLog, setLevel() {}, close: async () => {} };
      },
    });
    expect(await run([...args("early"), "--json"], host)).toBe(0);
    const events = host.out.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    expect(events).toEqual(["ready", "stopped"]);
    expect(readdirSync(join(folder, "early")).sort()).toEqual(["format.json", "log", "volume"]);
    expect(host.signal("SIGTERM")).toBe(false);
  });

  test("on a terminal the banner is coloured", async () => {
    const host: FakeHost = new FakeHost({
      isTerminal: true,
      world: (options) => createNodeWorld(options),
      fileLog: () => {
        host.signal("SIGINT");
        return { ...silentLog, setLevel() {}, close: async () => {} };
      },
    });
    expect(await run(args("colour"), host)).toBe(0);
    expect(host.out.text).toContain("\u001b[1m\u001b[36mCOTERIE");
    expect(host.err.text).toContain("SIGINT: stopping");
  });
});
