/**
 * Names and paths. On the server they are bytes of any encoding; here a string stands for its UTF-8 bytes, and a
 * byte that is not part of valid UTF-8 stands as one lone surrogate, U+DC80 to U+DCFF (as in Python's PEP 383). So
 * every name has exactly one string, and every such string leads back to the same bytes.
 */
import { CoterieError } from "../../world/index.ts";

/** A path or name: text, or the bytes themselves. */
export type FilePath = string | Uint8Array;

const SLASH = 0x2f;
const ESCAPE = 0xdc00;
/** A surrogate that is not half of a pair. */
const loneSurrogate = /\p{Surrogate}/u;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The bytes that `text` stands for. @throws TypeError for a lone surrogate that stands for no byte, and for NUL. */
export function encodeName(text: string): Uint8Array {
  if (text.includes("\0")) throw new TypeError("a path cannot hold a NUL");
  if (!loneSurrogate.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else if (code >= 0xd800 && code <= 0xdfff) throw new TypeError("a path cannot hold half a character");
    else for (const byte of encoder.encode(character)) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The string that stands for `name`. */
export function decodeName(name: Uint8Array): string {
  try {
    return strict.decode(name);
  } catch {
    return decodeEscaping(name);
  }
}

/** Longest valid sequences first, everything else byte by byte. */
function decodeEscaping(name: Uint8Array): string {
  let text = "";
  for (let at = 0; at < name.length; ) {
    const length = sequenceLength(name, at);
    if (length === 0) text += String.fromCharCode(ESCAPE + (name[at++] as number));
    else {
      text += strict.decode(name.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, 0 if there is none. */
function sequenceLength(name: Uint8Array, at: number): number {
  const first = name[at] as number;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    return strict.decode(name.subarray(at, at + length)).length > 0 ? length : 0;
  } catch {
    return 0;
  }
}

export function pathBytes(path: FilePath): Uint8Array {
  return typeof path === "string" ? encodeName(path) : path;
}

/** For messages. */
export function pathText(path: FilePath): string {
  return typeof path === "string" ? path : decodeName(path);
}

/** The names on a path: empty ones and `.` are left out, `..` stays. */
export function splitPath(path: FilePath): Uint8Array[] {
  const bytes = pathBytes(path);
  const names: Uint8Array[] = [];
  for (let start = 0; start <= bytes.length; ) {
    let end = bytes.indexOf(SLASH, start);
    if (end < 0) end = bytes.length;
    const name = bytes.subarray(start, end);
    if (name.length > 0 && !isDot(name)) names.push(name);
    start = end + 1;
  }
  return names;
}

export function isDot(name: Uint8Array): boolean {
  return name.length === 1 && name[0] === 0x2e;
}

export function isDotDot(name: Uint8Array): boolean {
  return name.length === 2 && name[0] === 0x2e && name[1] === 0x2e;
}

export function isAbsolute(path: Uint8Array): boolean {
  return path[0] === SLASH;
}

/** True for `a/`, which names a directory or nothing. */
export function endsInSlash(path: FilePath): boolean {
  const bytes = pathBytes(path);
  return bytes[bytes.length - 1] === SLASH;
}

/** True if the path says by its end that it means a directory: `/`, `/.` or `/..`. */
export function meansDirectory(path: FilePath): boolean {
  const text = pathText(path);
  return /(^|\/)\.{0,2}$/.test(text);
}

/** `name` in `directory`, as bytes if either is. */
export function joinPath<P extends FilePath>(directory: P, name: P): P;
export function joinPath(directory: FilePath, name: FilePath): FilePath;
export function joinPath(directory: FilePath, name: FilePath): FilePath {
  if (typeof directory === "string" && typeof name === "string") {
    return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
  }
  const head = pathBytes(directory);
  const tail = pathBytes(name);
  const slash = head[head.length - 1] === SLASH ? 0 : 1;
  const joined = new Uint8Array(head.length + slash + tail.length);
  joined.set(head);
  if (slash === 1) joined[head.length] = SLASH;
  joined.set(tail, head.length + slash);
  return joined;
}

/** The last name on a path; undefined for the root. */
export function baseName(path: FilePath): Uint8Array | undefined {
  return splitPath(path).at(-1);
}

/** Bytes as a key of a Map: one character for each byte. */
export function bytesKey(bytes: Uint8Array): string {
  let key = "";
  for (let at = 0; at < bytes.length; at++) key += String.fromCharCode(bytes[at] as number);
  return key;
}

/**
 * A copy that keeps no message alive. (What the network gives may be of a subclass whose `slice` is a view.)
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Misuse: a name that no directory can hold. */
export function requireName(path: FilePath, operation: string): Uint8Array {
  const name = baseName(path);
  if (name === undefined || isDotDot(name)) {
    throw new CoterieError(
      "FILES_INVAL",
      `${operation} ${pathText(path)}: the path names no entry of a directory`,
    );
  }
  return name;
}
