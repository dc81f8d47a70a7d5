/** Is a text well-formed XML, of the kind without declarations, comments and CDATA: says what is wrong with it, or undefined. */

const TAG = /^<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/;
const ENTITY = /&(?!(?:amp|lt|gt|quot|#39);)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML has no place for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

export function whyNotWellFormed(xml: string): string | undefined {
  if (FORBIDDEN.test(xml)) return "a character that XML does not have";
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(xml))
    return "half a surrogate pair";
  if (ENTITY.test(xml)) return "an ampersand that begins no entity";
  const open: string[] = [];
  let roots = 0;
  for (let at = 0; at < xml.length; ) {
    const next = xml.indexOf("<", at);
    const text = xml.slice(at, next < 0 ? undefined : next);
    if (open.length === 0 && text.trim() !== "") return `text outside the root: ${text.slice(0, 40)}`;
    if (next < 0) break;
    const tag = TAG.exec(xml.slice(next, next + 100_000));
    if (tag === null) return `no tag: ${xml.slice(next, next + 60)}`;
    const [whole, isEnd, name, attributes = "", isEmpty] = tag;
    const names = [...attributes.matchAll(/([\w:-]+)="/g)].map((match) => match[1]);
    if (new Set(names).size !== names.length) return `an attribute twice: ${whole}`;
    if (isEnd === "/") {
      if (open.pop() !== name) return `</${name}> ends another element`;
    } else if (open.length === 0 && ++roots > 1) return "two roots";
    else if (isEmpty !== "/") open.push(name as string);
    at = next + whole.length;
  }
  return open.length === 0 ? undefined : `no end of <${open.at(-1)}>`;
}
