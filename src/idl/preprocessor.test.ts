import { describe, expect, test } from "vitest";
import { readMemory } from "../../test/support/idl.ts";
import { type PreprocessOptions, preprocess } from "./preprocessor.ts";
import { formatPosition } from "./source.ts";

/** The tokens that come out, in a row. */
function words(text: string, options: Partial<PreprocessOptions> = {}): string {
  const { tokens } = preprocess("a.x", { readFile: readMemory({ "a.x": text }), ...options });
  return tokens
    .slice(0, -1)
    .map((token) => token.text)
    .join(" ");
}

describe("conditions", () => {
  test.each([
    ["1", true],
    ["0", false],
    ["UNKNOWN", false],
    ["defined(RPC_HDR)", true],
    ["RPC_HDR", true],
    ["defined RPC_XDR || defined(RPC_SVC)", false],
    ["!defined(linux) && !defined unix && !defined(__GNUC__)", true],
    ["1 + 2 * 3 == 7", true],
    ["(1 + 2) * 3 == 9", true],
    ["10 - 4 - 3 == 3", true],
    ["0x10 == 16 && 010 == 8 && 16L == 16u", true],
    ["-1 < 0 && ~0 == -1 && +1", true],
    ["7 / 2 == 3 && -7 / 2 == -3 && 7 % 3 == 1", true],
    ["1 << 4 == 16 && 256 >> 4 == 16", true],
    ["(6 & 3) == 2 && (6 | 3) == 7 && (6 ^ 3) == 5", true],
    ["1 <= 1 && 1 >= 1 && !(1 < 1) && !(1 > 1) && 1 != 2", true],
    ["0 ? 0 : 1", true],
    ["1 ? 0 : 1", false],
    ["'a' == 97 && '\\n' == 10 && '\\x41' == 65 && '\\101' == 65", true],
    ["SIX == 6", true],
    ["MAX(2, 3) == 3", true],
  ])("#if %s", (condition, expected) => {
    const macros = "#define SIX 6\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\n";
    expect(words(`${macros}#if ${condition}\nyes\n#else\nno\n#endif`)).toBe(expected ? "yes" : "no");
  });

  test("take the first branch that holds, and no other", () => {
    expect(words("#if 0\na\n#elif 1\nb\n#elif 1\nc\n#else\nd\n#endif")).toBe("b");
    expect(words("#if 0\na\n#elif 0\nb\n#else\nd\n#endif")).toBe("d");
  });

  test("nest, and what is skipped is not looked at", () => {
    const skipped = '#if 0\n#if 1\n#include "none"\n#elif 1 / 0\n@\n#else\n#endif\n#define a b\n#endif\na';
    expect(words(skipped)).toBe("a");
    expect(words("#ifndef X\n#ifdef RPC_HDR\na\n#else\nb\n#endif\nc\n#endif")).toBe("a c");
  });
});

describe("macros", () => {
  test.each([
    ["object-like", "#define A 1 2\nA A", "1 2 1 2"],
    ["of macros", "#define A B\n#define B 3\nA", "3"],
    ["empty", "#define A\nx A y", "x y"],
    ["not inside themselves", "#define A A B\n#define B A\nA", "A A"],
    ["function-like", "#define F(a, b) b a\nF(1, 2 3)", "2 3 1"],
    ["with parentheses in an argument", "#define F(a, b) b a\nF((1, 2), 3)", "3 ( 1 , 2 )"],
    ["without parameters", "#define F() 1\nF() F", "1 F"],
    ["of calls", "#define F(a) a a\nF(F(1))", "1 1 1 1"],
    ["whose body begins with a parenthesis", "#define F (1)\nF", "( 1 )"],
    ["undefined again", "#define A 1\n#undef A\nA", "A"],
    ["defined over several lines", "#define A 1 \\\n  2\nA", "1 2"],
    ["used over several lines", "#define F(a, b) b a\nF(1,\n 2 F(3,\n4)\n) 5 F(6,7)", "2 4 3 1 5 7 6"],
    [
      "that join words",
      "#define F(a, b) a##b a ## _ ## b x##1\nF(P, 2) F(, Q) F(R, ) F(,)",
      "P2 P_2 x1 Q _Q x1 R R_ x1 _ x1",
    ],
    ["that join what is written", "#define A 1\n#define F(a) a##A a\nF(A)", "AA 1"],
    ["that join without parameters", "#define A x ## 1\nA", "x1"],
    ["that quote", "#define F(a) #a\nF( x  +\"y\\n\"\n'z' ) F()", "x +\\\"y\\\\n\\\" 'z' "],
    ["that quote and join", "#define F(a, b) const a##_##b = #a;\nF(A, B)", "const A_B = A ;"],
    ["with a # of no meaning", "#define A #x\nA", "# x"],
    ["beside comments", "#define A 1 /* one */ // two\nA", "1"],
  ])("%s", (_, text, expected) => {
    expect(words(text)).toBe(expected);
  });

  test("a long line without any is no runaway expansion", () => {
    expect(words("x ".repeat(100_000)).length).toBe(199_999);
  });

  test("may come from outside, and replace what is predefined", () => {
    expect(words("A B RPC_HDR", { defines: { A: "1 2", B: "1", RPC_HDR: "0" } })).toBe("1 2 1 0");
  });
});

describe("includes", () => {
  const files = {
    "dir/a.x": '#include "b.x"\na',
    "dir/b.x": "#include <c.x>\nb",
    "inc/c.x": "c",
    "other/c.x": "wrong",
    "inc/b.x": "wrong",
  };

  test("look beside the including file, then in the folders given, in their order", () => {
    const options = { readFile: readMemory(files), includeFolders: ["inc/", "other"] };
    const { tokens } = preprocess("dir/a.x", options);
    expect(tokens.map((token) => `${token.text} ${formatPosition(token.at)}`)).toEqual([
      "c inc/c.x:1:1",
      "b dir/b.x:2:1",
      "a dir/a.x:2:1",
      " dir/a.x:2:2",
    ]);
  });

  test("carry macros in and out", () => {
    const readFile = readMemory({ "a.x": '#define A 1\n#include "b.x"\nB', "b.x": "A\n#define B 2\n" });
    expect(words("", { readFile })).toBe("1 2");
  });
});

describe("lines for the C side", () => {
  test("are no part of the interface, also where they look like directives or go on", () => {
    expect(words("%#include <x.h>\n%int a \\\n b;\n%/* not closed\nc")).toBe("c");
    expect(words("a % b")).toBe("a % b");
  });

  test("tell macros and headers", () => {
    const text =
      '%#define ONE 1\n% # define TWO (ONE + 1)\n%#define F(x) x\n%#include "b.h"\n%#include <sys/c.h>\n';
    const readFile = readMemory({ "a.x": text, "b.x": "", "c.x": "", "d.x": "" });
    const { cMacros, companions } = preprocess("a.x", { readFile });
    expect([...cMacros].map(([name, body]) => [name, body.map((token) => token.text).join("")])).toEqual([
      ["ONE", "1"],
      ["TWO", "(ONE+1)"],
    ]);
    expect(companions).toEqual(["b.x", "c.x"]);
  });
});

describe("directives that say nothing of the interface", () => {
  test("are passed over", () => {
    expect(words('#pragma ident \'x\n#ident "y"\n#\n#warning don\'t\n#line 7 "z"\na')).toBe("a");
  });
});
