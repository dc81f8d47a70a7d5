import { expect, test } from "vitest";
import { exportOf, namedVolumeIn } from "./named-volume.ts";

const named = (path: string) => {
  const found = namedVolumeIn(new TextEncoder().encode(path));
  return found && [found.name, new TextDecoder().decode(found.path)];
};

test("a path names a volume by an @ at its beginning, and goes on from the volume's root", () => {
  expect(named("/@mail")).toEqual(["mail", "/"]);
  expect(named(exportOf("a.b-c"))).toEqual(["a.b-c", "/"]);
  expect(named("//@mail/")).toEqual(["mail", "/"]);
  expect(named("/@mail/in/new")).toEqual(["mail", "/in/new"]);
  expect(named("/@mail//..")).toEqual(["mail", "//.."]);
});

test("other paths name none", () => {
  for (const path of ["", "/", "@mail", "/mail", "/in/@mail", "/@", "/@/x"])
    expect(named(path)).toBeUndefined();
});
