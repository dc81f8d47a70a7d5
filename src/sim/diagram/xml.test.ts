import fc from "fast-check";
import { expect, it } from "vitest";
import { whyNotWellFormed } from "../../../test/support/well-formed.ts";
import { element, escapeText, MAX_HOVER_CHARACTERS, shortened, textAt, title } from "./xml.ts";

it("is well-formed, whatever is written", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, value) => {
      const written = element("g", { id: value }, [textAt(1, 2, text, {}, value)]);
      expect(whyNotWellFormed(written)).toBeUndefined();
    }),
    { seed: 20_261_121, numRuns: 100 },
  );
  expect(escapeText(`<a href="x">&'</a>`)).toBe("&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
  expect(escapeText("\u0000\ud800\udfffx\ud800")).toBe("\ufffd\ud800\udfffx\ufffd");
  expect(escapeText("tab\tand 🙂")).toBe("tab\tand 🙂");
});

it("rounds coordinates, so that the same picture is the same text", () => {
  expect(element("line", { x1: 1 / 3, y1: 2, x2: -0.04, y2: 1e6 })).toBe(
    '<line x1="0.3" y1="2" x2="0" y2="1000000"/>',
  );
});

it("shortens by whole characters", () => {
  expect(shortened("abc", 3)).toBe("abc");
  expect(shortened("abcd", 3)).toBe("ab…");
  expect(shortened("🙂🙂🙂🙂", 3)).toBe("🙂🙂…");
  expect(shortened("🙂🙂🙂", 3)).toBe("🙂🙂🙂");
  expect(title("x".repeat(1_000_000)).length).toBe(MAX_HOVER_CHARACTERS + "<title></title>".length);
});

it("has a check that can fail", () => {
  const bad = [
    "<a>",
    "<a></b>",
    "<a b=c/>",
    "<a>&x</a>",
    "<a/><b/>",
    "x<a/>",
    '<a b="1" b="2"/>',
    "<a>\u0001</a>",
    "<a><</a>",
  ];
  expect(bad.map((xml) => whyNotWellFormed(xml) === undefined)).toEqual(bad.map(() => false));
  expect(whyNotWellFormed('<a b="1"><c/>text &amp; more</a>\n')).toBeUndefined();
});
