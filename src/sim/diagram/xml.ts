/** Elements of SVG as text. Names and values of users pass through here and nowhere else, so the result is always well-formed. */

/** What XML 1.0 (section 2.2) has no place for: most control characters, halves of surrogate pairs, two non-characters. */
const NO_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeText(text: string): string {
  return text
    .replace(NO_CHARACTER, "\ufffd")
    .replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

export type Attributes = Readonly<Record<string, string | number>>;

/** `children` are elements, and are not escaped. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`);
  const head = `<${name}${written.join("")}`;
  return children.length === 0 ? `${head}/>` : `${head}>${children.join("")}</${name}>`;
}

/** Characters of what is shown under the pointer. */
export const MAX_HOVER_CHARACTERS = 1000;

/** What browsers show when the pointer rests on the element. */
export function title(text: string): string {
  return `<title>${escapeText(shortened(text, MAX_HOVER_CHARACTERS))}</title>`;
}

export function textAt(
  x: number,
  y: number,
  text: string,
  attributes: Attributes = {},
  hover?: string,
): string {
  const children = [escapeText(text)];
  if (hover !== undefined) children.unshift(title(hover));
  return element("text", { x, y, ...attributes }, children);
}

/** Text of at most `length` characters. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // A character takes two places at most.
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

/** Coordinates to a tenth of a pixel. */
function shown(value: string | number): string {
  return typeof value === "string" ? escapeText(value) : String(Math.round(value * 10) / 10);
}
