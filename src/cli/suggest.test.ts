import { expect, test } from "vitest";
import { nearest } from "./suggest.ts";

const commands = ["up", "status", "doctor", "explain", "ls", "mkdir"];

test.each([
  ["statsu", "status"],
  ["dcotor", "doctor"],
  ["explian", "explain"],
  ["mkdri", "mkdir"],
  ["upp", "up"],
  ["quux", undefined],
  ["", undefined],
])("%s is nearest to %s", (word, expected) => expect(nearest(word, commands)).toBe(expected));
