/** Flags of `open`, as node:fs has them. */
export type OpenFlags = "r" | "r+" | "w" | "wx" | "w+" | "wx+" | "a" | "ax" | "a+" | "ax+";

export interface OpenMode {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  readonly truncate: boolean;
  /** Fails if the name is taken; a symbolic link counts, wherever it leads. */
  readonly exclusive: boolean;
  readonly append: boolean;
}

/** @throws TypeError for other flags. */
export function parseFlags(flags: string): OpenMode {
  const match = /^([rwa])(x?)(\+?)$/.exec(flags);
  if (match === null || (match[1] === "r" && match[2] === "x")) {
    throw new TypeError(`open: flags ${flags} are none of r, r+, w, wx, w+, wx+, a, ax, a+, ax+`);
  }
  const plus = match[3] === "+";
  return {
    read: match[1] === "r" || plus,
    write: match[1] !== "r" || plus,
    create: match[1] !== "r",
    truncate: match[1] === "w",
    exclusive: match[2] === "x",
    append: match[1] === "a",
  };
}
