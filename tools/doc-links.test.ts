// Every relative link of every document leads to something that is there, and every link to a heading to that heading.
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

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "");

interface Link {
  readonly file: string;
  readonly target: string;
  /** What it leads to, and the heading in it. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Each `[text](target)` that leads to this project. */
function linksOf(file: string): Link[] {
  const targets = [...withoutCode(readFileSync(file, "utf8")).matchAll(/\]\(([^)\s]+)\)/g)];
  return targets
    .map((match) => match[1] as string)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor] = target.split("#");
      return { file, target, anchor, path: path === "" ? file : resolve(dirname(file), path) };
    });
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const headings = [...withoutCode(readFileSync(file, "utf8")).matchAll(/^#+ (.*)$/gm)];
  return new Set(
    headings.map((match) =>
      (match[1] as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

const links = documents(root).flatMap(linksOf);
const told = ({ file, target }: Link) => `${relative(root, file)} → ${target}`;

test("links between documents lead somewhere", () => {
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ path }) => !existsSync(path)).map(told)).toEqual([]);
});

test("links to headings lead to headings", () => {
  const toHeadings = links.filter(({ path, anchor }) => anchor !== undefined && path.endsWith(".md"));
  expect(toHeadings.length).toBeGreaterThan(5);
  const broken = toHeadings.filter(({ path, anchor }) => !anchorsOf(path).has(anchor as string));
  expect(broken.map(told)).toEqual([]);
});
