import { describe, expect, test } from "vitest";
import type { DirectoryFiles } from "../directory.ts";
import { IDENTITY_FILE, type Identity, readIdentity, writeIdentity } from "./identity.ts";

function memoryFiles(): DirectoryFiles & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    path: "/node",
    kept,
    names: async () => [...kept.keys()],
    read: async (name) => kept.get(name),
    replace: async (name, data) => void kept.set(name, data),
    remove: async (name) => void kept.delete(name),
  };
}

const node = (name: string) => ({
  name,
  mesh: { host: "127.0.0.1", port: 4000 },
  service: { host: "::1", port: 2049 },
  domain: "",
});

const identity: Identity = {
  cell: new Uint8Array(16).fill(0xab),
  cellName: "home",
  self: node("n2"),
  isFounder: true,
  nodes: [node("n1"), node("n2")],
  created: "2026-01-01T00:00:00Z",
  madeBy: "1.0.0",
};

test("what was written is read", async () => {
  const files = memoryFiles();
  expect(await readIdentity(files)).toBeUndefined();
  await writeIdentity(files, identity);
  expect(await readIdentity(files)).toEqual(identity);
});

describe("what is no identity is refused, and stays as it is", () => {
  const kept = async (change: (json: Record<string, unknown>) => unknown) => {
    const files = memoryFiles();
    await writeIdentity(files, identity);
    const json = JSON.parse(new TextDecoder().decode(files.kept.get(IDENTITY_FILE)));
    files.kept.set(IDENTITY_FILE, new TextEncoder().encode(JSON.stringify(change(json))));
    return files;
  };
  const damaged: [string, (json: Record<string, unknown>) => unknown][] = [
    ["a list", () => []],
    ["no cell", ({ cell: _, ...rest }) => rest],
    ["a cell of another length", (json) => ({ ...json, cell: "abcd" })],
    ["a self that is no node", (json) => ({ ...json, self: "n3" })],
    ["a node with a name that leads elsewhere", (json) => ({ ...json, nodes: [node("../n2"), node("n2")] })],
    [
      "a port out of bounds",
      (json) => ({ ...json, nodes: [{ ...node("n2"), mesh: { host: "x", port: 65_536 } }] }),
    ],
    ["the format of a node by itself", (json) => ({ ...json, format: 1 })],
  ];
  test.each(damaged)("%s", async (_, change) => {
    const files = await kept(change);
    await expect(readIdentity(files)).rejects.toMatchObject({ code: "CELL_DIRECTORY_DAMAGED" });
  });

  test("no JSON", async () => {
    const files = memoryFiles();
    files.kept.set(IDENTITY_FILE, Uint8Array.of(0xff));
    await expect(readIdentity(files)).rejects.toMatchObject({ code: "CELL_DIRECTORY_DAMAGED" });
  });

  test("a newer format", async () => {
    const files = await kept(() => ({ format: 3 }));
    await expect(readIdentity(files)).rejects.toMatchObject({ code: "CELL_DIRECTORY_NEWER" });
  });
});
