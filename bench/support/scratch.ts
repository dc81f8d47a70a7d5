/** What must be undone however a benchmark ends: at its end, at an error, at Ctrl-C. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const undo: (() => void)[] = [];

/** Calls `step`, which must not wait for anything, when this process ends; the last one given first. */
export function atEnd(step: () => void): void {
  if (undo.length === 0) listen();
  undo.push(step);
}

/** A folder that is gone when this process has ended. */
export function scratchFolder(name: string, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, `coterie-bench-${name}-`));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function listen(): void {
  process.on("exit", () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) step();
  });
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.on(signal, () => process.exit(status));
}
