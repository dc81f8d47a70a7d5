import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createLocalFiles, type LocalFiles } from "../../node/index.ts";
import { LocalTree } from "./local-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-local-tree-"));
afterAll(() => rmSync(folder, { recursive: true }));

const local = createLocalFiles();
const bytes = (text: string) => new TextEncoder().encode(text);

test.each([0o444, 0o644])(
  "an unfinished file with the mode %o of its source is its user's again",
  async (mode) => {
    const path = join(folder, `part-${mode}`);
    writeFileSync(path, "begun");
    chmodSync(path, mode);
    // The superuser may open anything, so what counts is the mode at that moment.
    let modeAtOpen = 0;
    const seen: LocalFiles = Object.assign(Object.create(local), {
      open: (name: Uint8Array, how: "update", permissions: number) => {
        modeAtOpen = statSync(path).mode & 0o777;
        return local.open(name, how, permissions);
      },
    });
    const file = await new LocalTree(seen).openWrite(bytes(path), true);
    await file.write(bytes("!"), 5);
    await file.close();
    expect([modeAtOpen, readFileSync(path, "utf8")]).toEqual([0o600, "begun!"]);
  },
);
