/**
 * Arguments that name files. A command line reaches the program as text in which bytes that are not UTF-8 are lost
 * already, so such a name is typed with `\xNN` for each of its bytes, exactly as the listing shows it; a backslash
 * before anything else stands for itself.
 */
import { encodeName, joinPath } from "../../files/index.ts";
import { UsageError } from "../errors.ts";

/** The bytes that an argument names. */
export function parsePathArgument(text: string): Uint8Array {
  // A variable that was never set must not become the root.
  if (text === "") throw new UsageError("an empty argument names no file; the root of the cell is /");
  // Here stood what is no UTF-8: the name would be another one than was typed.
  if (text.includes("\ufffd"))
    throw new UsageError(
      `${text}: a name that is no UTF-8 is typed with \\xNN for each byte, as listings show it`,
    );
  if (!/\\x[0-9a-fA-F]{2}/.test(text)) return encodeName(text);
  const parts = text.split(/\\x([0-9a-fA-F]{2})/);
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) bytes.push(Number.parseInt(part, 16));
    else bytes.push(...encodeName(part));
  }
  return Uint8Array.from(bytes);
}

/** A path of the cell: it begins at the export, whether it says so with a slash or not. */
export function remotePath(text: string): Uint8Array {
  const path = parsePathArgument(text);
  return path[0] === 0x2f ? path : joinPath(Uint8Array.of(0x2f), path);
}
