import { expect, test } from "vitest";
import { columnsOf, endOf } from "./columns.ts";

test.each([
  ["plain.txt", 9],
  ["Übergröße", 9],
  ["U\u0308ber", 4],
  ["報告書.pdf", 10],
  ["한국어", 6],
  ["ﾊﾝｶｸ", 4],
  ["🎉.png", 6],
  ["zero\u200bwidth", 9],
  ["𠮷", 2],
  ["", 0],
])("%j takes %i columns", (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test("of what does not fit the end is shown, whole characters of it", () => {
  expect(endOf("notes.txt", 9)).toBe("notes.txt");
  expect(endOf("notes.txt", 8)).toBe("…tes.txt");
  expect(endOf("notes.txt", 2)).toBe("…t");
  expect([endOf("notes.txt", 1), endOf("notes.txt", 0), endOf("notes.txt", -3)]).toEqual(["", "", ""]);
  expect(endOf("報告書.pdf", 8)).toBe("…書.pdf");
  expect(endOf("a🎉🎉", 4)).toBe("…🎉");
  expect(endOf("Mu\u0308sli", 5)).toBe("Mu\u0308sli");
  expect(endOf("Mu\u0308sli", 4)).toBe("…sli");
});

test("never is more shown than there are columns", () => {
  for (const text of ["x".repeat(50), "報告書".repeat(9), "🎉a".repeat(9), "u\u0308".repeat(20)]) {
    for (let columns = 0; columns < 60; columns++) {
      expect(columnsOf(endOf(text, columns))).toBeLessThanOrEqual(columns);
    }
  }
});
