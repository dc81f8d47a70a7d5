/** Runs the example of a README: its `ts` block as a program, and what it prints against the `text` block after it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { vi } from "vitest";
import { ROOT } from "./idl.ts";

export interface Example {
  /** What the README says is printed. */
  readonly expected: string;
  /** What is printed. */
  readonly printed: string;
}

/** The first fenced block of a language. */
export function block(readme: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(readme)?.[1];
  if (found === undefined) throw new Error(`the README has no block of ${language}`);
  return found;
}

/** `files`: further files beside the program, by name. `coterie/LAYER` is this checkout's. */
export async function runExample(
  readmePath: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Example> {
  const readme = readFileSync(readmePath, "utf8");
  return { expected: block(readme, "text"), printed: await runProgram(block(readme, "ts"), files) };
}

/** What a program prints, with further files beside it. */
export async function runProgram(
  program: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "coterie-readme-"));
  const lines: string[] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    lines.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
  });
  try {
    for (const [name, text] of Object.entries({ ...files, "example.ts": program })) {
      const path = join(folder, name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, text.replaceAll(/"coterie\/(\w+)"/g, `"${ROOT}/src/$1/index.ts"`));
    }
    await import(pathToFileURL(join(folder, "example.ts")).href);
  } finally {
    spy.mockRestore();
    rmSync(folder, { recursive: true, force: true });
  }
  return `${lines.join("\n")}\n`;
}
