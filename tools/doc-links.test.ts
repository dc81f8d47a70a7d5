// Every relative link of every document leads to something that is there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const skipped = new Set(["node_modules", "dist", ".git", "coverage"]);

function documents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : documents(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** Targets of `[text](target)`, without those elsewhere and those in the same page. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] as string).split("#")[0] as string)
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

test("links between documents lead somewhere", () => {
  const links = documents(root).flatMap((file) =>
    linksOf(readFileSync(file, "utf8")).map((target) => ({ file, target })),
  );
  expect(links.length).toBeGreaterThan(20);
  const broken = links.filter(({ file, target }) => !existsSync(resolve(dirname(file), target)));
  expect(broken.map(({ file, target }) => `${relative(root, file)} → ${target}`)).toEqual([]);
});
