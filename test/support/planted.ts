/**
 * A layer with a bug planted: its folder copied, a few lines changed, and imported from there. So that the code itself needs
 * no hook for it, and a plant that no longer fits the code says so.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const SRC = resolve(import.meta.dirname, "../../src");

/** In a file of the layer, what stands there exactly once becomes something else. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly becomes: string;
}

/** A bug, in words and in edits. */
export interface Plant {
  readonly name: string;
  readonly edits: readonly Edit[];
}

export interface Planted<Module> {
  readonly module: Module;
  /** The layer's `index.ts`, for another process. */
  readonly path: string;
  remove(): void;
}

export async function plant<Module>(layer: string, edits: readonly Edit[]): Promise<Planted<Module>> {
  const folder = mkdtempSync(join(tmpdir(), "coterie-plant-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const name of readdirSync(SRC)) if (name !== layer) symlinkSync(join(SRC, name), join(folder, name));
    const isSource = (path: string) => !path.endsWith(".test.ts");
    cpSync(join(SRC, layer), join(folder, layer), { recursive: true, filter: isSource });
    for (const edit of edits) change(join(folder, layer, edit.file), edit);
    // For the packages that the layer needs, and for what a file without them would be taken for.
    symlinkSync(join(SRC, "../node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const path = join(folder, layer, "index.ts");
    const module = (await import(pathToFileURL(path).href)) as Module;
    return { module, path, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function change(path: string, edit: Edit): void {
  writeFileSync(path, changed(readFileSync(path, "utf8"), edit));
}

function changed(text: string, { file, find, becomes }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like ${find}`);
  return parts.join(becomes);
}

/** Makes a plant's edits to the layer's text, and keeps nothing of it. @throws Error for one that does not fit the code. */
export function tryEdits(layer: string, edits: readonly Edit[]): void {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const text = texts.get(edit.file) ?? readFileSync(join(SRC, layer, edit.file), "utf8");
    texts.set(edit.file, changed(text, edit));
  }
}
