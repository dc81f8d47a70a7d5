/** Where things stand in `.x` files, and how files are read: the compiler itself touches no disk. */

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The text of a file, or undefined when there is none of that name. */
export type ReadFile = (path: string) => string | undefined;

/** A place in a file as messages show it: `file:line:column`. */
export function formatPosition(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** The folder of a path, with its final slash; empty for a bare name. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `name` under `folder`; an absolute name stays as it is. */
export function joinPath(folder: string, name: string): string {
  if (name.startsWith("/") || folder === "") return name;
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}
