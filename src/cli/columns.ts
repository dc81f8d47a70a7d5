/**
 * How many columns of a terminal text takes, and as much of its end as fits. Ideographs and emoji take two columns (Unicode Standard Annex
 * 11: East Asian Width), combining and invisible characters none. Terminals differ at the edges; where they may, this counts more.
 */

/** What takes no column: combining marks, and characters of form without one of their own. */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Emoji that are shown as pictures. */
const PICTURE = /^\p{Emoji_Presentation}$/u;

/** First and last of the ranges of wide characters, in ascending order. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

/** Columns of one character: 0, 1 or 2. */
function widthOf(character: string): number {
  const code = character.codePointAt(0) as number;
  if (code < 0x300) return code === 0xad ? 0 : 1;
  if (ZERO.test(character)) return 0;
  const isWide = WIDE.some(([first, last]) => code >= first && code <= last) || PICTURE.test(character);
  return isWide ? 2 : 1;
}

export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** As much of the end as fits into so many columns, behind an ellipsis if that is not all; nothing where there is hardly room. */
export function endOf(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 2) return "";
  const characters = [...text];
  let from = characters.length;
  for (let room = columns - 1; from > 0; from--) {
    room -= widthOf(characters[from - 1] as string);
    if (room < 0) break;
  }
  // A mark whose letter was cut off would stand on the ellipsis.
  while (from < characters.length && widthOf(characters[from] as string) === 0) from++;
  return `…${characters.slice(from).join("")}`;
}
