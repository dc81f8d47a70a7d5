// docs/faults.md against the kinds of fault that there are, and the codes that it names.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "../cli/catalogue.ts";
import { FAULT_KINDS } from "./scenario/index.ts";

const page = readFileSync(new URL("../../docs/faults.md", import.meta.url), "utf8");
/** The page's sections by their headings, in lower case. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split("\n", 1)[0]?.toLowerCase() as string, section]),
);

/** The first column of the section's table of kinds. */
function kindsIn(section: string): string[] {
  const table = /^\| Kind .*\n\| -.*\n((?:\|.*\n)+)/m.exec(section)?.[1] ?? "";
  return [...table.matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1] as string);
}

describe("the catalogue of faults", () => {
  const classes = [...new Set(FAULT_KINDS.map((kind) => kind.class))];

  it("has a section for each class, in the catalogue's order, and no other", () => {
    expect(classes.length).toBe(6);
    expect([...sections.keys()]).toEqual(classes);
  });

  it.each(classes)("names every kind of %s that the nemesis draws, in its order, and no other", (name) => {
    const kinds = FAULT_KINDS.filter((kind) => kind.class === name).map(({ kind }) => kind);
    expect(kindsIn(sections.get(name) as string)).toEqual(kinds);
  });

  it.each(classes)("says of %s who answers it, and what is seen", (name) => {
    const section = sections.get(name) as string;
    expect(section).toMatch(/^Answered by:\n\n- \*\*\S/m);
    expect(section).toMatch(/^_Seen:_ \S/m);
  });

  it("names codes that can be explained", async () => {
    const catalogue = await loadCatalogue();
    const codes = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map((match) => match[1] as string);
    expect(codes.length).toBeGreaterThan(4);
    expect(codes.filter((code) => !catalogue.has(code))).toEqual([]);
  });
});
