/** Rows as text in columns: words to the left, numbers to the right and with commas, a dash where there is nothing. */

type Cell = string | number | undefined;

/** The columns are the fields of all rows, in the order in which they come first. */
export function tableOf(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] !== "string"));
  const written = rows.map((row) => columns.map((column) => cellText(row[column])));
  const lines = [columns, ...written];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] as string).length)));
  const padded = (text: string, at: number) =>
    isNumeric[at] ? text.padStart(widths[at] as number) : text.padEnd(widths[at] as number);
  return lines.map((line) => line.map(padded).join("  ").trimEnd()).join("\n");
}

function cellText(cell: Cell): string {
  if (cell === undefined || Number.isNaN(cell)) return "-";
  if (typeof cell === "string") return cell;
  return cell.toLocaleString("en", { maximumSignificantDigits: Math.abs(cell) >= 1e6 ? 15 : 6 });
}
