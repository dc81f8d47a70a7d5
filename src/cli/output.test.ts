import { expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import { createOutput, toJson } from "./output.ts";

test("JSON carries what JSON lacks: large whole numbers as text, bytes in base64", () => {
  expect(toJson({ big: 2n ** 60n, bytes: Uint8Array.of(1, 2, 255) })).toBe(
    '{"big":"1152921504606846976","bytes":"AQL/"}',
  );
});

test("for people: lines and a table; notes go to standard error", () => {
  const host = new FakeHost();
  const output = createOutput(host.terminal, false);
  output.result({ a: 1 }, () => "one");
  output.list([{ n: 1 }, { n: 22 }], [{ title: "n", align: "right" }], ({ n }) => [String(n)]);
  output.note("by the way");
  expect(host.out.text).toBe("one\n n\n 1\n22\n");
  expect(host.err.text).toBe("by the way\n");
});

test("what a note quotes from elsewhere drives no terminal", () => {
  const host = new FakeHost({ isTerminal: true });
  createOutput(host.terminal, false).note("they say: \u001b]0;owned\u0007\r\u009b2J\nand more");
  expect(host.err.text).toBe("they say: \\x1b]0;owned\\x07\\x0d\\x9b2J\nand more\n");
});

test("under --json: a value on a line each, and no notes", () => {
  const host = new FakeHost();
  const output = createOutput(host.terminal, true);
  output.result({ a: 1 }, () => "one");
  output.list([{ n: 1 }, { n: 2 }], [{ title: "n" }], ({ n }) => [String(n)]);
  output.note("by the way");
  expect(host.out.text).toBe('{"a":1}\n{"n":1}\n{"n":2}\n');
  expect(host.err.text).toBe("");
});

test("colour is for terminals alone, and NO_COLOR turns it off", () => {
  const onTerminal = new FakeHost({ isTerminal: true });
  createOutput(onTerminal.terminal, false).result(0, (style) => style.red("x"));
  expect(onTerminal.out.text).toBe("\u001b[31mx\u001b[39m\n");
  const refused = new FakeHost({ isTerminal: true, environment: { NO_COLOR: "1" } });
  createOutput(refused.terminal, false).result(0, (style) => style.red("x"));
  expect(refused.out.text).toBe("x\n");
});
