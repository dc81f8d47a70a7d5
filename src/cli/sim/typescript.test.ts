import { describe, expect, test } from "vitest";
import { optionsToLoad, stripsTypes } from "./typescript.ts";

const tsx = (name: string) => (name === "tsx" ? "file:///project/node_modules/tsx/loader.mjs" : undefined);
const nothing = () => undefined;
const node = (nodeVersion: string, runsTypeScript = false) => ({ nodeVersion, runsTypeScript });

describe("a file of TypeScript", () => {
  test("is run by Node.js itself from 22.18 and 23.6 on", () => {
    const versions = ["20.19.0", "22.17.1", "22.18.0", "23.5.0", "23.6.0", "24.0.0", "26.10.0"];
    expect(versions.filter(stripsTypes)).toEqual(["22.18.0", "23.6.0", "24.0.0", "26.10.0"]);
    expect(optionsToLoad("x.ts", node("24.0.0"), nothing)).toEqual([]);
  });

  test("is run by the project's tsx before", () => {
    const options = ["--import", "file:///project/node_modules/tsx/loader.mjs"];
    for (const file of ["x.ts", "dir/x.mts", "x.cts"])
      expect(optionsToLoad(file, node("20.19.0"), tsx)).toEqual(options);
  });

  test("is run by what runs this program, if that is TypeScript too", () => {
    expect(optionsToLoad("x.ts", node("20.19.0", true), nothing)).toEqual([]);
  });

  test("is refused where nothing runs it, and JavaScript never is", () => {
    expect(() => optionsToLoad("x.ts", node("20.19.0"), nothing)).toThrow(
      expect.objectContaining({ code: "CLI_TYPESCRIPT" }),
    );
    for (const file of ["x.js", "x.mjs", "ts"])
      expect(optionsToLoad(file, node("20.19.0"), nothing)).toEqual([]);
  });
});
